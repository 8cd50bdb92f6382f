package process

import (
	"errors"

	"cc-eventbridge/function/identify"
	"cc-eventbridge/function/outcome"
)

// reasonPayloadMismatch is the reason of a message whose event is known with another payload.
const reasonPayloadMismatch = "payload-mismatch"

var errPayloadMismatch = errors.New("another message of the same identity has a different payload")

// identify identifies the events, and finds the messages that carry the same one.
func (in *invocation) identify() {
	leaders := make(map[string]*message, len(in.messages))
	for i := range in.messages {
		m := &in.messages[i]
		if m.outcome.Kind != outcome.None || in.outOfTime(m, outcome.Identify) {
			continue
		}
		in.guarded(m, outcome.Identify, func() { in.identifyOne(m) })
		if m.outcome.Kind != outcome.None {
			continue
		}
		leader, known := leaders[m.identity.Key]
		switch {
		case !known:
			leaders[m.identity.Key] = m
		case leader.identity.PayloadHash == m.identity.PayloadHash:
			m.leader = leader
			in.counts.coalesced++
		default:
			m.outcome = permanent(outcome.Identify, reasonPayloadMismatch, errPayloadMismatch)
		}
	}
}

func (in *invocation) identifyOne(m *message) {
	identity, err := identify.Event(m.opened.Event, in.flags.ReplaysAgain())
	if err != nil {
		in.refused(m, err)
		return
	}
	m.identity = identity
}
