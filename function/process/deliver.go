package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/safely"
	"cc-eventbridge/function/visibility"
)

var errAbandoned = errors.New("the delivery did not end when it was cancelled at the deadline")

// delivered is a worker's report on one message.
type delivered struct {
	message *message
	outcome Outcome
	took    time.Duration
}

// deliver delivers the events as they are claimed, a bounded number at a time, and completes them in batches as they are done.
// When the deadline nears it cancels what is under way and starts nothing new.
func (in *invocation) deliver() {
	if cap(in.decisions) == 0 {
		return
	}
	d := newDeliveries(in, cap(in.decisions))
	defer close(d.jobs)
	beat := in.startHeartbeat(d.running)
	defer beat.stop()
	abandon := time.NewTimer(time.Until(in.budget.abandon))
	defer abandon.Stop()
	for in.decisions != nil || d.underWay > 0 || len(d.waiting) > 0 {
		if in.claimsSent && len(in.decisions) == 0 && d.underWay+len(d.waiting) == 0 {
			in.writes.flush() // only those that were taken are still read: no company is to be expected
		}
		select {
		case decided, more := <-in.decisions:
			if !more {
				in.decisions = nil
				in.unclaimed()
				continue
			}
			in.claimed(decided.message, decided.result)
			if m := decided.message; m.held && m.undecided() {
				d.add(m)
			}
		case report := <-d.reports:
			d.reported(report)
		case <-in.writes.linger.C:
			in.writes.flush()
		case <-abandon.C:
			d.leaveBehind()
			return
		}
		d.start()
	}
}

// deliveries are those of a round.
type deliveries struct {
	in *invocation
	// waiting are the claimed messages that no worker has yet; those with the fewest receives left come first.
	waiting []*message
	// jobs and reports have room for all, so that a worker which was left behind ends when its delivery does.
	jobs    chan *message
	reports chan delivered
	running *running
	// underWay are jobs without a report. There are up to limit, and as many workers as there were ever jobs at a time.
	underWay, limit, workers int
	// done deliveries took this long together.
	done int
	took time.Duration
}

func newDeliveries(in *invocation, most int) *deliveries {
	return &deliveries{
		in: in, limit: in.config.Workers, running: newRunning(),
		jobs: make(chan *message, most), reports: make(chan delivered, most),
	}
}

// add puts a message behind those that have as few receives left, or fewer.
func (d *deliveries) add(m *message) {
	i, _ := slices.BinarySearchFunc(d.waiting, m.receives, func(other *message, receives int) int {
		if other.receives >= receives {
			return -1
		}
		return 1
	})
	d.waiting = slices.Insert(d.waiting, i, m)
}

// start gives messages to workers.
func (d *deliveries) start() {
	for ; d.underWay < d.limit && len(d.waiting) > 0; d.underWay++ {
		if d.workers == d.underWay {
			d.workers++
			go d.in.work(d.jobs, d.reports, d.running)
		}
		d.jobs <- d.waiting[0]
		d.waiting = d.waiting[1:]
	}
}

// spare is how much more is planned for than the mean of the deliveries until now asks for, in percent.
const spare = 125

// reported takes a worker's report. Where the deliveries until now say that there is no time for those that are waiting, it
// raises the limit by one, so that a slow downstream is not met by all at once.
func (d *deliveries) reported(report delivered) {
	d.underWay--
	d.in.reported(report)
	d.done++
	d.took += report.took
	mean := d.took / time.Duration(d.done)
	needed := time.Duration(len(d.waiting)) * mean * spare / 100
	if time.Duration(d.limit)*d.in.budget.timeForWork() < needed && d.limit < d.in.config.MaxWorkers {
		d.limit++
	}
}

