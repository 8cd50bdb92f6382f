package event

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var memberCases = []string{
	`{}`, `[]`, `7`, `""`, ` { } `, `{"a":1}`, `{ "a" : 1 , "b" : [ 1 , { "c" : "]}" } ] , "d" : null }`, `{"a\"b":"c\\","":true}`,
	`{"a":{"b":{"c":[]}},"d":-1.5e-7}`, "{\"a\"\n:\t\"\\\\\\\"\"\r}", `{"\u0061":"\u0061"}`,
	`{`, `{"`, `{"a`, `{"a"`, `{"a":`, `{"a":}`, `{"a":1`, `{"a":[`, `{"a":"`, `{"a":1,`, `{"a" 1}`, `{"a":]}`, `{,}`, `{"\`,
}

// sameMembers holds the walk over bytes to the members that a whole decoder finds in a valid object. Of what is no valid
// object, it asks only that nothing panics.
func sameMembers(t *testing.T, object string) {
	t.Helper()
	got := map[string]string{}
	members(jsontext.Value(object), nil, func(name []byte, value jsontext.Value) bool {
		got[string(name)] = string(value)
		return true
	})
	var want map[string]jsontext.Value
	if !jsontext.Value(object).IsValid() || jsontext.Value(object).Kind() != jsontext.KindBeginObject {
		return
	}
	if err := json.Unmarshal([]byte(object), &want); err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("%s: %d members, want %d", object, len(got), len(want))
	}
	for name, value := range want {
		if got[name] != string(value) {
			t.Errorf("%s: %q is %s, want %s", object, name, got[name], value)
		}
	}
}

func TestMembers(t *testing.T) {
	for _, object := range memberCases {
		sameMembers(t, object)
	}
}

func FuzzMembers(f *testing.F) {
	for _, object := range memberCases {
		f.Add(object)
	}
	f.Fuzz(sameMembers)
}
