package demo

import (
	"io"
	"slices"
	"testing"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/local/workspace"
)

func TestTheBuiltInEventsTakeTheIntakeOfTheirEnvelope(t *testing.T) {
	m, expected, err := traffic(workspace.At(t.TempDir(), io.Discard), "")
	if err != nil {
		t.Fatal(err)
	}
	if sum := expected.Delivered + expected.Duplicates + expected.Quarantined + expected.DeadLettered; sum != len(m.direct)+len(m.published) {
		t.Errorf("%d + %d messages are sent, of %d", len(m.direct), len(m.published), sum)
	}
	for _, body := range m.published {
		event, ok := Published(body)
		if !ok || !slices.Contains(topics(), event.Topic) {
			t.Errorf("published: %v, with the topic %q, which the stack has not subscribed to", ok, event.Topic)
		}
	}
	for _, body := range m.direct {
		event, err := decode.Body([]byte(body))
		if err != nil {
			continue // one of those that can never succeed
		}
		if event.Envelope != decode.Direct || !slices.Contains(eventTypes(), event.Type) {
			t.Errorf("the writer role sends an event of envelope %v and type %s", event.Envelope, event.Type)
		}
	}
}