// leaveBehind decides on what is left when the time for reports is over.
func (d *deliveries) leaveBehind() {
	in := d.in
	// A process that stood still past both deadlines may get here before the end of work has cancelled anything.
	in.budget.endWork()
	if in.decisions != nil {
		for decided := range in.decisions { // not for long: claims end with the time for work
			in.claimed(decided.message, decided.result)
		}
		in.unclaimed()
	}
	// A worker reports before it takes its delivery off the list, and looks whether work is over after it has put it there.
	// So one that is on neither now has not started, and won't.
	hanging := d.running.keys()
	for len(d.reports) > 0 {
		in.reported(<-d.reports)
	}
	for _, m := range in.round {
		switch {
		case !m.held || !m.undecided():
		case slices.Contains(hanging, m.identity.Key):
			// What it did or will still do is unknown, so that the claim stays until its lease ends.
			m.held = false
			m.outcome = in.afterLease(Deliver, errAbandoned)
			m.leftBehind = m.take()
		default:
			m.notStarted(Deliver)
		}
	}
}

func (in *invocation) reported(report delivered) {
	m := report.message
	m.outcome = report.outcome
	m.take()
	switch {
	case m.outcome.Kind == Delivered:
		in.writes.complete(m)
	case len(m.delivered) > 0 && m.outcome.Kind != Permanent && m.outcome.Kind != NotStarted && !in.beats:
		in.writes.failedElsewhere(m)
	}
}

// work delivers messages until there are none left.
func (in *invocation) work(jobs <-chan *message, reports chan<- delivered, running *running) {
	for m := range jobs {
		ctx, cancel := context.WithCancelCause(in.budget.work)
		running.add(m.identity.Key, cancel)
		began := time.Now()
		outcome := in.deliverOne(ctx, m)
		reports <- delivered{m, outcome, time.Since(began)}
		running.remove(m.identity.Key)
		cancel(nil)
	}
}

// missing are the targets of the event's route that don't have it. One that has it and is not in the route any more doesn't matter.
func (m *message) missing() []Target {
	if len(m.delivered) == 0 {
		return m.route.Targets
	}
	return slices.DeleteFunc(slices.Clone(m.route.Targets), func(t Target) bool { return slices.Contains(m.delivered, t.Name) })
}

// deliverOne delivers an event to the targets that don't have it, to several at the same time.
func (in *invocation) deliverOne(ctx context.Context, m *message) Outcome {
	if in.budget.work.Err() != nil {
		return Outcome{Kind: NotStarted, Stage: Deliver}
	}
	targets := m.missing()
	if len(targets) == 1 {
		return in.deliverTo(ctx, m, targets[0])
	}
	outcomes := make([]Outcome, len(targets))
	var others sync.WaitGroup
	for i, target := range targets {
		others.Go(func() {
			if outcomes[i] = in.deliverTo(ctx, m, target); outcomes[i].Kind == Delivered {
				m.reached.add(target.Name)
			}
		})
	}
	others.Wait()
	return in.together(m, outcomes)
}

func (in *invocation) deliverTo(ctx context.Context, m *message, target Target) (result Outcome) {
	defer func() {
		if value := recover(); value != nil {
			result = in.panicked(m, Deliver, safely.Recovered(value))
		}
	}()
	err := target.Downstream.Deliver(ctx, deliver.Delivery{
		IdempotencyKey: m.identity.Key,
		Event:          m.opened.Event,
		MessageID:      m.record.MessageID,
		ReceiveCount:   m.record.ReceiveCount,
	})
	if err == nil {
		return Outcome{Kind: Delivered, Stage: Deliver}
	}
	isPermanent, reason, retryAfter := deliver.Class(err)
	if target.Name != "" {
		err = fmt.Errorf("target %s: %w", target.Name, err)
	}
	if cause := context.Cause(ctx); cause != nil {
		err = fmt.Errorf("%w (cancelled: %w)", err, cause)
	}
	if isPermanent {
		return permanent(Deliver, reason, err)
	}
	failed := transient(Deliver, err)
	failed.Reason, failed.RetryAfter = reason, retryAfter
	return failed
}

