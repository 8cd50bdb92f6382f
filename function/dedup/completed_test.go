package dedup_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/internal/dynamofake"
)

// TestOnlyALiveRecordOfTheSamePayloadSaysCompleted: whoever asks acknowledges a message by the answer.
func TestOnlyALiveRecordOfTheSamePayloadSaysCompleted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake, now := dynamofake.New("dedup", "eventId"), time.Now()
		later := now.Add(time.Hour)
		if err := fake.Seed(
			record("done", contract.StateCompleted, "other", "hash", later, later),
			record("another payload", contract.StateCompleted, "other", "another", later, later),
			record("expired", contract.StateCompleted, "other", "hash", later, now.Add(-time.Second)),
			record("in progress", contract.StateInProgress, "other", "hash", later, later),
			record("not read", contract.StateCompleted, "other", "hash", later, later),
		); err != nil {
			t.Fatal(err)
		}
		fake.SetHooks(dynamofake.Hooks{Unprocessed: func(_ context.Context, _ dynamofake.Call, key string) bool { return key == "not read" }})
		var requests []dedup.Request
		for _, key := range []string{"no record", "done", "another payload", "expired", "in progress", "not read"} {
			requests = append(requests, dedup.Request{Key: key, PayloadHash: "hash"})
		}
		if got := newTable(fake).Completed(t.Context(), requests); !slices.Equal(got, []bool{false, true, false, false, false, false}) {
			t.Errorf("completed are %v", got)
		}
		if got := newTable(fake).Completed(t.Context(), nil); len(got) != 0 {
			t.Errorf("of none, completed are %v", got)
		}
	})
}
