package flags

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// documents are documents and what Parse says of them: the lines of its error, none for a good one.
var documents = []struct {
	name, document string
	problems       []string
	// unseen marks what only Parse can see: JSON Schema speaks of values, not of the text that they stand in.
	unseen bool
}{
	{name: "nothing is set", document: `{}`},
	{name: "white space around it", document: " {\n}\t"},
	{name: "everything is set", document: full},
	{name: "empty objects", document: `{"decoders":{},"defaults":{},"topics":{},"schemas":{}}`},
	{name: "a topic with nothing set", document: `{"topics":{"a":{}}}`},
	{name: "a topic without schemas", document: `{"schemas":{"a":{}}}`},
	{name: "a topic as long as can be", document: `{"topics":{"` + strings.Repeat("a", 256) + `":{}}}`},
	{name: "the largest version", document: `{"topics":{"a":{"version":"999999999"}},"schemas":{"a":{"999999999":{}}}}`},
	{name: "as many topics as can be", document: many("topics", 1000)},
	{name: "as many topics with schemas as can be", document: many("schemas", 100)},
	{name: "a schema with any members", document: `{"schemas":{"a":{"1":{"x":null,"y":[1.5e300,{"logLevel":7}]}}}}`},
	{name: "a name in escapes", document: `{"\u006cogLevel":"\u0069nfo"}`},

	{
		name: "an unknown member", document: `{"loglevel":"info"}`,
		problems: []string{"/loglevel is not a known member, should be logLevel, replays, loneSurrogates, decoders, defaults, topics, schemas"},
	},
	{name: "an unknown level", document: `{"logLevel":"INFO"}`, problems: []string{`/logLevel is "INFO", should be one of debug, info, warn, error`}},
	{name: "an empty level", document: `{"logLevel":""}`, problems: []string{`/logLevel is "", should be one of debug, info, warn, error`}},
	{name: "a level that is null", document: `{"logLevel":null}`, problems: []string{`/logLevel is null, should be one of debug, info, warn, error`}},
	{name: "an unknown choice for lone surrogates", document: `{"loneSurrogates":"deliver"}`, problems: []string{`/loneSurrogates is "deliver", should be one of quarantine, replace`}},
	{name: "replays that are true", document: `{"replays":true}`, problems: []string{`/replays is true, should be one of deduplicate, again`}},
	{
		name: "an unknown decoder", document: `{"decoders":{"SNS":true}}`,
		problems: []string{"/decoders/SNS is not a known member, should be direct, eventbridge, sns, compressed, claim-check"},
	},
	{name: "a decoder that is text", document: `{"decoders":{"sns":"false"}}`, problems: []string{`/decoders/sns is "false", should be true or false`}},
	{name: "a decoder that is null", document: `{"decoders":{"sns":null}}`, problems: []string{`/decoders/sns is null, should be true or false`}},
	{name: "an unknown default", document: `{"defaults":{"state":"active"}}`, problems: []string{"/defaults/state is not a known member, should be schema"}},
	{name: "an unknown mode", document: `{"defaults":{"schema":"strict"}}`, problems: []string{`/defaults/schema is "strict", should be one of enforce, warn, off`}},
	{name: "a mode that is false", document: `{"topics":{"a":{"schema":false}}}`, problems: []string{`/topics/a/schema is false, should be one of enforce, warn, off`}},
	{name: "an unknown state", document: `{"topics":{"a.{id}":{"state":"on"}}}`, problems: []string{`/topics/a.{id}/state is "on", should be one of active, paused, dropped`}},
	{name: "an unknown member of a topic", document: `{"topics":{"a":{"mode":"off"}}}`, problems: []string{"/topics/a/mode is not a known member, should be schema, version, state"}},
	{name: "a version that is a number", document: `{"topics":{"a":{"version":2}}}`, problems: []string{"/topics/a/version is 2, should be a version: a whole number from 1 to 999999999, as a string"}},
	{name: "version 0", document: `{"topics":{"a":{"version":"0"}}}`, problems: []string{`/topics/a/version is "0", should be a version`}},
	{name: "version 01", document: `{"topics":{"a":{"version":"01"}}}`, problems: []string{`/topics/a/version is "01", should be a version`}},
	{name: "a version with a dot", document: `{"topics":{"a":{"version":"1.0"}}}`, problems: []string{`/topics/a/version is "1.0", should be a version`}},
	{name: "an empty version", document: `{"topics":{"a":{"version":""}}}`, problems: []string{`/topics/a/version is "", should be a version`}},
	{name: "a version of ten digits", document: `{"topics":{"a":{"version":"1000000000"}}}`, problems: []string{`/topics/a/version is "1000000000", should be a version`}},
	{name: "a topic without a name", document: `{"topics":{"":{}}}`, problems: []string{"/topics/ is not a known member, should be a topic's name"}},
	{name: "a topic with a space at its end", document: `{"topics":{"a ":{}}}`, problems: []string{"/topics/a  is not a known member, should be a topic's name"}},
	{name: "a topic that is not ASCII", document: `{"topics":{"ä":{}}}`, problems: []string{"/topics/ä is not a known member, should be a topic's name"}},
	{name: "a topic that is too long", document: `{"topics":{"` + strings.Repeat("a", 257) + `":{}}}`, problems: []string{"/topics/" + strings.Repeat("a", 92) + "… is not a known member, should be a topic's name"}},
	{name: "a topic that is a list", document: `{"topics":{"a":[]}}`, problems: []string{"/topics/a is [], should be an object"}},
	{name: "topics that are a list", document: `{"topics":[{"a":1}]}`, problems: []string{`/topics is [{"a":1}], should be an object`}},
	{name: "too many topics", document: many("topics", 1001), problems: []string{"/topics has 1001 members, should have at most 1000"}},
	{name: "a schema that is true", document: `{"schemas":{"a":{"1":true}}}`, problems: []string{"/schemas/a/1 is true, should be an object: a JSON Schema"}},
	{name: "a schema of no version", document: `{"schemas":{"a":{"latest":{}}}}`, problems: []string{"/schemas/a/latest is not a known member, should be a version"}},
	{name: "a schema without a version", document: `{"schemas":{"a":{"type":"object"}}}`, problems: []string{"/schemas/a/type is not a known member, should be a version"}},
	{name: "schemas of a topic with a bad name", document: `{"schemas":{"a b":{}}}`, problems: []string{"/schemas/a b is not a known member, should be a topic's name"}},
	{name: "too many topics with schemas", document: many("schemas", 101), problems: []string{"/schemas has 101 members, should have at most 100"}},
	{name: "too many versions", document: `{"schemas":{"a":` + versions(21) + `}}`, problems: []string{"/schemas/a has 21 members, should have at most 20"}},
	{name: "a list", document: `[{}]`, problems: []string{"the document is [{}], should be an object"}},
	{name: "null", document: `null`, problems: []string{"the document is null, should be an object"}},
	{name: "a long value", document: `{"replays":"` + strings.Repeat("x", 1000) + `"}`, problems: []string{`/replays is "` + strings.Repeat("x", 99) + `…, should be one of deduplicate, again`}},
	{
		name: "several faults", document: `{"logLevel":1,"x":{"y":[]},"topics":{"a":{"state":"on","schema":"x"},"b":5},"replays":"never"}`,
		problems: []string{"/logLevel is 1", "/x is not a known", `/topics/a/state is "on"`, `/topics/a/schema is "x"`, "/topics/b is 5", `/replays is "never"`},
	},
	{
		name: "more faults than anyone reads", document: `{"topics":` + strings.ReplaceAll(members(25), "{}", "1") + `}`,
		problems: append(slicesOf(20, "should be an object"), "and 5 more"),
	},

	{name: "nothing at all", document: ``, unseen: true, problems: []string{"the document can't be read: unexpected EOF"}},
	{name: "white space", document: " \n", unseen: true, problems: []string{"the document can't be read: unexpected EOF"}},
	{name: "half a document", document: `{"logLevel":"info"`, unseen: true, problems: []string{"unexpected EOF"}},
	{name: "two documents", document: `{}{}`, unseen: true, problems: []string{"it goes on after the first value"}},
	{name: "a document and a comma", document: `{},`, unseen: true, problems: []string{"invalid character ','"}},
	{name: "a comment", document: "{} // none", unseen: true, problems: []string{"invalid character '/'"}},
	{name: "a name twice", document: `{"logLevel":"info","logLevel":"info"}`, unseen: true, problems: []string{`duplicate object member name "logLevel"`}},
	{name: "a topic twice", document: `{"topics":{"a":{},"\u0061":{}}}`, unseen: true, problems: []string{"duplicate object member name"}},
	{name: "a name twice in a schema", document: `{"schemas":{"a":{"1":{"x":{"y":1,"y":2}}}}}`, unseen: true, problems: []string{`duplicate object member name "y"`}},
	{name: "a name twice in an unknown member", document: `{"x":{"y":1,"y":2}}`, unseen: true, problems: []string{"/x is not a known member", `duplicate object member name "y"`}},
	{name: "what is not UTF-8", document: "{\"topics\":{\"a\xff\":{}}}", unseen: true, problems: []string{"invalid UTF-8"}},
	{name: "half a surrogate pair", document: `{"logLevel":"\ud800"}`, unseen: true, problems: []string{"invalid surrogate pair"}},
	{name: "more bytes than there may be", document: `{}` + strings.Repeat(" ", MaxBytes), unseen: true, problems: []string{"the document has 1048578 bytes, should have at most 1048576"}},
	{name: "nested without end", document: `{"schemas":{"a":{"1":{"x":` + strings.Repeat("[", 20000), unseen: true, problems: []string{"exceeded max depth"}},
}

