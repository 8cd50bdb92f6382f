package decode

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func withText(text string) string {
	return `{"event":{"type":"t","data":{"id":"1","text":"` + text + `"}},"timestamp":1}`
}

func TestLoneSurrogatesAreReplaced(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"the first half", `a\ud83d`, `a\ufffd`},
		{"the second half", `\ude00b`, `\ufffdb`},
		{"the halves in the wrong order", `\ude00\ud83d`, `\ufffd\ufffd`},
		{"the first half twice, then the second", `\ud83d\ud83d\ude00`, `\ufffd\ud83d\ude00`},
		{"in capitals", `\uD83D.`, `\ufffd.`},
		{"before another escape", `\ud83d\n`, `\ufffd\n`},
		{"before another character in an escape", `\ud83d\u0041`, `\ufffd\u0041`},
		{"behind an escaped backslash", `\\\ud83d`, `\\\ufffd`},
		{"a pair", `\ud83d\ude00`, `\ud83d\ude00`},
		{"an escaped backslash and letters", `\\ud83d`, `\\ud83d`},
		{"nothing of it", `a\u00e9\tb`, `a\u00e9\tb`},
	}
	for _, c := range cases {
		for wrapping, wrap := range map[string]func(string) string{
			"plain": func(body string) string { return body }, "compressed": gzipText, "a notification": notification, "with space before": func(body string) string { return " \n" + body },
		} {
			t.Run(c.name+", "+wrapping, func(t *testing.T) {
				body := []byte(wrap(withText(c.text)))
				before := string(body)
				opened, err := newReader().Open(Message{Body: body, ReplaceLoneSurrogates: true}, nil)
				if err != nil || string(opened.Event.Payload) != `{"id":"1","text":"`+c.want+`"}` {
					t.Errorf("%v: %s, want %s", err, opened.Event.Payload, c.want)
				}
				if string(body) != before {
					t.Errorf("the message's body is changed: %s", body)
				}
				replaced := c.text != c.want
				if _, err := newReader().Open(Message{Body: body}, nil); replaced != (reasonOf(t, err) == InvalidUTF8) {
					t.Errorf("without the flag: %v", err)
				}
				if plain := wrapping == "plain"; plain && replaced != (opened.Expanded == len(body)) {
					t.Errorf("%d bytes are accounted for, a copy of the body has %d", opened.Expanded, len(body))
				}
			})
		}
	}
}

func TestLoneSurrogatesBehindClaimChecksAreReplaced(t *testing.T) {
	reader := newReader()
	for _, body := range []string{claimCheck, fromQuarantine} {
		opened, err := reader.Open(Message{Body: []byte(body), ReplaceLoneSurrogates: true}, nil)
		if err != nil {
			t.Fatal(err)
		}
		opened, err = reader.Resume(opened, []byte(withText(`\ud83d`)), nil)
		if err != nil || !strings.Contains(string(opened.Event.Payload), `\ufffd`) {
			t.Errorf("%v: %s", err, opened.Event.Payload)
		}
	}
}

// FuzzLoneSurrogates holds the replacement to the JSON decoder: it makes a valid value of every value that has no other fault, and
// changes none that is valid.
func FuzzLoneSurrogates(f *testing.F) {
	for _, text := range []string{`\ud83d`, `\ude00`, `\ud83d\ude00`, `\\ud83d`, `\\\ud83d`, `\ud83d\`, `\ud83`, `\uzzzz`, `\`, `a"b`} {
		f.Add([]byte(`{"a":"` + text + `"}`))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		valid := jsontext.Value(body).IsValid()
		escapesOnly := validBut(body, jsontext.AllowInvalidUTF8(true)) && strings.ToValidUTF8(string(body), "") == string(body)
		doc := document{body: body, shared: true}
		doc.replaceLoneSurrogates()
		if valid && string(doc.body) != string(body) {
			t.Errorf("%q is valid and became %q", body, doc.body)
		}
		if now := jsontext.Value(doc.body).IsValid(jsontext.AllowDuplicateNames(true)); escapesOnly && !now && strings.ContainsAny(string(body[:1]), `{["`) {
			t.Errorf("%q became %q, which is not valid", body, doc.body)
		}
	})
}