// together is what becomes of an event with these outcomes at its targets. It comes again while there is one that may still get
// it: only then is it quarantined for one that refuses it, or at the last receive, because a replay goes to all that lack it.
func (in *invocation) together(m *message, outcomes []Outcome) Outcome {
	order := []Kind{Delivered, Permanent, Transient, Panicked}
	if most := in.config.MaxReceiveCount; most > 0 && m.receives >= most {
		order = []Kind{Delivered, Transient, Panicked, Permanent}
	}
	worst := Outcome{Kind: Delivered, Stage: Deliver}
	var (
		errs  []error
		later time.Duration
	)
	for _, outcome := range outcomes {
		if slices.Index(order, outcome.Kind) > slices.Index(order, worst.Kind) {
			worst = outcome
		}
		if outcome.Err != nil {
			errs = append(errs, outcome.Err)
		}
		later = max(later, outcome.RetryAfter)
	}
	worst.Err, worst.RetryAfter = joined(errs), later
	return worst
}

// joined is several errors in one line.
func joined(errs []error) error {
	var all error
	for _, err := range errs {
		if all == nil {
			all = err
		} else {
			all = fmt.Errorf("%w; %w", all, err)
		}
	}
	return all
}

// reached are the targets that an event has reached so far.
type reached struct {
	mutex sync.Mutex
	names []string
}

func (r *reached) add(name string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.names = append(r.names, name)
}

// take adds the targets that the event has reached to those that have it, and reports whether there were any.
func (m *message) take() bool {
	m.reached.mutex.Lock()
	defer m.reached.mutex.Unlock()
	if len(m.reached.names) == 0 {
		return false // a delivery that was left behind may only now look for what is missing
	}
	m.delivered = append(m.delivered, m.reached.names...)
	m.reached.names = nil
	return true
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

// heartbeatFraction is the part of the visibility timeout after which it is renewed: a beat may fail once and be made up
// for by the next. Where the visibility timeout is as AWS advises, six times the function's, there is never a beat.
const heartbeatFraction = 3

// heartbeat keeps the messages of the batch invisible and their leases alive while deliveries take long.
type heartbeat struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// startHeartbeat beats until it is stopped. A beat renews visibility and writes the lease again, which outlives the
// invocation from the start; a delivery whose lease turns out to be lost is cancelled, because someone else is about to
// make it.
func (in *invocation) startHeartbeat(running *running) *heartbeat {
	ctx, cancel := context.WithCancel(in.budget.work)
	beat := &heartbeat{cancel: cancel}
	interval := in.config.QueueVisibilityTimeout / heartbeatFraction
	deadline, _ := ctx.Deadline()
	if in.beats = interval > 0 && time.Until(deadline) > interval; !in.beats {
		return beat
	}
	seed := in.seeds.Uint64()
	safely.Go(&beat.done, func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				// After a long beat both may be ready, and then either case is taken.
				if ctx.Err() == nil {
					in.beat(ctx, running, seed)
				}
			}
		}
	}, func(err error) { in.log.Error("the heartbeat ended", slog.Any("error", err)) })
	return beat
}

// stop stops the heartbeat and waits for a beat under way: a visibility that it sets after a back-off was set would
// undo the back-off.
func (h *heartbeat) stop() {
	h.cancel()
	h.done.Wait()
}

func (in *invocation) beat(ctx context.Context, running *running, seed uint64) {
	keys := running.keys()
	for i, err := range in.attempt.Extend(ctx, keys, in.leaseEnd, seed) {
		switch {
		case errors.Is(err, dedup.ErrLost):
			running.cancel(keys[i], err)
		case err != nil:
			in.log.Warn("a lease was not extended", slog.Any("error", err))
		}
	}
	if ctx.Err() != nil {
		return
	}
	// Messages that are done stay in the queue, too, until the response has been returned.
	changes := make([]visibility.Change, 0, len(in.messages))
	for i := range in.messages {
		changes = append(changes, visibility.Change{
			ReceiptHandle: in.messages[i].record.ReceiptHandle,
			Wait:          in.config.QueueVisibilityTimeout,
		})
	}
	if err := visibility.Apply(ctx, in.config.SQS, in.config.IngestionQueueURL, changes); err != nil {
		in.log.Warn("the visibility of messages under way was not extended", slog.Any("error", err))
	}
}
