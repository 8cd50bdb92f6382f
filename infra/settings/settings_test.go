package settings_test

import (
	"errors"
	"maps"
	"strings"
	"testing"

	"cc-eventbridge/infra/settings"
	"cc-eventbridge/infra/settings/settingstest"
)

// valid is the configuration of a stack that sets only what has no default, with set on top.
func valid(t *testing.T, set map[string]string) map[string]string {
	t.Helper()
	values := settingstest.Values(t, "../..", "")
	values["genesysExternalId"] = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
	values["downstreamUrl"] = settings.LogOnly
	maps.Copy(values, set)
	return values
}

func never(string) bool { return false }

const source = "aws.partner/genesys.com/cloud/5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4/prod"

func TestDefaultsAreValid(t *testing.T) {
	s, err := settings.Load("dev", valid(t, nil), never)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Queue.VisibilityTimeoutSeconds, 6*120+5; got != want {
		t.Errorf("derived visibility timeout = %d, want 6 x function timeout + window = %d", got, want)
	}
}

func TestProductionFileIsValidAndCompleteButForTheOrganizationAndTheDownstream(t *testing.T) {
	values := settingstest.Values(t, "../..", "Pulumi.prod.yaml")
	_, err := settings.Load("prod", values, never)
	if err == nil || strings.Count(err.Error(), "\n") != 2 || !strings.Contains(err.Error(), "genesysExternalId is not set") ||
		!strings.Contains(err.Error(), "downstreamUrl is not set") {
		t.Errorf("without an external id and a downstream, err = %v; want exactly these problems", err)
	}
	values["genesysExternalId"] = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
	values["downstreamUrl"] = "https://crm.example/events"
	s, err := settings.Load("prod", values, never)
	if err != nil {
		t.Fatal(err)
	}
	if s.LogRetentionDays != 365 || !s.ProtectData {
		t.Errorf("log retention = %d, protect = %v; want 365 days and protected data in production", s.LogRetentionDays, s.ProtectData)
	}
}

