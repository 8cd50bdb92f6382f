package decode

import "testing"

func FuzzDirect(f *testing.F) {
	fuzzDecoder(f, "direct", "direct", func(t *testing.T, _ []byte, found content) {
		if e := found.event; e.Type == "" || e.Timestamp == "" || !e.Payload.IsValid() || !e.Whole.IsValid() {
			t.Errorf("an event without identity or payload: %s", describe(e))
		}
		describe(found.event) // asks for all that is found on demand
	},
		"", "{}", `{"event":`, `{"event":{"type":"t","data":{"id":"\ud800"}},"timestamp":1}`, `{"event":{},"event":1}`,
		`{"event":{"type":"t","data":-0.0e-0},"timestamp":-1E+3}`)
}
