package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"cc-eventbridge/infra/settings"
)

const (
	logTarget   = `{"name":"log","kind":"log"}`
	defaultRule = `{"name":"rest","targets":[` + logTarget + `]}`
)

// routed are routes before a default.
func routed(routes ...string) string {
	return "[" + strings.Join(append(routes, defaultRule), ",") + "]"
}

// to is a route to one target.
func to(target string) string {
	return routed(`{"name":"calls","topics":["telephony.call.created"],"targets":[` + target + `]}`)
}

// loadRoutes loads a stack that has routes, and the secrets of targets encrypted.
func loadRoutes(t *testing.T, set map[string]string) (settings.Settings, error) {
	t.Helper()
	values := valid(t, map[string]string{"downstreamUrl": ""})
	for key, value := range set {
		values[key] = value
	}
	return settings.Load("dev", values, func(key string) bool { return strings.HasSuffix(key, "Secrets") || strings.HasSuffix(key, "Secret") })
}

func TestRoutesThatAreRight(t *testing.T) {
	for name, set := range map[string]map[string]string{
		"only a default":       {"routes": "[" + defaultRule + "]"},
		"everything dropped":   {"routes": `[{"name":"rest","drop":true}]`},
		"a protected stack":    {"routes": "[" + defaultRule + "]", "protectData": "true"},
		"a target in two":      {"routes": routed(`{"name":"a","topics":["x.*"],"targets":[`+logTarget+`]}`, `{"name":"b","topics":["y.*"],"targets":[`+logTarget+`]}`)},
		"overlapping topics":   {"routes": routed(`{"name":"a","topics":["x.*"],"targets":[`+logTarget+`]}`, `{"name":"b","topics":["*.y"],"targets":[`+logTarget+`]}`)},
		"narrow before wide":   {"routes": routed(`{"name":"a","topics":["x.y"],"targets":[`+logTarget+`]}`, `{"name":"b","topics":["x.*"],"drop":true}`)},
		"bearer":               {"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"bearer"},"format":"cloudevents-binary"}`), "targetSecrets": `{"a":"s"}`},
		"webhook":              {"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"webhook"}}`), "targetSecrets": `{"a":"s"}`},
		"oauth2":               {"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"oauth2","tokenUrl":"https://t.example","clientId":"c","scope":"s"}}`), "targetSecrets": `{"a":"s"}`},
		"sigv4":                {"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"sigv4","service":"execute-api","region":"eu-west-1"}}`)},
		"loopback":             {"routes": to(`{"name":"a","kind":"http","address":"http://127.0.0.1:1/x","timeoutSeconds":116}`)},
		"bus":                  {"routes": to(`{"name":"a","kind":"eventbridge","address":"arn:aws:events:eu-west-1:123456789012:event-bus/b","large":"claimCheck","format":"payload"}`)},
		"queue":                {"routes": to(`{"name":"a","kind":"sqs","address":"https://sqs.eu-west-1.amazonaws.com/123456789012/q","kmsKeyArn":"arn:aws:kms:eu-west-1:123456789012:key/k","large":"quarantine"}`)},
		"FIFO queue":           {"routes": to(`{"name":"a","kind":"sqs","address":"https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo","large":"claimCheck"}`)},
		"queue of an emulator": {"routes": to(`{"name":"a","kind":"sqs","address":"http://localhost:4566/123456789012/q"}`)},
		"machine":              {"routes": to(`{"name":"a","kind":"step-functions","address":"arn:aws:states:eu-west-1:123456789012:stateMachine:m"}`)},
		"function":             {"routes": to(`{"name":"a","kind":"lambda","address":"arn:aws:lambda:eu-west-1:123456789012:function:f:live","format":"cloudevents"}`)},
		"stream":               {"routes": to(`{"name":"a","kind":"firehose","address":"arn:aws:firehose:eu-west-1:123456789012:deliverystream/s","format":"body"}`)},
		"none, and no secrets": {"routes": "[]", "targetSecrets": "{}", "downstreamUrl": "https://crm.example", "downstreamSecret": "s"},
	} {
		if _, err := loadRoutes(t, set); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatIsWrongWithRoutes(t *testing.T) {
	const hidden = "not-a-real-token"
	for name, c := range map[string]struct {
		set  map[string]string
		want []string
	}{
		"no list": {map[string]string{"routes": `{"name":"` + hidden + `"}`}, []string{`routes is "set": it must be a list of objects`}},
		"a member that there is not": {
			map[string]string{"routes": routed(`{"name":"a","topic":["x"],"drop":true}`)},
			[]string{`routes[0] is "a": it can't have a member topic; did you mean topics?; there are name, topics, targets, drop`},
		},
		"a member of a target that there is not": {
			map[string]string{"routes": to(`{"name":"a","kind":"http","adr":"https://` + hidden + `"}`)},
			[]string{`routes[0].targets[0] is "a": it can't have a member adr; there are name, kind, address`},
		},
		"a text for a number": {
			map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","timeoutSeconds":"` + hidden + `"}`)},
			[]string{`routes[0].targets[0] is "a": its member timeoutSeconds is a string`},
		},
		"no object": {map[string]string{"routes": routed(`"` + hidden + `"`)}, []string{`routes[0] is not set: it must be an object with the members name`}},
		"names": {
			map[string]string{"routes": routed(`{"name":"A b","topics":["x"],"drop":true}`, `{"name":"rest","topics":["y"],"drop":true}`)},
			[]string{`routes[0].name is "A b": it must be 1 to 32 of a-z 0-9 -`, `routes[2].name is "rest": routes[1] is called so`},
		},
		"neither targets nor drop": {map[string]string{"routes": routed(`{"name":"a","topics":["x"]}`)}, []string{`routes[0].targets is not set`, `'routes[0].drop' true`}},
		"both": {
			map[string]string{"routes": routed(`{"name":"a","topics":["x"],"drop":true,"targets":[` + logTarget + `]}`)},
			[]string{`routes[0].drop is "true": its events can't be dropped and go to targets`},
		},
		"no default": {
			map[string]string{"routes": `[{"name":"a","topics":["x"],"drop":true}]`},
			[]string{`routes is "a": the last route must be without topics`, "add a route without topics"},
		},
		"a default that is not the last": {
			map[string]string{"routes": routed(`{"name":"a","drop":true}`)},
			[]string{`routes[0].topics is not set: a route without topics takes every event`},
		},
		"a route that never matches": {
			map[string]string{"routes": routed(`{"name":"a","topics":["telephony.*"],"drop":true}`, `{"name":"b","topics":["telephony.call.*","telephony.x"],"drop":true}`)},
			[]string{`routes[1].topics is "b": the route can never match, because those before it take all: "telephony.*" of a takes all of "telephony.call.*", "telephony.*" of a takes all of "telephony.x"`},
		},
		"one topic that never matches": {
			map[string]string{"routes": routed(`{"name":"a","topics":["x.y"],"drop":true}`, `{"name":"b","topics":["x.y","x.z"],"drop":true}`)},
			[]string{`routes[1].topics is "b": what a route before takes never gets here: "x.y" of a takes all of "x.y".`},
		},
		"a topic twice": {
			map[string]string{"routes": routed(`{"name":"a","topics":["x.*","x.y"],"drop":true}`)},
			[]string{`routes[0].topics is "a": what a route before takes never gets here: "x.*" of a takes all of "x.y"`},
		},
		"topics that no event has": {
			map[string]string{"routes": routed(`{"name":"a","topics":["","with space","v2.users.5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4.presence","v2.users.{userId}.presence"],"drop":true}`)},
			[]string{`routes[0].topics[0] is not set: it must be 1 to 128`, `routes[0].topics[1] is "with space"`, `routes[0].topics[2] is "v2.users.5f3c1d2e`, "did you mean v2.users.{id}.presence?"},
		},
		"a kind that there is not": {map[string]string{"routes": to(`{"name":"a","kind":"eventbrige"}`)}, []string{`targets[0].kind is "eventbrige": it must be one of http, eventbridge`, "did you mean eventbridge?"}},
		"a name of a target":       {map[string]string{"routes": to(`{"name":"A","kind":"log"}`)}, []string{`targets[0].name is "A"`}},
		"a log with an address":    {map[string]string{"routes": to(`{"name":"a","kind":"log","address":"x"}`)}, []string{`the log has no address`, `pulumi config rm --path 'routes[0].targets[0].address'`}},
		"no address":               {map[string]string{"routes": to(`{"name":"a","kind":"sqs"}`)}, []string{`targets[0].address is not set: it must be the URL of a queue`}},
		"an address with a password": {
			map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://user:` + hidden + `@a.example"}`)}, []string{`targets[0].address is "set": events hold personal data`, "without user name"},
		},
		"no name of a queue":    {map[string]string{"routes": to(`{"name":"a","kind":"sqs","address":"https://sqs.eu-west-1.amazonaws.com/123456789012"}`)}, []string{"URL of a queue"}},
		"claim checks for HTTP": {map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","large":"claimCheck"}`)}, []string{`large is "claimCheck": no event is too large for it`}},
		"ARNs of something else": {
			map[string]string{"routes": routed(`{"name":"calls","topics":["x"],"targets":[{"name":"a","kind":"eventbridge","address":"arn:aws:sqs:eu-west-1:123456789012:q"},` +
				`{"name":"b","kind":"step-functions","address":"arn:aws:sqs:eu-west-1:123456789012:q"},{"name":"c","kind":"lambda","address":"f"},{"name":"d","kind":"firehose","address":"https://x"}]}`)},
			[]string{"ARN of an event bus", "ARN of a state machine", "ARN of a Lambda function", "ARN of a Firehose stream"},
		},
		"what leads back": {
			map[string]string{"routes": routed(`{"name":"calls","topics":["x"],"targets":[` +
				`{"name":"a","kind":"sqs","address":"https://sqs.eu-west-1.amazonaws.com/123456789012/dev-cc-eventbridge-ingestion"},` +
				`{"name":"b","kind":"lambda","address":"arn:aws:lambda:eu-west-1:123456789012:function:dev-cc-eventbridge-processor:live"},` +
				`{"name":"c","kind":"eventbridge","address":"arn:aws:events:eu-west-1:123456789012:event-bus/aws.partner/genesys.com/cloud/o/s"}]}`)},
			[]string{
				`targets[0].address is "set": events would come around`, `targets[1].address is "set": events would come around`,
				`targets[2].address is "set": events would come around`,
			},
		},
		"formats and large": {
			map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","format":"cloudevent","large":"claimcheck"}`)},
			[]string{`format is "cloudevent": it must be one of body, cloudevents, cloudevents-binary, payload; did you mean cloudevents?`, `large is "claimcheck": it must be one of quarantine, claimCheck; did you mean claimCheck?`},
		},
		"binary without HTTP": {map[string]string{"routes": to(`{"name":"a","kind":"log","format":"cloudevents-binary"}`)}, []string{`its headers are HTTP's`}},
		"a time-out beyond the function's": {
			map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","timeoutSeconds":117}`)},
			[]string{`timeoutSeconds is "117"`, "functionTimeoutSeconds = 120", "at most 116", "timeoutSeconds' 116"},
		},
		"a time-out below zero": {map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","timeoutSeconds":-1}`)}, []string{`timeoutSeconds is "-1"`}},
		"keys": {
			map[string]string{"routes": routed(`{"name":"calls","topics":["x"],"targets":[{"name":"a","kind":"log","kmsKeyArn":"arn:aws:kms:eu-west-1:123456789012:key/k"},` +
				`{"name":"b","kind":"sqs","address":"https://sqs.eu-west-1.amazonaws.com/123456789012/q","kmsKeyArn":"alias/k"}]}`)},
			[]string{`targets[0].kmsKeyArn is "arn:`, `targets[1].kmsKeyArn is "alias/k"`},
		},
		"auth without HTTP":         {map[string]string{"routes": to(`{"name":"a","kind":"log","auth":{"kind":"bearer"}}`)}, []string{`auth is "bearer": only an HTTP target`}},
		"auth that there is not":    {map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"basic"}}`)}, []string{`auth.kind is "basic": it must be one of bearer, oauth2, webhook, sigv4`}},
		"auth without its secret":   {map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"bearer"}}`)}, []string{`targetSecrets.a is not set: routes[0].targets[0].auth needs it. Fix: pulumi config set --path --secret 'targetSecrets.a'`}},
		"a secret that nobody uses": {map[string]string{"routes": to(logTarget), "targetSecrets": `{"log":"` + hidden + `"}`}, []string{`targetSecrets.log is "set": no target of this name takes a secret`}},
		"a secret for sigv4": {
			map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"sigv4"}}`), "targetSecrets": `{"a":"` + hidden + `"}`},
			[]string{`targetSecrets.a is "set": no target`, `auth.service is not set: sigv4 needs it`},
		},
		"an ARN of a secret": {
			map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"bearer","secretArn":"` + hidden + `"}}`), "targetSecrets": `{"a":"x"}`},
			[]string{`auth.secretArn is "set": the stack makes the secret`},
		},
		"members of another auth": {
			map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"bearer","clientId":"` + hidden + `","region":"x"}}`), "targetSecrets": `{"a":"x"}`},
			[]string{`auth.clientId is "set": it is oauth2's, and the kind is bearer`, `auth.region is "set": it is sigv4's`},
		},
		"oauth2 without its members": {
			map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"oauth2"}}`), "targetSecrets": `{"a":"x"}`},
			[]string{`auth.tokenUrl is not set: oauth2 needs it`, `auth.clientId is not set: oauth2 needs it`},
		},
		"a token from anywhere": {
			map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"oauth2","clientId":"c","tokenUrl":"http://t.example"}}`), "targetSecrets": `{"a":"x"}`},
			[]string{`auth.tokenUrl is "set": the client's secret goes there`},
		},
		"a name twice in a route": {map[string]string{"routes": routed(`{"name":"a","topics":["x"],"targets":[` + logTarget + `,` + logTarget + `]}`)}, []string{`routes[0].targets[1].name is "log": the route has this target already`}},
		"one name for two targets": {
			map[string]string{"routes": to(`{"name":"log","kind":"http","address":"https://a.example"}`)},
			[]string{`routes[1].targets[0].name is "log": routes[0].targets[0] has the same name and is not the same`},
		},
		"secrets without routes": {map[string]string{"targetSecrets": `{"a":"` + hidden + `"}`, "downstreamUrl": "log"}, []string{`targetSecrets is "a": there are no routes`}},
		"secrets that are none":  {map[string]string{"targetSecrets": `["` + hidden + `"]`, "downstreamUrl": "log"}, []string{`targetSecrets is "set": it must be an object`}},
		"the short form beside": {
			map[string]string{"routes": routed(), "downstreamUrl": "https://" + hidden, "downstreamSecret": hidden, "downstreamTimeoutSeconds": "31"},
			[]string{`downstreamUrl is "set": it is the short form`, `downstreamSecret is "set": it is the short form`, `downstreamTimeoutSeconds is "31": it is for the one downstream`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := loadRoutes(t, c.set)
			if err == nil {
				t.Fatal("it is taken")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nlacks %s", err, want)
				}
			}
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("%v shows a secret", err)
			}
		})
	}
}

