package events_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/identify"
	"cc-eventbridge/local/events"
)

func TestFileHasABodyALine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	write(t, path, `{"event": 1}`+"\n\n"+`"raw \"text\""`+"\r\n"+`  {"b":2}`)
	got, err := events.Read(path, func(reason string) { t.Errorf("left out: %s", reason) })
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{`{"event": 1}`, `raw "text"`, `{"b":2}`}; !slices.Equal(got, want) {
		t.Errorf("bodies = %q, want %q", got, want)
	}
}

func TestBrokenFileNamesTheLineAndTheForm(t *testing.T) {
	for name, test := range map[string]struct {
		content string
		want    []string
	}{
		"no events":                 {"\n \n", []string{"has no events"}},
		"an object that is cut off": {"{}\n{\"a\":", []string{"line 2", "JSON object"}},
		"a string that is cut off":  {`"abc`, []string{"line 1", "JSON string"}},
		"neither":                   {"[1]", []string{"line 1", "starts with '['"}},
		"only what SQS refuses":     {`""`, []string{"no events to send"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "events.jsonl")
			write(t, path, test.content)
			_, err := events.Read(path, func(string) {})
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range append(test.want, path) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error lacks %q: %v", part, err)
				}
			}
		})
	}
	if _, err := events.Read(filepath.Join(t.TempDir(), "missing.jsonl"), func(string) {}); err == nil || !strings.Contains(err.Error(), "missing.jsonl") {
		t.Errorf("a missing file: err = %v, want one that names it", err)
	}
}

func TestBodiesThatSQSRefusesAreLeftOutAndNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "events.jsonl")
	write(t, path, `""`+"\n"+`{"a":1}`+"\n"+`"`+strings.Repeat("x", 262145)+`"`+"\n"+`"\u0000"`+"\n{\"a\":\"\xff\"}")
	var leftOut []string
	got, err := events.Read(path, func(reason string) { leftOut = append(leftOut, strings.TrimPrefix(reason, path)) })
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, []string{`{"a":1}`}) {
		t.Errorf("bodies = %q, want the one that SQS takes", got)
	}
	want := []string{
		" line 1: SQS takes no empty body", " line 3: the body has 262145 bytes; the queue takes at most 262144",
		" line 4: SQS takes no body with the character U+0000", " line 5: SQS takes no body that is not UTF-8",
	}
	if !slices.Equal(leftOut, want) {
		t.Errorf("left out = %q, want %q", leftOut, want)
	}
}

func TestMixHasEveryKindOfMessage(t *testing.T) {
	mix, want := events.Mix(7)
	if again, _ := events.Mix(7); !slices.Equal(mix, again) {
		t.Error("the same seed gives another mix")
	}
	if sum := want.Delivered + want.Duplicates + want.Quarantined + want.DeadLettered; sum != len(mix) {
		t.Errorf("%d messages are expected to become something, of %d", sum, len(mix))
	}
	if len(mix) < 500 {
		t.Errorf("the mix has %d messages, want at least 500", len(mix))
	}
	envelopes, identities, bad := map[decode.Envelope]int{}, map[string]int{}, 0
	for _, body := range mix {
		event, err := decode.Body([]byte(body))
		if err != nil {
			bad++
			continue
		}
		identity, err := identify.Event(event)
		if err != nil {
			t.Fatal(err)
		}
		envelopes[event.Envelope]++
		identities[identity.Key]++
	}
	if bad != len(events.Malformed()) {
		t.Errorf("%d bodies can't be decoded, want the %d malformed ones", bad, len(events.Malformed()))
	}
	if envelopes[decode.Direct] < 200 || envelopes[decode.EventBridge] < 200 {
		t.Errorf("envelopes = %v, want both", envelopes)
	}
	if got := len(mix) - bad - len(identities); got != want.Duplicates || got*10 < 500 {
		t.Errorf("%d messages are duplicates, want the %d that are expected, a tenth of 500", got, want.Duplicates)
	}
	all := strings.Join(mix, "\n")
	for what, mark := range map[string]string{
		"poison": `"demoFail":-1`, "flaky": `"demoFail":2`, "rejected": `"demoStatus":422`,
		"customer start": "{id}.customer.start", "customer end": "{id}.customer.end", "audit": "entitytype.{id}.entityid.{id}", "presence": "{id}.presence",
	} {
		if !strings.Contains(all, mark) {
			t.Errorf("the mix has no %s event", what)
		}
	}
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
