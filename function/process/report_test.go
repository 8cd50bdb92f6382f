package process

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"cc-eventbridge/function/batch"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/identify"
)

type downstreamFunc func(ctx context.Context, delivery deliver.Delivery) error

func (f downstreamFunc) Deliver(ctx context.Context, delivery deliver.Delivery) error {
	return f(ctx, delivery)
}

// TestADeliveryIsOnTheListUntilItIsReported: one that is neither on the list nor reported is taken for one that never
// started, its claim is released, and the event runs twice.
func TestADeliveryIsOnTheListUntilItIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		running := newRunning()
		route := &Route{Targets: []Target{{Downstream: downstreamFunc(func(context.Context, deliver.Delivery) error {
			if keys := running.keys(); !slices.Equal(keys, []string{"key"}) {
				t.Errorf("under way: %v, want the delivery", keys)
			}
			return nil
		})}}}
		in := &invocation{budget: newBudget(ctx, DefaultDeadlineGuard), config: &Config{}}
		defer in.budget.close()
		jobs, reports := make(chan *message, 1), make(chan delivered)
		jobs <- &message{record: &batch.Record{}, identity: identify.Identity{Key: "key"}, route: route}
		close(jobs)
		go in.work(jobs, reports, running)
		synctest.Wait() // the worker has delivered and waits for someone to take its report
		if keys := running.keys(); !slices.Equal(keys, []string{"key"}) {
			t.Errorf("before it is reported: %v, want the delivery", keys)
		}
		if report := <-reports; report.outcome.Kind != Delivered {
			t.Errorf("reported %v", report.outcome)
		}
		synctest.Wait()
		if keys := running.keys(); len(keys) != 0 {
			t.Errorf("after it is reported: %v, want none", keys)
		}
	})
}
