package simulation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cc-eventbridge/function/deliver"
)

// downstream is a system that events are delivered to.
type downstream struct {
	world  *world
	target string // onlyTarget in a world without routes
}

// Deliver has its effect, if it has one, half-way through; what happens after that, the caller may never know.
func (s downstream) Deliver(ctx context.Context, delivery deliver.Delivery) error {
	w := s.world
	i, d := invocationOf(ctx), w.plan.dice
	m := w.queue.find(delivery.MessageID)
	if i == nil || m == nil {
		w.violate("a delivery has not the context of its invocation, or an unknown message: %q", delivery.MessageID)
		return errNetwork
	}
	i.on(m.key, func(t *trouble) {
		t.running++
		if t.started.IsZero() {
			t.started = time.Now()
		}
	})
	defer i.on(m.key, func(t *trouble) {
		t.running--
		t.delivered, t.called = time.Now(), false
	})
	what := "deliver " + m.key
	if s.target != onlyTarget {
		what += " to " + s.target
	}
	name, err := i.enter(ctx, what)
	if err != nil {
		return err
	}
	r, attempt := w.ledger.begin(i, m.message, s.target, delivery.IdempotencyKey)
	defer w.ledger.end(r)
	if w.plan.temperAt(m.of, s.target) == panicking && attempt == 1 {
		i.failed(m.message, delivery.ReceiveCount)
		w.count("handling panicked")
		panic("simulated panic")
	}
	answer, effective := s.answer(m.of, attempt)
	latency := s.latency(m.of, name)
	if err := i.wait(ctx, latency/2); err != nil {
		w.ledger.cut(r)
		i.hinder(m.key)
		w.count("downstream call cut off before its effect")
		if effective && d.chance(0.5, "arrives", name) {
			w.ledger.effect(r)
		}
		return err
	}
	if effective && d.chance(w.plan.rates.ambiguous, "ambiguous", name) {
		w.ledger.cut(r)
		i.hinder(m.key)
		w.count("downstream failed after its effect")
		answer = errors.New("502 bad gateway")
	}
	if effective {
		w.ledger.effect(r)
	}
	if err := i.wait(ctx, latency/2); err != nil {
		if answer == nil && d.chance(w.plan.rates.stubborn, "stubborn", name) && i.untilAbandoned() {
			w.count("downstream call returned just as it was left behind")
			return nil
		}
		w.ledger.cut(r)
		i.hinder(m.key)
		w.count("downstream call cut off after its effect")
		return err
	}
	if err := i.crash("after " + name); err != nil {
		return err
	}
	if _, permanent := errors.AsType[*deliver.PermanentError](answer); answer != nil && !permanent {
		i.failed(m.message, delivery.ReceiveCount)
	}
	return answer
}

// failed notes that a delivery has failed for a reason that may be gone after a while.
func (i *invocation) failed(m *message, receives int) {
	for _, about := range []string{m.key, retrying(handleOf(m, receives))} {
		i.on(about, func(t *trouble) { t.failedAt, t.failedHash = time.Now(), m.hash })
	}
}

// answer is what the downstream says to an attempt at an event, and whether it takes the event.
func (s downstream) answer(e *entity, attempt int) (err error, effective bool) {
	switch s.world.plan.temperAt(e, s.target) {
	case poison:
		return deliver.Transient(errors.New("500 internal server error"), 0), false
	case rejecting:
		if at := s.world.plan.replayAt; e.relents && len(at) > 0 && time.Since(s.world.start) >= at[0] {
			return nil, true
		}
		return deliver.Permanent(errors.New("422 unprocessable")), false
	case flaky:
		if attempt <= e.failures {
			return fmt.Errorf("503 service unavailable, attempt %d", attempt), false
		}
	case busy:
		if attempt <= e.failures {
			after := s.world.plan.dice.between(0, 40*time.Minute, "retry after", e.name, itoa(attempt))
			return deliver.Transient(errors.New("429 too many requests"), after), false
		}
	default:
	}
	return nil, true
}

func (s downstream) latency(e *entity, name string) time.Duration {
	w, d := s.world, s.world.plan.dice
	switch {
	case d.chance(w.plan.rates.downstreamHang, "downstream hang", name):
		w.count("downstream hung")
		return time.Hour + d.between(0, time.Second, "latency", name)
	case w.plan.temperAt(e, s.target) == slow || d.chance(w.plan.rates.downstreamSlow, "downstream slow", name):
		return d.between(w.plan.timeout/10, w.plan.timeout, "latency", name)
	default:
		return d.between(5*time.Millisecond, 300*time.Millisecond, "latency", name)
	}
}