func TestEveryProblemIsReportedWithKeyValueRuleAndFix(t *testing.T) {
	for name, test := range map[string]struct {
		stack string
		set   map[string]string
		want  []string
	}{
		"no external id": {
			set:  map[string]string{"genesysExternalId": ""},
			want: []string{"genesysExternalId is not set", "your Genesys organization id", "Admin > Account Settings", "pulumi config set genesysExternalId"},
		},
		"malformed external id": {
			set:  map[string]string{"genesysExternalId": "a b"},
			want: []string{`genesysExternalId is "a b"`, "2 to 1224"},
		},
		"no external id is fine without direct intake": {
			set: map[string]string{"genesysExternalId": "", "directIntake": "false"},
		},
		"not a number": {
			set:  map[string]string{"batchSize": "ten"},
			want: []string{`batchSize is "ten"`, "whole number from 1 to 10000", "pulumi config set batchSize"},
		},
		"concurrency below Lambda's least": {
			set:  map[string]string{"maximumConcurrency": "1"},
			want: []string{`maximumConcurrency is "1"`, "from 2 to 1000"},
		},
		"not a boolean": {
			set:  map[string]string{"consumerEnabled": "yes"},
			want: []string{`consumerEnabled is "yes"`, "true or false"},
		},
		"account id too short": {
			set:  map[string]string{"genesysAwsAccountId": "1234"},
			want: []string{`genesysAwsAccountId is "1234"`, "12 digits"},
		},
		"a source of another partner": {
			set:  map[string]string{"eventBridgeSource": "aws.partner/example.com/1"},
			want: []string{"eventBridgeSource", "aws.partner/genesys.com/cloud/"},
		},
		"a topic with a real id": {
			set:  map[string]string{"topics": `["v2.users.5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4.presence"]`},
			want: []string{"topics", "literal {id}"},
		},
		"topics that are no list": {
			set:  map[string]string{"topics": "v2.users"},
			want: []string{"topics", "list of strings"},
		},
		"messages visible again while they run": {
			set:  map[string]string{"visibilityTimeoutSeconds": "124"},
			want: []string{`visibilityTimeoutSeconds is "124"`, "= 125", "derive 725"},
		},
		"visibility timeout at its least": {
			set: map[string]string{"visibilityTimeoutSeconds": "125"},
		},
		"dead letters that expire before they can be read": {
			set:  map[string]string{"deadLetterRetentionSeconds": "604799"},
			want: []string{"deadLetterRetentionSeconds", "messageRetentionSeconds = 604800", "1209600"},
		},
		"messages that expire before they can be dead-lettered": {
			set:  map[string]string{"functionTimeoutSeconds": "900", "batchingWindowSeconds": "300", "messageRetentionSeconds": "3600"},
			want: []string{`messageRetentionSeconds is "3600"`, "visibility timeout of 5700 s", "set messageRetentionSeconds 22800"},
		},
		"a large batch without a window": {
			set:  map[string]string{"batchSize": "11", "batchingWindowSeconds": "0"},
			want: []string{"batchingWindowSeconds", "batchSize = 11", "at least 1 second"},
		},
		"reserved concurrency below the mapping's": {
			set:  map[string]string{"reservedConcurrency": "49"},
			want: []string{"reservedConcurrency", "maximumConcurrency = 50", "dead-letter queue"},
		},
		"records that die before their messages": {
			set:  map[string]string{"dedupRetentionDays": "11"},
			want: []string{"dedupRetentionDays", "= 12 days", "pulumi config set dedupRetentionDays 12"},
		},
		"records that just outlive their messages": {
			set: map[string]string{"dedupRetentionDays": "12"},
		},
		"log retention that CloudWatch does not have": {
			set:  map[string]string{"logRetentionDays": "31"},
			want: []string{"logRetentionDays", "set logRetentionDays 60"},
		},
		"a downstream in clear": {
			set:  map[string]string{"downstreamUrl": "http://crm.example/events"},
			want: []string{"downstreamUrl", "https"},
		},
		"a downstream on this machine": {
			set: map[string]string{"downstreamUrl": "http://127.0.0.1:8080/events"},
		},
		"a protected stack whose events go nowhere": {
			set:  map[string]string{"downstreamUrl": "", "protectData": "true"},
			want: []string{"downstreamUrl is not set", "only logged", "this stack is protected", "pulumi config set downstreamUrl https://", "pulumi config set downstreamUrl log"},
		},
		"a protected stack that says so": {
			set: map[string]string{"downstreamUrl": "log", "protectData": "true"},
		},
		"a token for a downstream that only logs": {
			set:  map[string]string{"downstreamUrl": "log", "downstreamSecret": "hunter2"},
			want: []string{"downstreamSecret is \"set\"", "which is no URL"},
		},
		"a request that outlives the function's work": {
			set:  map[string]string{"downstreamTimeoutSeconds": "117"},
			want: []string{`downstreamTimeoutSeconds is "117"`, "functionTimeoutSeconds = 120", "at most 116", "set downstreamTimeoutSeconds 116"},
		},
		"the longest request": {
			set: map[string]string{"downstreamTimeoutSeconds": "116"},
		},
		"a request of no time": {
			set:  map[string]string{"downstreamTimeoutSeconds": "0"},
			want: []string{`downstreamTimeoutSeconds is "0"`, "whole number from 1 to 896"},
		},
		"a request that is too long for a short function": {
			set:  map[string]string{"functionTimeoutSeconds": "4", "downstreamTimeoutSeconds": "2"},
			want: []string{`downstreamTimeoutSeconds is "2"`, "at most 1"},
		},
		"a host that only looks like this machine": {
			set:  map[string]string{"downstreamUrl": "http://localhost.example"},
			want: []string{"downstreamUrl"},
		},
		"a secret that stands in clear": {
			set:  map[string]string{"downstreamUrl": "https://crm.example", "downstreamSecret": "hunter2"},
			want: []string{"downstreamSecret", "--secret"},
		},
		"a misspelt key": {
			set:  map[string]string{"maximumConcurency": "80"},
			want: []string{"maximumConcurency", "no such key", "did you mean maximumConcurrency?"},
		},
		"a long stack name": {
			stack: strings.Repeat("a", 90),
			set:   map[string]string{"eventBridgeSource": source, "archiveDays": "7"},
		},
		"a stack name that no resource can have": {
			stack: "feature.one",
			want:  []string{`stack is "feature.one"`, "A-Z a-z 0-9 - _", "pulumi config set namePrefix"},
		},
		"such a stack name with another prefix": {
			stack: "feature.one", set: map[string]string{"namePrefix": "feature-one"},
		},
		"a prefix that no resource can have": {
			set:  map[string]string{"namePrefix": "-cc"},
			want: []string{`namePrefix is "-cc"`, "start with a letter or digit"},
		},
		"a boundary that is no ARN of a policy": {
			set:  map[string]string{"iamPermissionsBoundary": "arn:aws:iam::123456789012:role/boundary"},
			want: []string{`iamPermissionsBoundary is "arn:aws:iam::123456789012:role/boundary"`, "the ARN of a managed policy"},
		},
		"a boundary with a path":    {set: map[string]string{"iamPermissionsBoundary": "arn:aws-us-gov:iam::123456789012:policy/team/boundary"}},
		"a boundary that AWS keeps": {set: map[string]string{"iamPermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}},
		"a path without its last slash": {
			set:  map[string]string{"iamPath": "/integration"},
			want: []string{`iamPath is "/integration"`, "between slashes", "pulumi config set iamPath /<name>/"},
		},
		"a path of AWS's own": {
			set:  map[string]string{"iamPath": "/aws-service-role/x/"},
			want: []string{"AWS's own"},
		},
		"a path that is too long": {
			set:  map[string]string{"iamPath": "/" + strings.Repeat("a", 511) + "/"},
			want: []string{"512 characters at most"},
		},
		"a path":      {set: map[string]string{"iamPath": "/integration/genesys/"}},
		"the default": {set: map[string]string{"iamPath": "/", "protectData": "true"}},
		"a path of a protected stack that nobody has confirmed": {
			set: map[string]string{"iamPath": "/integration/", "protectData": "true"},
			want: []string{
				`iamPath is "/integration/": this stack is protected, and another path replaces every role`,
				"Genesys Cloud holds the ARN of the writer role", "can't send until it is given the new one (stack output writerRoleArn)",
				"pulumi config set iamPathConfirmed /integration/", "set iamPath back to /",
			},
		},
		"the same where the program tells Genesys Cloud": {
			set: map[string]string{
				"iamPath": "/integration/", "protectData": "true", "registerWithGenesys": "true", "directEventTypes": `["telephony.call.created"]`,
			},
			want: []string{"the program gives it the new one"},
		},
		"a confirmed path that is taken back": {
			set:  map[string]string{"iamPathConfirmed": "/integration/", "protectData": "true"},
			want: []string{"iamPath is not set: this stack is protected", "pulumi config set iamPathConfirmed / ", "set iamPath back to /integration/"},
		},
		"a path of a protected stack that is confirmed": {
			set: map[string]string{"iamPath": "/integration/", "iamPathConfirmed": "/integration/", "protectData": "true"},
		},
		"an archive without a bus": {
			set:  map[string]string{"archiveDays": "7"},
			want: []string{`archiveDays is "7"`, "only a bus has an archive"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			stack := test.stack
			if stack == "" {
				stack = "dev"
			}
			_, err := settings.Load(stack, valid(t, test.set), never)
			if len(test.want) == 0 {
				if err != nil {
					t.Fatalf("err = %v, want none", err)
				}
				return
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range append(test.want, "Fix: ") {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error lacks %q:\n%v", part, err)
				}
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a secret:\n%v", err)
			}
			if first, ok := errors.AsType[*settings.Problem](err); !ok || first.Key == "" {
				t.Errorf("the error has no Problem with a key: %v", err)
			}
		})
	}
}

// TestShortFunctionsHaveShorterRequests: a stack that sets only the function's time-out stays valid.
func TestShortFunctionsHaveShorterRequests(t *testing.T) {
	for timeout, want := range map[string]int{"1": 1, "2": 1, "3": 1, "4": 1, "5": 2, "6": 2, "20": 16, "33": 29, "34": 30, "120": 30, "900": 30} {
		s, err := settings.Load("dev", valid(t, map[string]string{"functionTimeoutSeconds": timeout}), never)
		if err != nil {
			t.Fatal(err)
		}
		if s.DownstreamTimeoutSeconds != want {
			t.Errorf("with functionTimeoutSeconds %s a request has %d s, want %d", timeout, s.DownstreamTimeoutSeconds, want)
		}
	}
}

func TestWhatTakesNoEffectIsWarnedOf(t *testing.T) {
	for name, test := range map[string]struct {
		set  map[string]string
		want []string
	}{
		"the usual": {},
		"no intake": {map[string]string{"directIntake": "false"}, []string{"both intakes are off"}},
		"a path": {
			map[string]string{"iamPath": "/integration/"},
			[]string{"iamPath is /integration/. If the stack is deployed with another one, every role is replaced, because IAM can't move one. Genesys Cloud holds the ARN of the writer role"},
		},
		"a confirmed path":                          {map[string]string{"iamPath": "/integration/", "iamPathConfirmed": "/integration/"}, nil},
		"topics for no source":                      {map[string]string{"topics": `["v2.users.{id}.presence"]`}, []string{"topics has no effect"}},
		"types of events that nobody subscribes to": {map[string]string{"directEventTypes": `["telephony.call.created"]`}, []string{"directEventTypes has no effect"}},
		"events that are only logged":               {map[string]string{"downstreamUrl": ""}, []string{"downstreamUrl is empty: events are only logged, and remembered as done for dedupRetentionDays = 14"}},
		"a batch that a slow downstream leaves unstarted": {
			map[string]string{"downstreamUrl": "https://crm.example", "batchSize": "10000", "maximumConcurrency": "12"},
			[]string{"batchSize is 10000: where the downstream takes downstreamTimeoutSeconds = 30 for each event, an invocation starts, with up to 256 at a time in functionTimeoutSeconds = 120, no more than 480 of them. The others are received without being tried and can end in the dead-letter queue. Set batchSize 480 or downstreamTimeoutSeconds 2,"},
		},
		"the largest batch that fits": {map[string]string{"downstreamUrl": "https://crm.example", "batchSize": "480"}, nil},
		"a batch that fits with quick requests": {
			map[string]string{"downstreamUrl": "https://crm.example", "batchSize": "10000", "maximumConcurrency": "12", "downstreamTimeoutSeconds": "2"}, nil,
		},
		"a batch for which no request is quick enough": {
			map[string]string{"downstreamUrl": "https://crm.example", "batchSize": "5000", "functionTimeoutSeconds": "10", "maximumConcurrency": "24"},
			[]string{"Set batchSize 96, or raise functionTimeoutSeconds."},
		},
		"a large batch that goes nowhere":   {map[string]string{"batchSize": "2400"}, nil},
		"more in flight than SQS hands out": {map[string]string{"batchSize": "2401"}, []string{"batchSize = 2401 x maximumConcurrency = 50 is 120050 messages in flight"}},
		"a consumer that is off":            {map[string]string{"consumerEnabled": "false"}, []string{"longer than messageRetentionSeconds = 604800 is deleted"}},
		"one try":                           {map[string]string{"maxReceiveCount": "1"}, []string{"maxReceiveCount is 1: whatever fails once is dead-lettered"}},
		"two tries":                         {map[string]string{"maxReceiveCount": "2"}, nil},
		"hours of no alarm":                 {map[string]string{"silenceHours": "08-20"}, []string{"silenceHours has no effect"}},
		"topics out of service": {
			map[string]string{"flags": `{"topics":{"b":{"state":"paused"},"a":{"state":"paused"},"c":{"state":"dropped"},"d":{"state":"active"}}}`},
			[]string{"flags pause topics, whose events wait in the ingestion queue, and end in its dead-letter queue when that takes too long: a, b", "and go nowhere: c"},
		},
		"flags that nobody watches": {
			map[string]string{"flags": `{"logLevel":"debug"}`, "flagsDeploymentMinutes": "1", "flagsBakeMinutes": "3"},
			[]string{"flagsDeploymentMinutes + flagsBakeMinutes = 4 minutes"},
		},
		"flags that are watched for just long enough": {
			map[string]string{"flags": `{"logLevel":"debug"}`, "flagsDeploymentMinutes": "0", "flagsBakeMinutes": "5"}, nil,
		},
		"no flags to watch": {map[string]string{"flagsBakeMinutes": "0"}, nil},
		"decoders out of service": {
			map[string]string{"flags": `{"decoders":{"sns":false,"direct":true,"compressed":false}}`},
			[]string{"the validation queue: compressed, sns"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := settings.Load("dev", valid(t, test.set), never)
			if err != nil {
				t.Fatal(err)
			}
			warnings := s.Warnings()
			if len(warnings) != len(test.want) {
				t.Fatalf("warnings = %q, want %d", warnings, len(test.want))
			}
			for i, part := range test.want {
				if !strings.Contains(warnings[i], part) {
					t.Errorf("warning %q lacks %q", warnings[i], part)
				}
			}
		})
	}
}

func TestAllProblemsAreReportedTogether(t *testing.T) {
	_, err := settings.Load("dev", valid(t, map[string]string{
		"maximumConcurrency":  "1",    // wrong by itself
		"reservedConcurrency": "0",    // silent: the rule needs a sound maximumConcurrency
		"dedupRetentionDays":  "1",    // a rule between sound keys still speaks
		"genesysExternalId":   "",     // needed by another key
		"batchSize":           "many", // not a number
	}), never)
	if err == nil {
		t.Fatal("no error")
	}
	text := err.Error()
	for _, want := range []string{"has 4 problems", "maximumConcurrency", "dedupRetentionDays", "genesysExternalId", "batchSize"} {
		if !strings.Contains(text, want) {
			t.Errorf("the error lacks %q:\n%v", want, text)
		}
	}
	if strings.Contains(text, "reservedConcurrency is") {
		t.Errorf("the error compares with a value that is wrong itself:\n%v", text)
	}
}
