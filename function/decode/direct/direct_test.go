package direct_test

import (
	"strings"
	"testing"

	"cc-eventbridge/function/decode/direct"
	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/decode/internal/decodetest"
)

// TestEvents decodes each file of testdata; beside it is what should come out. A new case is a new file.
func TestEvents(t *testing.T) {
	decodetest.Each(t, func(t *testing.T, file string, body []byte) {
		outline, ok := decodetest.Outline(body)
		if !ok || !(direct.Decoder{}).Recognizes(envelope.Document{Body: body}, outline) {
			t.Fatal("not recognized")
		}
		content, err := direct.Decoder{}.Decode(envelope.Document{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), string(content.Event.Payload)) {
			t.Error("the payload is not as it was written")
		}
		decodetest.Golden(t, file, decodetest.Describe(content.Event))
	}, ".json")
}

func FuzzDirect(f *testing.F) {
	decodetest.Seed(f, ".json", func(body []byte) { f.Add(body) })
	for _, body := range []string{"", "{}", `{"event":`, `{"event":{"type":"t","data":{"id":"\ud800"}},"timestamp":1}`, `{"event":{},"event":1}`, `{"event":{"type":"t","data":-0.0e-0},"timestamp":-1E+3}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		outline, ok := decodetest.Outline(body)
		if !ok || !(direct.Decoder{}).Recognizes(envelope.Document{Body: body}, outline) {
			return
		}
		content, err := direct.Decoder{}.Decode(envelope.Document{Body: body})
		if decodetest.Reason(t, err) != "" {
			return
		}
		if e := content.Event; e.Type == "" || e.Timestamp == "" || !e.Payload.IsValid() || !e.Whole.IsValid() {
			t.Errorf("an event without identity or payload: %s", decodetest.Describe(e))
		}
		decodetest.Describe(content.Event) // asks for all that is found on demand
	})
}
