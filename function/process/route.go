package process

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/safely"
)

// Route is where the events of some topics go.
type Route struct {
	// Name is for logs; empty for the only route of a stack that has no others.
	Name string
	// Topics are patterns, as contract.MatchTopic has them. None matches every topic.
	Topics []string
	// Targets are where an event goes, to each of them. None drops it.
	Targets []Target
}

// Target is where an event goes.
type Target struct {
	// Name is what records call it; no two targets have the same. It may be empty where a route has no other.
	Name       string
	Downstream deliver.Downstream
}

var errNoRoute = errors.New("no route matches the event's topic")

// chooseRoute gives each event its route: the first that matches. What a route drops is acknowledged, and leaves no record.
func (in *invocation) chooseRoute() {
	for _, m := range in.round { // even when the time is over: it takes none
		if m.undecided() {
			in.guard(m, ByRoute, in.routeOf)
		}
	}
}

func (in *invocation) routeOf(m *message) {
	for i := range in.config.Routes {
		route := &in.config.Routes[i]
		if !(contract.Route{Topics: route.Topics}).Matches(m.opened.Event.Type) {
			continue
		}
		if m.route = route; len(route.Targets) == 0 {
			m.outcome = Outcome{Kind: Dropped, Stage: ByRoute}
		}
		return
	}
	m.outcome = transient(ByRoute, errNoRoute)
}

// missing are the targets of the event's route that don't have it. What has it and is not in the route any more doesn't matter.
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
	failed.RetryAfter = retryAfter
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
