package settings_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"cc-eventbridge/infra/settings"
)

func TestFlagsAreCheckedBeforeTheyAreDeployed(t *testing.T) {
	for name, test := range map[string]struct {
		flags string
		bake  string
		want  []string
	}{
		"none": {flags: "{}"},
		"all of them": {flags: `{"logLevel":"debug","replays":"again","decoders":{"sns":false,"claim-check":true},"defaults":{"schema":"enforce"},
			"topics":{"v2.users.{id}.presence":{"schema":"warn","version":"2","state":"active"},"v2.users.{id}.activity":{"version":"1"}},
			"schemas":{"v2.users.{id}.presence":{"2":{"type":"object","required":["id"]}}}}`},
		"an unknown member": {
			flags: `{"topic":{}}`,
			want:  []string{`flags is "{\"topic\":{}}"`, "no member can be called 'topic'", "pulumi config set --path"},
		},
		"a mode that there is not": {
			flags: `{"topics":{"v2.users.{id}.presence":{"schema":"strict"}}}`,
			want:  []string{`flags.topics["v2.users.{id}.presence"].schema is "\"strict\""`, `it must be one of "enforce", "warn", "off"`},
		},
		"a state that there is not": {
			flags: `{"topics":{"telephony.call.created":{"state":"stopped"}}}`,
			want:  []string{`flags.topics["telephony.call.created"].state is "\"stopped\""`, `"active", "paused", "dropped"`},
		},
		"a version that pulumi config set has made a number": {
			flags: `{"topics":{"v2.users.{id}.presence":{"version":2}}}`,
			want:  []string{`.version is "2"`, "it must be string, but got number", "--type string"},
		},
		"a version of a kind that there is not": {
			flags: `{"topics":{"v2.users.{id}.presence":{"version":"v2"}}}`,
			want:  []string{`.version is "\"v2\""`, "by its schema, does not match pattern"},
		},
		"a topic with a space": {
			flags: `{"topics":{"v2.users.{id}.presence ":{}}}`,
			want:  []string{"flags.topics is", "no member can be called 'v2.users.{id}.presence '"},
		},
		"a topic with a slash and a tilde": {
			flags: `{"topics":{"a/b~c%d":{"state":1}}}`,
			want:  []string{`flags.topics["a/b~c%d"].state is "1"`},
		},
		"two unknown decoders": {
			flags: `{"decoders":{"zip":true,"avro":true}}`,
			want:  []string{"flags.decoders is", "no member can be called 'avro', 'zip'"},
		},
		"a log level in capitals": {
			flags: `{"logLevel":"DEBUG"}`,
			want:  []string{`flags.logLevel is "\"DEBUG\""`, `"debug", "info"`},
		},
		"a schema that does not compile": {
			flags: `{"schemas":{"v2.users.{id}.presence":{"2":{"type":"objekt"}}}}`,
			want:  []string{`flags.schemas["v2.users.{id}.presence"]["2"]`, "a JSON Schema that the function refuses", "#/type: should be a name of a type"},
		},
		"a schema that is elsewhere": {
			flags: `{"schemas":{"v2.users.{id}.presence":{"2":{"$ref":"https://schemas.example/presence.json"}}}}`,
			want:  []string{`flags.schemas["v2.users.{id}.presence"]["2"]`, "a JSON Schema that the function refuses", "$ref"},
		},
		"a schema in a file": {
			flags: `{"schemas":{"v2.users.{id}.presence":{"2":{"$ref":"file:///etc/hostname"}}}}`,
			want:  []string{"a JSON Schema that the function refuses", "$ref"},
		},
		"a misspelt keyword of a schema": {
			flags: `{"schemas":{"v2.users.{id}.presence":{"2":{"requird":["id"]}}}}`,
			want:  []string{`flags.schemas["v2.users.{id}.presence"]["2"]`, "requird"},
		},
		"a keyword of a schema that the function does not take": {
			flags: `{"schemas":{"v2.users.{id}.presence":{"2":{"$anchor":"top"}}}}`,
			want:  []string{`flags.schemas["v2.users.{id}.presence"]["2"]`, "$anchor"},
		},
		"a version that the function was built with": {
			flags: `{"schemas":{"v2.users.{id}.presence":{"1":{"type":"object"}}}}`,
			want:  []string{`flags.schemas["v2.users.{id}.presence"]["1"]`, "a version that the function has by itself"},
		},
		"more schemas than the function takes": {
			flags: `{"schemas":{` + schemas(101) + `}}`,
			want:  []string{"flags.schemas is", "101 additional schemas", "100"},
		},
		"a version that there is not": {
			flags: `{"topics":{"v2.users.{id}.presence":{"version":"3"}},"schemas":{"v2.users.{id}.presence":{"2":{"type":"object"}}}}`,
			want:  []string{`flags.topics["v2.users.{id}.presence"].version is "3"`, "the versions 1, 2", "flags.schemas"},
		},
		"a version of a topic that there is not": {
			flags: `{"topics":{"v2.users.{id}.presance":{"version":"1"}}}`,
			want:  []string{`flags.topics["v2.users.{id}.presance"].version is "1"`, "no schema of this topic"},
		},
		"a topic to enforce that has no schema": {
			flags: `{"topics":{"v2.users.{id}.presance":{"schema":"enforce"}}}`,
			want:  []string{`flags.topics["v2.users.{id}.presance"].schema is "enforce"`, "no schema of this topic", "set warn"},
		},
		"a number of which nothing is a multiple": {
			flags: `{"schemas":{"v2.users.{id}.presence":{"2":{"multipleOf":0}}}}`,
			want:  []string{`flags.schemas["v2.users.{id}.presence"]["2"]`, "#/multipleOf: should be a number above 0"},
		},
		"a list that nothing is in": {
			flags: `{"schemas":{"v2.users.{id}.presence":{"2":{"enum":[]}}}}`,
			want:  []string{`flags.schemas["v2.users.{id}.presence"]["2"]`, "#/enum: should be a list of at least one value"},
		},
		"a name twice": {
			flags: `{"topics":{"a":{"state":"paused"},"a":{"state":"active"}}}`,
			want:  []string{`flags is "a document that the function refuses"`, "duplicate"},
		},
		"something behind the document": {
			flags: `{} {}`,
			want:  []string{`flags is "a document that the function refuses"`, "goes on after the first value"},
		},
		"a list":                      {flags: `[]`, want: []string{"flags is", "must be an object"}},
		"null":                        {flags: `null`, want: []string{"flags is", "must be an object"}},
		"too large":                   {flags: `{"x":"` + strings.Repeat("x", 64<<10) + `"}`, want: []string{`flags is "65544 bytes"`, "at most 65536"}},
		"watched for more than a day": {flags: `{}`, bake: "1441", want: []string{`flagsBakeMinutes is "1441"`, "from 0 to 1440"}},
	} {
		t.Run(name, func(t *testing.T) {
			set := map[string]string{"flags": test.flags, "flagsBakeMinutes": cmp.Or(test.bake, "10")}
			_, err := settings.Load("dev", valid(t, set), never)
			wants(t, err, test.want)
		})
	}
}

