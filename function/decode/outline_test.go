package decode

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestOutline(t *testing.T) {
	const all = eventMember | detailMember | detailTypeMember | typeMember | messageMember | topicArnMember | payloadURLMember
	cases := []struct {
		name, body string
		kind       jsontext.Kind
		names      members
	}{
		{"an object without members", " {}", '{', 0},
		{"one name", `{"event":1}`, '{', eventMember},
		{"white space before the colon", "{\"a\":1,\"detail\" \r\n\t:{}}", '{', detailMember},
		{"all names", `{"event":1,"detail":[],"detail-type":"","Type":null,"Message":{},"TopicArn":0,"payloadUrl":true}`, '{', all},
		{"an escaped name", `{"\u0065vent":1}`, '{', eventMember},
		{"other names", `{"events":1,"Event":1,"":1,"detail ":1}`, '{', 0},
		{"a value of that text", `{"a":"event","b":["detail"]}`, '{', 0},
		{"a name further in", `{"a":{"event":1},"b":[{"detail":1}]}`, '{', 0},
		{"a name after braces in a string", `{"a":"}{\"","event":1}`, '{', eventMember},
		{"a name after something deep", `{"a":[[{"b":{}}]],"event":1}`, '{', eventMember},
		{"an array", `["event"]`, '[', 0},
		{"a string", `"event"`, '"', 0},
		{"half a body", `{"event":1,"detail":`, '{', eventMember | detailMember},
		{"a string that does not end", `{"event`, '{', 0},
		{"a name without an end", `{"event"`, '{', 0},
		{"base64", "H4sIAAAA", 0, 0},
		{"a number", "1e999", 0, 0},
		{"bytes", "\x1f\x8b", 0, 0},
		{"a string with an object behind it", `"event"{"event":1}`, '"', 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o, err := look([]byte(c.body))
			if err != nil || o.kind != c.kind {
				t.Fatalf("%v, %v", o, err)
			}
			for name := eventMember; name <= payloadURLMember; name <<= 1 {
				if o.has(name) != (c.names&name != 0) {
					t.Errorf("name %b: %v", name, o.has(name))
				}
			}
			if c.kind == '{' && !o.has(c.names) {
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
		{"at the limit", strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), true},
		{"one more", strings.Repeat("[", maxDepth+1), false},
		{"of both kinds", strings.Repeat(`[{"a":`, maxDepth/2) + "[", false},
		{"side by side", "[" + strings.Repeat("[],", 1000) + "[]]", true},
		{"in a string", `["` + strings.Repeat("[", 1000) + `"]`, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := look([]byte(c.body)); (err == nil) != c.ok {
				t.Error(err)
			}
		})
	}
}

// TestParts counts what costs memory up to the limit, wherever it stands.
func TestParts(t *testing.T) {
	for _, part := range []string{`"a"`, "1", "{}"} {
		most := "[" + strings.Repeat(part+",", maxParts-2) + part + "]"
		if _, err := look([]byte(most)); err != nil {
			t.Errorf("as many as there may be of %s: %v", part, err)
		}
		_, err := look([]byte("[" + most[:len(most)-1] + "," + part + "]"))
		if reasonOf(t, err) != TooManyParts {
			t.Errorf("one more of %s: %v", part, err)
		}
	}
}

// TestExponents counts numbers with an exponent several times.
func TestExponents(t *testing.T) {
	most := "[1e1" + strings.Repeat(",1E1", (maxParts-1)/exponentParts-1) + "]"
	if _, err := look([]byte(most)); err != nil {
		t.Errorf("as many as there may be: %v", err)
	}
	if _, err := look([]byte(most[:len(most)-1] + ",1e1]")); reasonOf(t, err) != TooManyParts {
		t.Errorf("one more: %v", err)
	}
}

// TestNamesOfObjects counts the names of the objects that are open at one place.
func TestNamesOfObjects(t *testing.T) {
	members := func(n int) string { return strings.TrimSuffix(strings.Repeat(`"a":0,`, n), ",") }
	for _, c := range []struct {
		name, body string
		ok         bool
	}{
		{"at the limit", "{" + members(maxNames) + "}", true},
		{"one more", "{" + members(maxNames+1) + "}", false},
		{"side by side", "[{" + members(maxNames) + "},{" + members(maxNames) + "}]", true},
		{"in one another", "{" + members(maxNames/2) + `,"b":{` + members(maxNames/2) + "}}", false},
		{"in what has ended", `{"b":{` + members(maxNames/2) + "}," + members(maxNames/2) + "}", true},
		{"behind what has ended", `{"b":{` + members(maxNames/2) + "}," + members(maxNames) + "}", false},
		{"long ones", `{"` + strings.Repeat(strings.Repeat("a", nameUnit)+`":0,"`, maxNames/2-1) + `b":0}`, true},
		{"long ones, one more", `{"` + strings.Repeat(strings.Repeat("a", nameUnit)+`":0,"`, maxNames/2) + `b":0}`, false},
		{"colons in texts", `["` + strings.Repeat(":", 2*maxNames) + `"]`, true},
		{"more closed than was open", "[" + strings.Repeat("}", 1000) + members(maxNames) + "]", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := look([]byte(c.body))
			if c.ok && err != nil || !c.ok && reasonOf(t, err) != TooManyParts {
				t.Error(err)
			}
		})
	}
}
