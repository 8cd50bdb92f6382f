package identify

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func canonicalLikeJSONText(t *testing.T, value string) {
	t.Helper()
	want := jsontext.Value(value).Clone()
	if err := want.Canonicalize(jsontext.CanonicalizeRawInts(false)); err != nil {
		return
	}
	got, err := new(canonicalizer).canonical(jsontext.Value(value))
	if err != nil || string(got) != string(want) {
		t.Errorf("%s: %s (%v), want %s", value, got, err, want)
	}
}

var canonicalCases = []string{
	`null`, `true`, ` false `, `0`, `-0`, `-0.0`, `1.0`, `1e3`, `1E-7`, `123456789012345678901234567890`, `5e-324`, `0.1`, `100e-2`, `1e21`, `1e20`,
	`""`, `"a"`, `"\u0041\/\"\\\n\u0000\u001f\ud83d\ude00"`, `"\\"`, `"é😀"`, "\"\u2028\x7f\"",
	`{}`, ` { } `, `[]`, `[ 1 , [ ] , {"a" : [ ] } ]`,
	`{"b":1,"a":2}`, `{"a":1,"ab":2,"a!":3,"a\"":4}`, `{"b":{"d":1,"c":{"f":1,"e":2}},"a":[{"z":1,"y":2}]}`,
	`{"é":1,"e":2}`, `{"\u0062":1,"a":2}`, "{\"\U0001F600\":1,\"\uFB33\":2}", `{"":1," ":2,"!":3}`,
}

// TestCanonicalForm compares the one-pass writer with the library's.
func TestCanonicalForm(t *testing.T) {
	for _, value := range canonicalCases {
		canonicalLikeJSONText(t, value)
	}
}

func FuzzCanonicalForm(f *testing.F) {
	for _, value := range canonicalCases {
		f.Add(value)
	}
	f.Fuzz(canonicalLikeJSONText)
}

// BenchmarkCanonicalForm is what the one-pass writer and the library's each need for a payload of about 2 KB.
func BenchmarkCanonicalForm(b *testing.B) {
	participant := `{"id":"9fb2ca78-8389","purpose":"customer","mediaType":"VOICE","ms":60000,"attributes":{"a":"b","c":1.5}}`
	payload := jsontext.Value(`{"id":"c-1","participants":[` + strings.Repeat(participant+",", 15) + participant + `]}`)
	b.Run("own", func(b *testing.B) {
		var c canonicalizer
		for b.Loop() {
			if _, err := c.canonical(payload); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("jsontext", func(b *testing.B) {
		var buffer jsontext.Value
		for b.Loop() {
			buffer = append(buffer[:0], payload...)
			if err := buffer.Canonicalize(jsontext.CanonicalizeRawInts(false)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
