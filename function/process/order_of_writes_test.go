package process_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/process"
)

// TestClaimsAreReleasedInTheirOrder has the validation queue take a second: the claim of an event that may be delivered later
// does not wait for it, and that of a rejected one is kept until its message is there.
func TestClaimsAreReleasedInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.wrap = func(config *process.Config) { config.SQS = slowQueues{w.queues} }
		start := time.Now()
		released := map[string]time.Duration{}
		w.table.SetHooks(dynamofake.Hooks{Observe: func(m dynamofake.Mutation) {
			if m.Operation == "DELETE" {
				released[m.Key] = time.Since(start)
			}
		}})
		w.downstream.answer = func(_ context.Context, delivery deliver.Delivery) error {
			if delivery.MessageID == "m1" {
				return deliver.Permanent(errDown)
			}
			return errDown
		}
		same(t, "failed", w.invoke(t, events(0, 2)...), []string{"m0"})
		for n, want := range []time.Duration{0, time.Second} {
			if got, ok := released[keyOf(n)]; !ok || got != want {
				t.Errorf("the claim of event %d is released after %v (%t), want %v", n, got, ok, want)
			}
		}
	})
}

// TestAClaimThatTheEndOfWorkCutsOffSaysWhy: the message has not been started, and the log says what its claim came to.
func TestAClaimThatTheEndOfWorkCutsOffSaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.table.SetHooks(dynamofake.Hooks{Before: func(ctx context.Context, _ dynamofake.Call) error {
			<-ctx.Done()
			return errLost
		}})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		same(t, "failed", w.invokeWith(ctx, t, w.processor(), event(0)), []string{"m0"})
		line := w.said(t, "message failed")
		if len(line) != 1 || line[0]["outcome"] != process.NotStarted.String() || line[0]["error"] == nil {
			t.Errorf("the log has %v", line)
		}
	})
}

// TestEachRoundClaimsAsAnotherOwner: a release of one round that arrives late must not take away what the next one has claimed.
func TestEachRoundClaimsAsAnotherOwner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		now := time.Now()
		if err := w.table.Seed(seeded("in-progress", "other", now.Add(10*time.Second), now.Add(time.Hour), hashOfEvent0(t))); err != nil {
			t.Fatal(err)
		}
		messages := events(0, 2)
		messages[0].receives = 3
		same(t, "failed", w.invoke(t, messages...), nil)
		var owners []string
		for n := range messages {
			item, _ := w.table.Peek(keyOf(n))
			owners = append(owners, item["owner"].(*types.AttributeValueMemberS).Value)
		}
		if owners[0] == owners[1] || owners[0] == "other" {
			t.Errorf("the owners of two rounds are %q", owners)
		}
	})
}

// completions are the numbers of events that calls complete, by when they do. Reads of the table take as long as it says.
func (w *world) completions(read time.Duration) map[time.Duration][]int {
	start, calls := time.Now(), map[time.Duration][]int{}
	var mutex sync.Mutex
	w.table.SetHooks(dynamofake.Hooks{Before: func(_ context.Context, call dynamofake.Call) error {
		switch {
		case call.Operation == dynamofake.OpBatchGetItem:
			time.Sleep(read)
		case call.Statements[0] == "UPDATE":
			mutex.Lock()
			defer mutex.Unlock()
			calls[time.Since(start)] = append(calls[time.Since(start)], len(call.Keys))
		}
		return nil
	}})
	return calls
}

// TestEventsBesideADuplicateAreCompletedTogether has events whose claims fill one call, and one of them known: what is new is
// completed when the last of it has been delivered, in one call, while the known one is still read.
func TestEventsBesideADuplicateAreCompletedTogether(t *testing.T) {
	for _, c := range []struct {
		events, workers int
		takes, want     time.Duration
	}{
		{events: 25, workers: 25, takes: 0, want: 0},
		{events: 4, workers: 1, takes: 10 * time.Millisecond, want: 30 * time.Millisecond},
	} {
		t.Run(fmt.Sprint(c.events, " events"), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.config.Workers = c.workers
				w.invoke(t, event(0))
				calls := w.completions(50 * time.Millisecond)
				w.downstream.answer = func(context.Context, deliver.Delivery) error { time.Sleep(c.takes); return nil }
				same(t, "failed", w.invoke(t, events(0, c.events)...), nil)
				if got := calls[c.want]; len(calls) != 1 || len(got) != 1 || got[0] != c.events-1 {
					t.Errorf("the calls complete %v, want one of %d after %v", calls, c.events-1, c.want)
				}
			})
		})
	}
}
