package eventbridge_test

import (
	"strings"
	"testing"

	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/decode/eventbridge"
	"cc-eventbridge/function/decode/internal/decodetest"
)

// TestEvents decodes each file of testdata; beside it is what should come out. A new case is a new file.
func TestEvents(t *testing.T) {
	decodetest.Each(t, func(t *testing.T, file string, body []byte) {
		outline, ok := decodetest.Outline(body)
		if !ok || !(eventbridge.Decoder{}).Recognizes(envelope.Document{Body: body}, outline) {
			t.Fatal("not recognized")
		}
		content, err := eventbridge.Decoder{}.Decode(envelope.Document{Body: body})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(body), string(content.Event.Payload)) {
			t.Error("the payload is not as it was written")
		}
		decodetest.Golden(t, file, decodetest.Describe(content.Event))
	}, ".json")
}

func FuzzEventBridge(f *testing.F) {
	decodetest.Seed(f, ".json", func(body []byte) { f.Add(body) })
	for _, body := range []string{"", "{}", `{"detail":`, `{"source":"s","detail-type":"t","detail":{"a":"\ud800"}}`, `{"detail":{},"detail":1}`, `{"source":"s","detail-type":"{id}{id}","detail":{"topicName":"x","eventBody":{"eventTime":1e300}}}`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		outline, ok := decodetest.Outline(body)
		if !ok || !(eventbridge.Decoder{}).Recognizes(envelope.Document{Body: body}, outline) {
			return
		}
		content, err := eventbridge.Decoder{}.Decode(envelope.Document{Body: body})
		if decodetest.Reason(t, err) != "" {
			return
		}
		if e := content.Event; e.Type == "" || e.Source == "" || !e.Payload.IsValid() || !e.Whole.IsValid() {
			t.Errorf("an event without identity or payload: %s", decodetest.Describe(e))
		}
		decodetest.Describe(content.Event) // asks for all that is found on demand
	})
}
