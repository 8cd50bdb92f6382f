package process_test

import (
	"context"
	"strings"
	"testing"

	"cc-eventbridge/function/process"
)

// store is the payload bucket as quarantine writes to it.
type store struct{ payloads }

func (s store) Put(_ context.Context, key string, body []byte) error {
	s.holds(key, string(body))
	return nil
}

// TestBodiesThatQuarantineOffloadedAreReplayed quarantines messages whose bodies leave no room for their attributes, removes
// the cause and sends them again, as `ops replay` does.
func TestBodiesThatQuarantineOffloadedAreReplayed(t *testing.T) {
	padded := func(message string) string { // with 262,144 bytes, as much as a message may have
		start, end := `{"Type":"Notification","TopicArn":"t","Message":"`+strings.ReplaceAll(message, `"`, `\"`)+`","Subject":"`, `"}`
		return start + strings.Repeat("x", 262144-len(start)-len(end)) + end
	}
	cases := []struct {
		name, body, flags, flagsAtReplay string
	}{
		{name: "a notification of a claim check", body: padded(claimCheck("payloads/0"))},
		{
			name: "a notification of an event, while claim checks are switched off", body: padded(directBody(0, "hello")),
			flags: `{"decoders":{"sns":false}}`, flagsAtReplay: `{"decoders":{"claim-check":false}}`,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			w.wrap = func(config *process.Config) {
				config.Oversize = store{w.payloads}
				// The least that a stack can have: half a payload more. The first object must not take the second one's memory.
				config.MaximumPayloadBytes, config.ExpansionBytes = 262144, 262144*3/2
			}
			if c.flags != "" {
				w.set(t, c.flags)
			}
			same(t, "failed", w.invoke(t, message{id: "m0", body: c.body}), []string{})
			if len(w.queues.quarantined) != 1 || len(*w.queues.quarantined[0].MessageBody) > 200 {
				t.Fatalf("%d messages in the validation queue, want one whose body is in the bucket", len(w.queues.quarantined))
			}
			replayed := *w.queues.quarantined[0].MessageBody
			w.queues.quarantined = nil
			w.payloads.holds("payloads/0", directBody(0, strings.Repeat("y", 200_000)))
			if c.flagsAtReplay != "" {
				w.set(t, c.flagsAtReplay)
			}
			same(t, "failed", w.invoke(t, message{id: "m1", body: replayed}), []string{})
			same(t, "quarantined", w.queues.reasons(), []string{})
			if got := w.downstream.runs[keyOf(0)]; got != 1 {
				t.Errorf("the event ran %d times, want once: %s", got, w.log.String())
			}
		})
	}
}