const full = `{
	"logLevel": "error",
	"replays": "again",
	"loneSurrogates": "replace",
	"decoders": {"direct": true, "eventbridge": true, "sns": false, "compressed": true, "claim-check": false},
	"topics": {
		"telephony.call.created": {"schema": "enforce", "version": "2", "state": "active"},
		"v2.users.{id}.presence": {"state": "paused"},
		"v2.routing.queues.{id}.users": {"schema": "warn", "state": "dropped"}
	},
	"defaults": {"schema": "off"},
	"schemas": {"telephony.call.created": {"2": {"type": "object", "required": ["id"]}}}
}`

func members(count int) string {
	names := make([]string, count)
	for i := range names {
		names[i] = fmt.Sprintf(`"t%d":{}`, i)
	}
	return "{" + strings.Join(names, ",") + "}"
}

func many(member string, count int) string { return `{"` + member + `":` + members(count) + `}` }

func versions(count int) string { return strings.ReplaceAll(members(count), `"t`, `"1`) }

func slicesOf(count int, line string) []string {
	lines := make([]string, count)
	for i := range lines {
		lines[i] = line
	}
	return lines
}

func TestParse(t *testing.T) {
	for _, c := range documents {
		t.Run(c.name, func(t *testing.T) {
			document, err := Parse([]byte(c.document))
			if len(c.problems) == 0 {
				if err != nil || document == nil {
					t.Fatalf("refused: %v", err)
				}
				return
			}
			if err == nil {
				t.Fatal("it is accepted")
			}
			lines := strings.Split(strings.TrimPrefix(err.Error(), "parse flags: "), "\n")
			if len(lines) != len(c.problems) {
				t.Fatalf("%d problems, want %d: %v", len(lines), len(c.problems), err)
			}
			for i, want := range c.problems {
				if !strings.Contains(lines[i], want) {
					t.Errorf("problem %d is %q, should have %q", i, lines[i], want)
				}
			}
		})
	}
}