func TestOneMistakeIsOneProblem(t *testing.T) {
	for _, routes := range []string{
		routed(`"no object"`), routed(`{"name":"a","topic":["x"]}`), routed(`{"name":"a","topics":["x"]}`), to(`{"name":"a"}`), to(`{"name":"a","kind":"http"}`),
		to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"bearer"}}`), routed(`{"name":"a","drop":true}`),
		to(`{"name":"log","kind":"http","address":"https://a.example"}`), `[{"name":"a","topics":["x"],"drop":true}]`,
	} {
		if _, err := loadRoutes(t, map[string]string{"routes": routes}); err == nil || !strings.Contains(err.Error(), "has 1 problem:") {
			t.Errorf("%s: %v, want 1 problem", routes, err)
		}
	}
}

func TestSecretsOfTargetsAreEncrypted(t *testing.T) {
	values := valid(t, map[string]string{
		"downstreamUrl": "", "targetSecrets": `{"a":"not-a-real-token"}`,
		"routes": to(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"bearer"}}`),
	})
	_, err := settings.Load("dev", values, never)
	if err == nil || !strings.Contains(err.Error(), `targetSecrets is "in clear": it must be encrypted`) || strings.Contains(err.Error(), "not-a-real-token") {
		t.Errorf("%v", err)
	}
	_, err = settings.Load("dev", values, func(string) bool { return true })
	if err == nil || !strings.Contains(err.Error(), `routes is "encrypted": routes are no place for a secret`) {
		t.Errorf("%v", err)
	}
}

