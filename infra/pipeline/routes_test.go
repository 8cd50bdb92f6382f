package pipeline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/infra/settings"
)

// processorOf is the function, and the statements of its policy by their names.
func processorOf(t *testing.T, stack string, set map[string]string) (function registered, may map[string]statement) {
	t.Helper()
	may = map[string]statement{}
	for _, r := range resources(t, stack, configured(t, set)) {
		switch r.URN {
		case "aws:lambda/function:Function::processor":
			function = r
		case "aws:iam/rolePolicy:RolePolicy::processor":
			for _, s := range allows(t, r.Inputs["policy"]) {
				may[s.Sid] = s
			}
		}
	}
	return function, may
}

func variables(function registered) map[string]any {
	return function.Inputs["environment"].(map[string]any)["variables"].(map[string]any)
}

const elsewhere = `,{"name":"rest","targets":[{"name":"log","kind":"log"}]}]`

// TestNothingIsAllowedThatNoRouteUses adds one target at a time and looks at what the function may do more.
func TestNothingIsAllowedThatNoRouteUses(t *testing.T) {
	_, without := processorOf(t, "dev", nil)
	one := func(target string) string {
		return `[{"name":"one","topics":["telephony.*"],"targets":[` + target + `]}` + elsewhere
	}
	for name, c := range map[string]struct {
		routes, secrets string
		want            []string
	}{
		"the log": {routes: `[{"name":"rest","targets":[{"name":"log","kind":"log"}]}]`},
		"a drop":  {routes: `[{"name":"rest","drop":true}]`},
		"HTTP":    {routes: one(`{"name":"a","kind":"http","address":"https://a.example"}`)},
		"HTTP that is signed by the role": {
			routes: one(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"sigv4","service":"execute-api"}}`),
		},
		"HTTP with a secret": {
			routes:  one(`{"name":"a","kind":"http","address":"https://a.example","auth":{"kind":"bearer"}}`),
			secrets: `{"a":"not-a-real-token"}`,
			want:    []string{"ReadTargetSecrets [secretsmanager:GetSecretValue] [arn:of:secret:Secret:dev-cc-eventbridge-target-a]"},
		},
		"a bus": {
			routes: one(`{"name":"a","kind":"eventbridge","address":"arn:aws:events:us-east-1:123456789012:event-bus/b"}`),
			want:   []string{"PutEvents [events:PutEvents] [arn:aws:events:us-east-1:123456789012:event-bus/b]"},
		},
		"a bus with claim checks": {
			routes: one(`{"name":"a","kind":"eventbridge","address":"arn:aws:events:us-east-1:123456789012:event-bus/b","large":"claimCheck"}`),
			want: []string{
				"PutEvents [events:PutEvents] [arn:aws:events:us-east-1:123456789012:event-bus/b]",
				"StoreLargeEvents [s3:PutObject] [arn:of:bucketV2:BucketV2:payloads/deliveries/a/*]",
			},
		},
		"a FIFO queue behind a VPC endpoint": {
			routes: one(`{"name":"a","kind":"sqs","address":"https://vpce-1-x.sqs.eu-west-1.vpce.amazonaws.com/123456789012/q.fifo"}`),
			want:   []string{"SendToQueues [sqs:SendMessage] [arn:aws:sqs:eu-west-1:123456789012:q.fifo]"},
		},
		"a queue": {
			routes: one(`{"name":"a","kind":"sqs","address":"https://sqs.eu-west-1.amazonaws.com/123456789012/q"}`),
			want:   []string{"SendToQueues [sqs:SendMessage] [arn:aws:sqs:eu-west-1:123456789012:q]"},
		},
		"a queue at another address": {
			routes: one(`{"name":"a","kind":"sqs","address":"http://127.0.0.1:4566/123456789012/q"}`),
			want:   []string{"SendToQueues [sqs:SendMessage] [arn:aws:sqs:us-east-1:123456789012:q]"},
		},
		"queues with a key, in two routes": {
			routes: `[{"name":"one","topics":["telephony.*"],"targets":[` +
				`{"name":"a","kind":"sqs","address":"https://sqs.eu-west-1.amazonaws.com/123456789012/q","kmsKeyArn":"arn:aws:kms:eu-west-1:123456789012:key/k"},` +
				`{"name":"b","kind":"sqs","address":"https://sqs.eu-west-1.amazonaws.com/123456789012/r","kmsKeyArn":"arn:aws:kms:eu-west-1:123456789012:key/k"}]},` +
				`{"name":"two","topics":["routing.*"],"targets":[` +
				`{"name":"a","kind":"sqs","address":"https://sqs.eu-west-1.amazonaws.com/123456789012/q","kmsKeyArn":"arn:aws:kms:eu-west-1:123456789012:key/k"}]}` + elsewhere,
			want: []string{
				"EncryptForQueues [kms:GenerateDataKey kms:Decrypt] [arn:aws:kms:eu-west-1:123456789012:key/k]",
				"SendToQueues [sqs:SendMessage] [arn:aws:sqs:eu-west-1:123456789012:q arn:aws:sqs:eu-west-1:123456789012:r]",
			},
		},
		"a state machine": {
			routes: one(`{"name":"a","kind":"step-functions","address":"arn:aws:states:us-east-1:123456789012:stateMachine:m"}`),
			want:   []string{"StartExecutions [states:StartExecution] [arn:aws:states:us-east-1:123456789012:stateMachine:m]"},
		},
		"a function": {
			routes: one(`{"name":"a","kind":"lambda","address":"arn:aws:lambda:us-east-1:123456789012:function:f"}`),
			want:   []string{"InvokeFunctions [lambda:InvokeFunction] [arn:aws:lambda:us-east-1:123456789012:function:f]"},
		},
		"a stream": {
			routes: one(`{"name":"a","kind":"firehose","address":"arn:aws:firehose:us-east-1:123456789012:deliverystream/s"}`),
			want:   []string{"PutRecords [firehose:PutRecord] [arn:aws:firehose:us-east-1:123456789012:deliverystream/s]"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			set := map[string]string{"routes": c.routes}
			if c.secrets != "" {
				set["targetSecrets"] = c.secrets
			}
			_, may := processorOf(t, "dev", set)
			var more []string
			for sid, s := range may {
				text := fmt.Sprint(sid, " ", s.Action, " ", s.Resource)
				if known, ok := without[sid]; !ok {
					more = append(more, text)
				} else if was := fmt.Sprint(sid, " ", known.Action, " ", known.Resource); was != text {
					t.Errorf("%s\nwas %s", text, was)
				}
			}
			if slices.Sort(more); !slices.Equal(more, c.want) {
				t.Errorf("the function may also\n  %s\nwant\n  %s", strings.Join(more, "\n  "), strings.Join(c.want, "\n  "))
			}
			if len(may) != len(without)+len(c.want) {
				t.Errorf("%d statements, want none to be missing", len(may))
			}
		})
	}
}

// TestRoutesReachTheFunction in one variable, as it reads them, and in the place of those of the one downstream.
func TestRoutesReachTheFunction(t *testing.T) {
	function, _ := processorOf(t, "dev", map[string]string{"routes": someRoutes, "targetSecrets": `{"crm":"not-a-real-token","hook":"not-a-real-token"}`})
	env := variables(function)
	for _, name := range []string{contract.EnvDownstreamURL, contract.EnvDownstreamSecretARN, contract.EnvDownstreamTimeout} {
		if _, found := env[name]; found {
			t.Errorf("%s is set beside routes", name)
		}
	}
	text, _ := json.Marshal(env[contract.EnvRoutes])
	var routes []contract.Route
	if err := json.Unmarshal(text, &routes); err != nil {
		if err = json.Unmarshal([]byte(env[contract.EnvRoutes].(string)), &routes); err != nil {
			t.Fatal(err)
		}
	}
	if len(routes) != 4 || len(routes[0].Targets) != 3 || len(routes[2].Targets) != 0 || len(routes[3].Topics) != 0 {
		t.Fatalf("%+v", routes)
	}
	crm := routes[0].Targets[0]
	if crm.Auth == nil || *crm.Auth != (contract.Auth{Kind: contract.AuthBearer, SecretARN: "arn:of:secret:Secret:dev-cc-eventbridge-target-crm"}) ||
		crm.TimeoutSeconds != 10 || crm.Address != "https://crm.example/events" {
		t.Errorf("%+v", crm)
	}
	if !slices.Contains(function.DependsOn, "aws:secretsmanager/secretVersion:SecretVersion::target-crm") {
		t.Errorf("the function waits for %v, want also the secrets of targets", function.DependsOn)
	}
	short, _ := processorOf(t, "dev", map[string]string{"downstreamUrl": "https://crm.example/events"})
	if _, found := variables(short)[contract.EnvRoutes]; found {
		t.Error("a stack without routes has the variable")
	}
}

// TestTheOtherVariablesTakeWhatIsCountedForThem: what settings reserve beside the routes is enough for the longest names.
func TestTheOtherVariablesTakeWhatIsCountedForThem(t *testing.T) {
	function, _ := processorOf(t, strings.Repeat("x", 60), map[string]string{"routes": `[{"name":"rest","drop":true}]`, "functionMemoryMb": "10240"})
	env := maps.Clone(variables(function))
	delete(env, contract.EnvRoutes)
	text, err := json.Marshal(env)
	if err != nil {
		t.Fatal(err)
	}
	// The longest name of a region is seven characters longer than the one of the mocks, and stands in two URLs.
	if most := len(text) + 2*7; most > settings.OtherVariables || most < settings.OtherVariables-150 {
		t.Errorf("the other variables take up to %d bytes, and %d are counted for them:\n%s", most, settings.OtherVariables, text)
	}
}
