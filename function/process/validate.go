package process

import (
	"errors"
	"log/slog"
	"sync"

	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/outcome"
	"cc-eventbridge/function/schema"
)

// reasonSchemaMismatch is the reason of a message whose payload an enforced schema does not allow.
const reasonSchemaMismatch = "schema-mismatch"

var errSchemaMismatch = errors.New("the payload does not match its topic's schema")

// heed does what the flags say of each event's topic: it is active, paused or dropped.
func (in *invocation) heed() {
	for i := range in.messages {
		m := &in.messages[i]
		if m.outcome.Kind != outcome.None {
			continue
		}
		switch in.flags.Topic(m.opened.Event.Type).State {
		case flags.Dropped:
			m.outcome = outcome.Outcome{Kind: outcome.Dropped, Stage: outcome.Validate}
		case flags.Paused:
			m.outcome = outcome.Outcome{Kind: outcome.Paused, Stage: outcome.Validate}
		case flags.Active:
		}
	}
}

// validate holds each event against its topic's schema, as the flags ask.
func (in *invocation) validate() {
	for i := range in.messages {
		m := &in.messages[i]
		if m.outcome.Kind != outcome.None || m.leader != nil || in.outOfTime(m, outcome.Validate) {
			continue
		}
		in.guarded(m, outcome.Validate, func() { in.validateOne(m) })
	}
}

func (in *invocation) validateOne(m *message) {
	event := &m.opened.Event
	topic := in.flags.Topic(event.Type)
	if topic.Schema == flags.Off {
		return
	}
	result := in.flags.Registry.Check(event.Type, topic.Version, event.Payload)
	switch {
	case !result.Known:
		in.counts.unknownTopics++
		if name := event.ShortType(); in.unknown.first(name + "/" + topic.Version) {
			in.log.Warn("there is no schema for a topic", slog.String("topic", name), slog.String("version", topic.Version))
		}
	case result.Mismatch != nil:
		in.mismatch(m, topic.Schema, result)
	}
}

// mismatch counts a payload that its topic's schema does not allow, says so once for every shape, and refuses the event
// where the schema is enforced. What is logged is where in the schema it failed, never a value.
func (in *invocation) mismatch(m *message, mode flags.Mode, result schema.Result) {
	in.counts.schemaMismatches++
	if result.First {
		in.log.Warn("a payload does not match its topic's schema",
			slog.String("topic", m.opened.Event.ShortType()), slog.String("version", result.Version), slog.String("mode", string(mode)),
			slog.String("path", result.Mismatch.Path), slog.String("messageId", m.record.MessageID))
	}
	if mode == flags.Enforce {
		m.outcome = permanent(outcome.Validate, reasonSchemaMismatch, errSchemaMismatch)
		m.outcome.Path = result.Mismatch.Path
	}
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