// TestRoutesHaveToFitTheEnvironment is about a stack of many routes.
func TestRoutesHaveToFitTheEnvironment(t *testing.T) {
	many := func(n int) string {
		var routes []string
		for i := range n {
			routes = append(routes, fmt.Sprintf(`{"name":"route-%d","topics":["topic.%d.*"],"targets":[{"name":"a","kind":"http","address":"https://a.example/events"}]}`, i, i))
		}
		return routed(routes...)
	}
	largest := 0
	for n := 1; n <= 40; n++ {
		_, err := loadRoutes(t, map[string]string{"routes": many(n)})
		switch {
		case err == nil && largest == n-1:
			largest = n
		case err == nil:
			t.Fatalf("%d routes fit, and %d don't", n, largest+1)
		case !strings.Contains(err.Error(), "bytes\": the function has them in its environment, of which Lambda takes 4096 bytes"):
			t.Fatal(err)
		}
	}
	s, err := loadRoutes(t, map[string]string{"routes": many(largest)})
	if err != nil {
		t.Fatal(err)
	}
	// Each quote is two characters there.
	text := s.RoutesText(nil)
	if measured := len(text) + strings.Count(text, `"`) + len(`"ROUTES":"",`) + settings.OtherVariables; measured > 4096 || measured < 4096-140 {
		t.Errorf("%d routes fit in %d bytes", largest, measured)
	}
}