// schemas are members of "schemas", by a few topics so that only their number as a whole is wrong.
func schemas(n int) string {
	var topics []string
	const versions = 20
	for i := 0; i < n; i += versions {
		var members []string
		for v := range min(versions, n-i) {
			members = append(members, fmt.Sprintf(`"%d":{}`, v+1))
		}
		topics = append(topics, fmt.Sprintf(`"topic.%d":{%s}`, i, strings.Join(members, ",")))
	}
	return strings.Join(topics, ",")
}

func TestEveryProblemOfTheFlagsIsReported(t *testing.T) {
	_, err := settings.Load("dev", valid(t, map[string]string{
		"flags":              `{"logLevel":"all","topics":{"a":{"state":"off"},"b":{"schema":"on","version":"x"}}}`,
		"maximumConcurrency": "1",
	}), never)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"has 5 problems", "flags.logLevel", "flags.topics.a.state", "flags.topics.b.schema", "flags.topics.b.version", "maximumConcurrency"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %q:\n%v", want, err)
		}
	}
}

func TestEncryptedFlagsAreRefusedWithoutShowingThem(t *testing.T) {
	encrypted := func(key string) bool { return key == "flags" }
	_, err := settings.Load("dev", valid(t, map[string]string{"flags": `{"logLevel":"hunter2"}`}), encrypted)
	if err == nil || !strings.Contains(err.Error(), "no place for a secret") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("err = %v, want that flags are no place for a secret, without the value", err)
	}
}

func TestTheSameFlagsGiveTheSameDocument(t *testing.T) {
	load := func(flags string) settings.Flags {
		t.Helper()
		s, err := settings.Load("dev", valid(t, map[string]string{"flags": flags}), never)
		if err != nil {
			t.Fatal(err)
		}
		return s.Flags
	}
	const want = `{"replays":"again","schemas":{"a":{"1":{"maximum":12345678901234567890,"title":"<&>"}}},"topics":{"a":{"state":"active"}}}`
	for _, text := range []string{
		`{"topics":{"a":{"state":"active"}},"schemas":{"a":{"1":{"title":"<&>","maximum":12345678901234567890}}},"replays":"again"}`,
		"{ \"replays\": \"again\",\n \"schemas\": {\"a\": {\"1\": {\"maximum\": 12345678901234567890, \"title\": \"\\u003c&>\"}}}, \"topics\": {\"a\": {\"state\": \"active\"}} }",
	} {
		if got := load(text).Document; got != want {
			t.Errorf("the document is\n  %s, want\n  %s", got, want)
		}
	}
}

func TestASummaryFitsAndChangesWithTheDocument(t *testing.T) {
	many := func(last string) string {
		topics := ""
		for i := range 40 {
			topics += fmt.Sprintf(`"v2.detail.events.conversation.{id}.%d":{"state":"active"},`, i)
		}
		return `{"topics":{` + topics + `"zz":{"state":"` + last + `"}}}`
	}
	seen := map[string]string{}
	for name, flags := range map[string]string{
		"none":                      "{}",
		"one":                       `{"logLevel":"debug"}`,
		"a schema":                  `{"schemas":{"a":{"1":{"type":"object"}}}}`,
		"another schema":            `{"schemas":{"a":{"1":{"type":"string"}}}}`,
		"many topics":               many("active"),
		"many topics, the last off": many("dropped"),
	} {
		s, err := settings.Load("dev", valid(t, map[string]string{"flags": flags}), never)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		summary := s.Flags.Summary()
		if len(summary) == 0 || len(summary) > 1024 || strings.ContainsFunc(summary, func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%s: the summary has %d characters, want 1 to the 1024 of a description, and printable ASCII only: %s", name, len(summary), summary)
		}
		if other, taken := seen[summary]; taken {
			t.Errorf("%s and %s have the same summary %s", name, other, summary)
		}
		seen[summary] = name
	}
	if !slices.Contains(slices.Collect(maps.Keys(seen)), `{"logLevel":"debug"}`) {
		t.Errorf("the summary of few flags is not the flags: %q", slices.Collect(maps.Keys(seen)))
	}
}
