package process

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/identify"
	"cc-eventbridge/function/schema"
)

// The reasons of messages that go to the validation queue for what their event is.
const (
	// reasonPayloadMismatch is of a message whose event is known with another payload.
	reasonPayloadMismatch = "payload-mismatch"
	// reasonSchemaMismatch is of a message whose payload an enforced schema does not allow.
	reasonSchemaMismatch = "schema-mismatch"
)

var (
	errPayloadMismatch = errors.New("another message of the same identity has a different payload")
	errSchemaMismatch  = errors.New("the payload does not match its topic's schema")
	errStaleFlags      = errors.New("flags ask for it that could not be read for a minute or longer")
	errNoRoute         = errors.New("no route matches the event's topic")
)

// applyFlags does what the flags say of each event's topic: it is active, paused or dropped.
func (in *invocation) applyFlags() {
	for _, m := range in.which((*message).undecided) { // even when the time is over: it takes none
		in.guard(m, Validate, func(m *message) {
			switch in.flags.Topic(m.opened.Event.Type).State {
			case flags.Dropped:
				in.byFlags(m, Outcome{Kind: Dropped, Stage: Validate})
			case flags.Paused:
				m.outcome = Outcome{Kind: Paused, Stage: Validate}
			case flags.Active:
			}
		})
	}
}

// byFlags gives a message an outcome that acknowledges it, and that flags ask for. Flags that were not read lately may have
// been changed since: by them, the message comes again instead.
func (in *invocation) byFlags(m *message, outcome Outcome) {
	if !in.flagsFresh {
		outcome = transient(outcome.Stage, errStaleFlags)
	}
	m.outcome = outcome
}

// identify identifies the events, and finds the messages that carry the same one: the first speaks for all. One of the same
// identity and another payload waits until the first one's fate is known. Then it asks the table for itself, which takes it
// for a mismatch only if the event is in progress or done: of a first one that was refused there is no record.
func (in *invocation) identify() {
	in.each(Identify, func(m *message) {
		identity, err := identify.Event(m.opened.Event, in.flags.ReplaysAgain())
		if err != nil {
			m.refused(err)
			return
		}
		m.identity, m.receives = identity, max(m.receives, m.record.ReceiveCount)
		leader, known := in.leaders[identity.Key]
		switch {
		case !known || leader == m:
			in.leaders[identity.Key] = m
		case leader.identity.PayloadHash == identity.PayloadHash:
			m.leader = leader
			leader.receives = max(leader.receives, m.receives)
			in.counts.coalesced++
		case leader.outcome.Kind == None:
			m.postponed = true
		default:
			in.leaders[identity.Key] = m
		}
	})
}

// validate holds each event against its topic's schema, as the flags ask.
func (in *invocation) validate() {
	in.each(Validate, func(m *message) {
		event := &m.opened.Event
		topic := in.flags.Topic(event.Type)
		if topic.Schema == flags.Off {
			return
		}
		result := in.flags.Registry.Check(event.Type, topic.Version, event.Payload)
		m.unknownTopic, m.mismatched = !result.Known, result.Mismatch != nil
		switch {
		case m.unknownTopic:
			if name := event.LoggedType(); in.processor.unknownTopics.first(name + "/" + topic.Version) {
				in.log.Warn("there is no schema for a topic", slog.String("topic", name), slog.String("version", topic.Version))
			}
		case m.mismatched:
			in.mismatch(m, topic.Schema, result)
		}
	})
}

// mismatch says once for every shape that its topic's schema does not allow a payload, and refuses the event
// where the schema is enforced. What is logged is where in the schema it failed, never a value; the topic is one that has a
// schema, and so no text of a sender's.
func (in *invocation) mismatch(m *message, mode flags.Mode, result schema.Result) {
	if result.First {
		in.log.Warn("a payload does not match its topic's schema",
			slog.String("topic", m.opened.Event.Type), slog.String("version", result.Version), slog.String("mode", string(mode)),
			slog.String("path", result.Mismatch.Path), slog.String("messageId", m.record.MessageID))
	}
	if mode == flags.Enforce {
		refused := permanent(Validate, reasonSchemaMismatch, fmt.Errorf("%w: %s", errSchemaMismatch, result.Mismatch.Keyword))
		refused.Path = result.Mismatch.Path
		in.byFlags(m, refused)
	}
}

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
		if len(route.Topics) > 0 && !(contract.Route{Topics: route.Topics}).Matches(m.opened.Event.Type) {
			continue
		}
		if m.route = route; len(route.Targets) == 0 {
			m.outcome = Outcome{Kind: Dropped, Stage: ByRoute}
		}
		return
	}
	m.outcome = transient(ByRoute, errNoRoute)
}

// onceEach remembers names, so that what is said of each is said once. It is safe for concurrent use.
type onceEach struct {
	mutex sync.Mutex
	said  map[string]bool
}

// maxRemembered bounds what is remembered: names are the senders' to make up.
const maxRemembered = 1000

// first reports whether a name is new. When there are too many, none is.
func (o *onceEach) first(name string) bool {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.said[name] || len(o.said) >= maxRemembered {
		return false
	}
	if o.said == nil {
		o.said = map[string]bool{}
	}
	o.said[name] = true
	return true
}
