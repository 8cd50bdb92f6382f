package process

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/outcome"
)

var errAbandoned = errors.New("the delivery did not end when it was cancelled at the deadline")

// delivered is a worker's report on one message.
type delivered struct {
	message *message
	outcome outcome.Outcome
}

// deliver delivers the claimed events, a bounded number at a time, and completes them in batches as they are done. When
// the deadline nears it cancels what is under way and starts nothing new.
func (in *invocation) deliver() {
	var queue []*message
	for i := range in.messages {
		if m := &in.messages[i]; m.held && m.outcome.Kind == outcome.None {
			queue = append(queue, m)
		}
	}
	if len(queue) == 0 {
		return
	}
	running := newRunning()
	beat := in.startHeartbeat(running)
	defer beat.stop()

	// Where there is no time for all, those that have the fewest receives left come first.
	slices.SortStableFunc(queue, func(a, b *message) int { return b.record.ReceiveCount - a.record.ReceiveCount })
	jobs := make(chan *message, len(queue))
	for _, m := range queue {
		jobs <- m
	}
	close(jobs)
	// The reports have room for all, so that a worker which was left behind ends when its delivery does.
	reports := make(chan delivered, len(queue))
	for range min(in.config.Workers, len(queue)) {
		go in.work(jobs, reports, running)
	}
	in.leaveBehind(queue, in.collect(len(queue), reports, running))
}

// leaveBehind decides on messages without a report when the time for reports is over. hanging are the deliveries that
// were under way then.
func (in *invocation) leaveBehind(queue []*message, hanging []string) {
	for _, m := range queue {
		switch {
		case m.outcome.Kind != outcome.None:
		case slices.Contains(hanging, m.identity.Key):
			// What it did or will still do is unknown, so that the claim stays until its lease ends.
			m.held = false
			m.outcome = in.afterLease(outcome.Deliver, errAbandoned)
		default:
			m.outcome = outcome.Outcome{Kind: outcome.NotStarted, Stage: outcome.Deliver}
		}
	}
}

// collect takes the reports on count messages and has the delivered ones completed, until all have reported or the time
// for it is over. It returns the keys of the deliveries that are still under way then.
func (in *invocation) collect(count int, reports <-chan delivered, running *running) (hanging []string) {
	abandon := time.NewTimer(time.Until(in.budget.abandon))
	defer abandon.Stop()
	for count > 0 {
		select {
		case report := <-reports:
			in.reported(report)
			count--
		case <-in.writes.linger.C:
			in.writes.flush()
		case <-abandon.C:
			// A process that stood still past both deadlines may get here before the end of work has cancelled anything.
			in.budget.endWork()
			// A worker reports before it takes its delivery off the list, and looks whether work is over after it has put
			// it there. So one that is on neither now has not started, and won't.
			hanging = running.keys()
			for ; len(reports) > 0; count-- {
				in.reported(<-reports)
			}
			return hanging
		}
	}
	return nil
}

func (in *invocation) reported(report delivered) {
	report.message.outcome = report.outcome
	if report.outcome.Kind == outcome.Delivered {
		in.writes.complete(report.message)
	}
}

// work delivers messages until there are none left.
func (in *invocation) work(jobs <-chan *message, reports chan<- delivered, running *running) {
	for m := range jobs {
		ctx, cancel := context.WithCancelCause(in.budget.work)
		running.add(m.identity.Key, cancel)
		reports <- delivered{m, in.deliverOne(ctx, m)}
		running.remove(m.identity.Key)
		cancel(nil)
	}
}

func (in *invocation) deliverOne(ctx context.Context, m *message) (result outcome.Outcome) {
	if in.budget.work.Err() != nil {
		return outcome.Outcome{Kind: outcome.NotStarted, Stage: outcome.Deliver}
	}
	defer func() {
		if value := recover(); value != nil {
			result = in.panicked(outcome.Deliver, m.record.MessageID, value, debug.Stack())
		}
	}()
	err := in.clients.Downstream.Deliver(ctx, deliver.Delivery{
		IdempotencyKey: m.identity.Key,
		Event:          m.opened.Event,
		MessageID:      m.record.MessageID,
		ReceiveCount:   m.record.ReceiveCount,
	})
	if err == nil {
		return outcome.Outcome{Kind: outcome.Delivered, Stage: outcome.Deliver}
	}
	if cause := context.Cause(ctx); cause != nil {
		err = fmt.Errorf("%w (cancelled: %w)", err, cause)
	}
	isPermanent, reason, retryAfter := deliver.Class(err)
	if isPermanent {
		return permanent(outcome.Deliver, reason, err)
	}
	failed := transient(outcome.Deliver, err)
	failed.RetryAfter = retryAfter
	return failed
}

// running knows the deliveries under way, so that one whose lease is lost can be cancelled.
type running struct {
	mutex   sync.Mutex
	cancels map[string]context.CancelCauseFunc
}

func newRunning() *running { return &running{cancels: make(map[string]context.CancelCauseFunc)} }

func (r *running) add(key string, cancel context.CancelCauseFunc) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.cancels[key] = cancel
}

func (r *running) remove(key string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	delete(r.cancels, key)
}

func (r *running) cancel(key string, cause error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if cancel, ok := r.cancels[key]; ok {
		cancel(cause)
	}
}

func (r *running) keys() []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	keys := make([]string, 0, len(r.cancels))
	for key := range r.cancels {
		keys = append(keys, key)
	}
	slices.Sort(keys) // the same order in every run of a simulation
	return keys
}
