package decode

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// fuzzMaximum is small, so that the fuzzer meets it.
const fuzzMaximum = 1 << 16

// FuzzOpen opens any body with any attributes; where it is a claim check, the second body is the object. Nothing panics,
// every refusal has a reason, and nothing takes more memory than the limits allow.
func FuzzOpen(f *testing.F) {
	compressedAttribute := `{"content-encoding":{"stringValue":"deflate"}}`
	for _, body := range []string{
		"", "{}", directEvent, bridgeEvent, notification(directEvent), gzipText(directEvent), zlibText(bridgeEvent), string(gzipOf(directEvent)), claimCheck, foreignClaimCheck,
		notification(gzipText(directEvent)), gzipText(notification(claimCheck)), `{"payloadUrl":"https://stack-payloads.s3.eu-central-1.amazonaws.com/payloads/x"}`,
		gzipText(nested(200)), "q1ZKLUvNK1Gyqlaqykmt", "{\"event\":{\"\xff\":1}}", `{"event":{"type":"\ud800"}}`,
	} {
		f.Add([]byte(body), []byte(compressedAttribute), []byte(directEvent))
		f.Add([]byte(claimCheck), []byte(nil), []byte(body))
	}
	reader := NewReader(Limits{MaxBytes: fuzzMaximum}, newRules())
	f.Fuzz(func(t *testing.T, body, attributes, object []byte) {
		before := allocatedBytes()
		opened, err := reader.Open(Message{Body: body, Attributes: attributes}, nil)
		if reasonOf(t, err) == "" && opened.ClaimCheck != nil {
			opened, err = reader.Resume(opened, object, nil)
		}
		// Walking JSON keeps the names of open objects, a few times their size.
		if allocated := allocatedBytes() - before; allocated > 4<<20+64*(len(body)+len(attributes)+len(object)+fuzzMaximum) {
			t.Errorf("%d bytes were allocated for bodies of %d and %d", allocated, len(body), len(object))
		}
		if reasonOf(t, err) != "" {
			return
		}
		e := opened.Event
		switch {
		case opened.ClaimCheck != nil:
			t.Error("a claim check in a claim check")
		case e.Type == "" || !e.Payload.IsValid(jsontext.AllowDuplicateNames(false)) || !e.Whole.IsValid():
			t.Errorf("an event without type or payload: %s", describe(e))
		case opened.Expanded > fuzzMaximum:
			t.Errorf("%d bytes came out", opened.Expanded)
		}
	})
}