func TestLookups(t *testing.T) {
	document, err := Parse([]byte(full))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]Topic{
		"telephony.call.created":       {Schema: Enforce, Version: "2", State: Active},
		"v2.users.{id}.presence":       {Schema: Off, State: Paused},
		"v2.routing.queues.{id}.users": {Schema: Warn, State: Dropped},
		"another":                      {Schema: Off, State: Active},
	} {
		if got := document.Topic(name); got != want {
			t.Errorf("topic %s is %+v, want %+v", name, got, want)
		}
	}
	for _, name := range Decoders() {
		if got, want := document.Decoder(name), name != "sns" && name != "claim-check"; got != want {
			t.Errorf("decoder %s is %t", name, got)
		}
	}
	if level, ok := document.Level(); !ok || level != slog.LevelError {
		t.Errorf("level is %s, %t", level, ok)
	}
	if !document.ReplaysAgain() {
		t.Error("replays are duplicates")
	}
	if !document.ReplaceLoneSurrogates() {
		t.Error("lone surrogates are quarantined")
	}
	if got := string(document.Schemas()["telephony.call.created"]["2"]); got != `{"type": "object", "required": ["id"]}` {
		t.Errorf("the schema is %s", got)
	}
}

func TestDefaults(t *testing.T) {
	empty, err := Parse([]byte(`{"topics":{"named":{}}}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, document := range map[string]*Document{"built-in": Default(), "empty document": empty} {
		for _, topic := range []string{"named", "another"} {
			if got, want := document.Topic(topic), (Topic{Schema: Warn, State: Active}); got != want {
				t.Errorf("%s: topic %s is %+v, want %+v", name, topic, got, want)
			}
		}
		for _, decoder := range Decoders() {
			if !document.Decoder(decoder) {
				t.Errorf("%s: decoder %s is off", name, decoder)
			}
		}
		if _, ok := document.Level(); ok || document.ReplaysAgain() || len(document.Schemas()) > 0 {
			t.Errorf("%s: %+v", name, document)
		}
	}
}

func TestDocumentDoesNotShareItsText(t *testing.T) {
	text := []byte(full)
	document, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range text {
		text[i] = 'x'
	}
	if got := document.Topic("telephony.call.created"); got.Version != "2" || !document.Schemas()["telephony.call.created"]["2"].IsValid() {
		t.Errorf("the document changed with the text that it was read from: %+v", got)
	}
}
