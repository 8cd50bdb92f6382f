package process_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/process"
)

func TestDeadline(t *testing.T) {
	cases := []struct {
		name       string
		answer     func(ctx context.Context, d deliver.Delivery) error
		timeout    time.Duration
		failed     int
		runs       int
		states     []string
		visibility map[string]int32 // exact seconds where it matters
		took       time.Duration    // at most
	}{
		{
			name: "deliveries under way are cancelled and released, the rest is not started and visible at once",
			answer: func(ctx context.Context, _ deliver.Delivery) error {
				<-ctx.Done()
				return ctx.Err()
			},
			timeout: 30 * time.Second, failed: 3, runs: 2,
			visibility: map[string]int32{"r-m2": 0}, took: 28 * time.Second,
		},
		{
			name: "a delivery that ignores its cancellation keeps its claim until the lease ends",
			answer: func(_ context.Context, d deliver.Delivery) error {
				if d.MessageID == "m0" {
					time.Sleep(time.Hour)
				}
				return nil
			},
			timeout: 30 * time.Second, failed: 1, runs: 3,
			states: []string{"in-progress", "completed", "completed"}, took: 29 * time.Second,
		},
		{
			name:    "a function with hardly any time gets half of it",
			answer:  func(context.Context, deliver.Delivery) error { return nil },
			timeout: time.Second, runs: 3, states: []string{"completed", "completed", "completed"}, took: time.Second,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.config.Workers = 2
				w.downstream.answer = c.answer
				ctx, cancel := context.WithTimeout(t.Context(), c.timeout)
				defer cancel()
				start := time.Now()
				failed := w.invokeWith(ctx, t, w.processor(), events(0, 3)...)
				if took := time.Since(start); took > c.took {
					t.Errorf("took %v, want %v at most", took, c.took)
				}
				if len(failed) != c.failed {
					t.Errorf("failed %v, want %d", failed, c.failed)
				}
				same(t, "states", w.states(), c.states)
				if got := w.downstream.total(); got != c.runs {
					t.Errorf("ran %d times, want %d", got, c.runs)
				}
				for handle, want := range c.visibility {
					if got := w.queues.visibility[handle]; !slices.Equal(got, []int32{want}) {
						t.Errorf("visibility of %s is %v, want %d", handle, got, want)
					}
				}
				time.Sleep(time.Hour) // until the delivery that was left behind has ended
			})
		})
	}
}

func TestPastDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
		defer cancel()
		same(t, "failed", w.invokeWith(ctx, t, w.processor(), events(0, 2)...), []string{"m0", "m1"})
		if w.downstream.total() != 0 || w.table.Len() != 0 {
			t.Error("something was started after the deadline")
		}
	})
}

func TestUnwritableCompletionKeepsTheClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.downstream.answer = func(context.Context, deliver.Delivery) error {
			w.table.SetHooks(dynamofake.Hooks{Before: func(context.Context, dynamofake.Call) error { return errLost }})
			return nil
		}
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		same(t, "states", w.states(), []string{"in-progress"})
		if waits := w.queues.visibility["r-m0"]; len(waits) != 0 && waits[0] < 3 {
			t.Errorf("visible after %v, while the lease of a delivered event lives", waits)
		}
	})
}

func TestLeaseOutlivesTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		skew := 5 * time.Second
		var leaseEnd int64
		w.downstream.answer = func(context.Context, deliver.Delivery) error {
			item, _ := w.table.Peek(keyOf(0))
			leaseEnd = number(t, item["leaseEnd"])
			return nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		want := time.Now().Add(skew + time.Minute + process.DefaultLeaseMargin).UnixMilli()
		w.config.Now = func() time.Time { return time.Now().Add(skew) }
		w.invokeWith(ctx, t, w.processor(), event(0))
		if leaseEnd != want {
			t.Errorf("the lease ends at %d, want %d", leaseEnd, want)
		}
	})
}

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.config.QueueVisibilityTimeout = 30 * time.Second
		w.downstream.answer = func(context.Context, deliver.Delivery) error {
			time.Sleep(25 * time.Second)
			return errDown
		}
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		got := w.queues.visibility["r-m0"]
		if len(got) != 3 || got[0] != 30 || got[1] != 30 || got[2] > 10 {
			t.Errorf("visibility was set to %v, want two beats of 30 and then a back-off of 10 at most", got)
		}
	})
}

func TestHeartbeatCancelsADeliveryWhoseLeaseIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.config.QueueVisibilityTimeout = 30 * time.Second
		w.downstream.answer = func(ctx context.Context, _ deliver.Delivery) error {
			if err := w.table.Seed(seeded("in-progress", "thief", time.Now().Add(time.Hour), time.Now().Add(time.Hour), "h")); err != nil {
				return err
			}
			<-ctx.Done()
			return errors.Join(ctx.Err(), context.Cause(ctx))
		}
		start := time.Now()
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		if took := time.Since(start); took > 11*time.Second {
			t.Errorf("the delivery was cancelled after %v, want after the first beat", took)
		}
		same(t, "states", w.states(), []string{"in-progress"})
	})
}

func number(t *testing.T, value types.AttributeValue) int64 {
	t.Helper()
	n, ok := value.(*types.AttributeValueMemberN)
	if !ok {
		t.Fatalf("%T, want a number", value)
	}
	var parsed int64
	for _, digit := range n.Value {
		parsed = parsed*10 + int64(digit-'0')
	}
	return parsed
}
