package decode

import "testing"

func FuzzEventBridge(f *testing.F) {
	fuzzDecoder(f, "eventbridge", "eventbridge", func(t *testing.T, _ []byte, found content) {
		if e := found.event; e.Type == "" || e.Source == "" || !e.Payload.IsValid() || !e.Whole.IsValid() {
			t.Errorf("an event without identity or payload: %s", describe(e))
		}
		describe(found.event) // asks for all that is found on demand
	},
		"", "{}", `{"detail":`, `{"source":"s","detail-type":"t","detail":{"a":"\ud800"}}`, `{"detail":{},"detail":1}`,
		`{"source":"s","detail-type":"{id}{id}","detail":{"topicName":"x","eventBody":{"eventTime":1e300}}}`)
}
