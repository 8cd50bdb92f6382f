package process_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/process"
)

// beating is a world whose heartbeat beats every ten seconds. A delivery takes that long and fails.
func beating(takes time.Duration) *world {
	w := newWorld()
	w.config.QueueVisibilityTimeout = 30 * time.Second
	w.downstream.answer = func(context.Context, deliver.Delivery) error { time.Sleep(takes); return errDown }
	return w
}

// slowChanges take a while for the first change of visibilities, whatever becomes of its context: it is on its way.
type slowChanges struct {
	*queues
	first atomic.Bool
	takes time.Duration
}

func (q *slowChanges) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	if !q.first.Swap(true) {
		time.Sleep(q.takes)
	}
	return q.queues.ChangeMessageVisibilityBatch(ctx, in, options...)
}

// slow makes the first beat's change of visibilities slow.
func (w *world) slow(takes time.Duration) {
	w.wrap = func(config *process.Config) { config.SQS = &slowChanges{queues: w.queues, takes: takes} }
}

// TestABeatUnderWayEndsBeforeBackoffsAreSet has a delivery fail during a beat whose change is on its way to the queue.
func TestABeatUnderWayEndsBeforeBackoffsAreSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := beating(11 * time.Second)
		w.slow(3 * time.Second)
		start := time.Now()
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		set := w.queues.visibility["r-m0"]
		if len(set) != 2 || set[0] != 30 || set[1] == 30 {
			t.Errorf("the visibility is set to %v, want to the beat's 30 and then to the back-off", set)
		}
		if took := time.Since(start); took != 13*time.Second {
			t.Errorf("took %v: the heartbeat goes on after the last delivery", took)
		}
	})
}

// TestABeatThatIsStoppedSetsNoVisibility has a delivery fail while the beat is still extending its lease.
func TestABeatThatIsStoppedSetsNoVisibility(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := beating(11 * time.Second)
		start := time.Now()
		w.table.SetHooks(dynamofake.Hooks{Before: func(_ context.Context, call dynamofake.Call) error {
			if slices.Contains(call.Statements, "UPDATE") && time.Since(start) == 10*time.Second {
				time.Sleep(1500 * time.Millisecond)
			}
			return nil
		}})
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		if set := w.queues.visibility["r-m0"]; len(set) != 1 || set[0] == 30 {
			t.Errorf("the visibility is set to %v, want to the back-off alone", set)
		}
	})
}

// TestNoBeatBeginsAfterTheEndOfWork has a beat take so long that the next one is due when work is over. Which of the two the
// heartbeat sees first is chance, so that it is tried again and again.
func TestNoBeatBeginsAfterTheEndOfWork(t *testing.T) {
	for range 12 {
		synctest.Test(t, func(t *testing.T) {
			w := beating(0)
			end := make(chan struct{})
			defer close(end)
			w.downstream.answer = func(context.Context, deliver.Delivery) error { <-end; return nil }
			w.slow(25 * time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			same(t, "failed", w.invokeWith(ctx, t, w.processor(), event(0)), []string{"m0"})
			if lines := w.said(t, "a lease was not extended"); len(lines) != 0 {
				t.Errorf("a beat extends a lease: %v", lines)
			}
		})
	}
}