func TestTheDefaultTimeOutOfATargetFitsTheFunction(t *testing.T) {
	s, err := loadRoutes(t, map[string]string{"routes": to(`{"name":"a","kind":"http","address":"https://a.example"}`), "functionTimeoutSeconds": "10"})
	if err != nil {
		t.Fatal(err)
	}
	targets := s.Targets()
	if len(targets) != 2 || targets[0].TimeoutSeconds != 6 || targets[1].TimeoutSeconds != 0 {
		t.Errorf("%+v, want 6 seconds, and none for the log", targets)
	}
}

func TestWarningsAboutRoutes(t *testing.T) {
	routes := routed(
		`{"name":"calls","topics":["telephony.call.created","telephony.*","telephony.call.creatd"],"targets":[{"name":"a","kind":"http","address":"https://a.example","timeoutSeconds":100}]}`,
		`{"name":"more","topics":["v2.users.{id}.presennce","v2.nothing.*","v2.users.*","something.of.ours"],"drop":true}`)
	routes = strings.Replace(routes, `"telephony.*",`, "", 1)
	s, err := loadRoutes(t, map[string]string{"routes": routes, "batchSize": "1000"})
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(s.Warnings(), "\n")
	for _, want := range []string{
		`route calls: "telephony.call.creatd" is no type of event that the function has a schema of; did you mean telephony.call.created?`,
		`route more: "v2.users.{id}.presennce" is none of the topics`, "did you mean v2.users.{id}.presence?",
		`route more: "v2.nothing.*" matches none of the topics`,
		"timeoutSeconds of target a = 100",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%s\nlacks %s", all, want)
		}
	}
	if strings.Contains(all, "topics of the rule") {
		t.Errorf("%s\nspeaks of a rule, which there is not", all)
	}
	s, err = loadRoutes(t, map[string]string{
		"routes": routes, "eventBridgeSource": source, "topics": `["v2.users.{id}.activity"]`,
	})
	if err != nil {
		t.Fatal(err)
	}
	bridged := strings.Join(s.Warnings(), "\n")
	if want := `route more: "v2.nothing.*" matches none of the topics of the rule`; !strings.Contains(bridged, want) {
		t.Errorf("%s\nlacks %s", bridged, want)
	}
	for _, not := range []string{`"v2.users.*" matches none`, `"telephony.call.created" matches`, `"something.of.ours" matches`} {
		if strings.Contains(bridged, not) {
			t.Errorf("%s\nspeaks of %s", bridged, not)
		}
	}
	for _, not := range []string{"v2.users.*", "something.of.ours", `"telephony.call.created"`, "downstreamUrl is empty"} {
		if strings.Contains(all, not) {
			t.Errorf("%s\nspeaks of %s", all, not)
		}
	}
}
