package envelope_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/decode/envelope"
)

func TestOutline(t *testing.T) {
	const all = envelope.Event | envelope.Detail | envelope.DetailType | envelope.Type | envelope.Message | envelope.TopicArn | envelope.PayloadURL
	cases := []struct {
		name, body string
		kind       jsontext.Kind
		names      envelope.Names
	}{
		{"an object without members", " {}", '{', 0},
		{"one name", `{"event":1}`, '{', envelope.Event},
		{"white space before the colon", "{\"a\":1,\"detail\" \r\n\t:{}}", '{', envelope.Detail},
		{"all names", `{"event":1,"detail":[],"detail-type":"","Type":null,"Message":{},"TopicArn":0,"payloadUrl":true}`, '{', all},
		{"an escaped name", `{"\u0065vent":1}`, '{', envelope.Event},
		{"other names", `{"events":1,"Event":1,"":1,"detail ":1}`, '{', 0},
		{"a value of that text", `{"a":"event","b":["detail"]}`, '{', 0},
		{"a name further in", `{"a":{"event":1},"b":[{"detail":1}]}`, '{', 0},
		{"a name after braces in a string", `{"a":"}{\"","event":1}`, '{', envelope.Event},
		{"a name after something deep", `{"a":[[{"b":{}}]],"event":1}`, '{', envelope.Event},
		{"an array", `["event"]`, '[', 0},
		{"a string", `"event"`, '"', 0},
		{"half a body", `{"event":1,"detail":`, '{', envelope.Event | envelope.Detail},
		{"a string that does not end", `{"event`, '{', 0},
		{"a name without an end", `{"event"`, '{', 0},
		{"base64", "H4sIAAAA", 0, 0},
		{"a number", "1e999", 0, 0},
		{"bytes", "\x1f\x8b", 0, 0},
		{"a string with an object behind it", `"event"{"event":1}`, '"', 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			outline, err := envelope.Look([]byte(c.body))
			if err != nil || outline.Kind != c.kind {
				t.Fatalf("%v, %v", outline, err)
			}
			for name := envelope.Event; name <= envelope.PayloadURL; name <<= 1 {
				if outline.Has(name) != (c.names&name != 0) {
					t.Errorf("name %b: %v", name, outline.Has(name))
				}
			}
			if c.kind == '{' && !outline.Has(c.names) {
				t.Error("has each of the names, but not all")
			}
		})
	}
}

// TestDepth counts levels up to the limit, whatever brackets they are of, and none in strings.
func TestDepth(t *testing.T) {
	for _, c := range []struct {
		name, body string
		ok         bool
	}{
		{"at the limit", strings.Repeat("[", envelope.MaxDepth) + strings.Repeat("]", envelope.MaxDepth), true},
		{"one more", strings.Repeat("[", envelope.MaxDepth+1), false},
		{"of both kinds", strings.Repeat(`[{"a":`, envelope.MaxDepth/2) + "[", false},
		{"side by side", "[" + strings.Repeat("[],", 1000) + "[]]", true},
		{"in a string", `["` + strings.Repeat("[", 1000) + `"]`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := envelope.Look([]byte(c.body)); (err == nil) != c.ok {
				t.Error(err)
			}
		})
	}
}

// TestParts counts what costs memory up to the limit, wherever it stands.
func TestParts(t *testing.T) {
	for _, part := range []string{`"a"`, "1", "{}"} {
		most := "[" + strings.Repeat(part+",", envelope.MaxParts-2) + part + "]"
		if _, err := envelope.Look([]byte(most)); err != nil {
			t.Errorf("as many as there may be of %s: %v", part, err)
		}
		_, err := envelope.Look([]byte("[" + most[:len(most)-1] + "," + part + "]"))
		if refused, ok := errors.AsType[*envelope.Error](err); !ok || refused.Reason != envelope.TooManyParts {
			t.Errorf("one more of %s: %v", part, err)
		}
	}
}
