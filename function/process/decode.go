package process

import (
	"errors"
	"runtime/debug"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/identify"
	"cc-eventbridge/function/outcome"
)

// reasonPayloadMismatch is the reason of a message whose event is known with another payload.
const reasonPayloadMismatch = "payload-mismatch"

var errPayloadMismatch = errors.New("another message of the same identity has a different payload")

// decode decodes and identifies every message, and finds those that carry the same event.
func (in *invocation) decode() {
	leaders := make(map[string]*message, len(in.messages))
	for i := range in.messages {
		m := &in.messages[i]
		in.identify(m)
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

func (in *invocation) identify(m *message) {
	defer func() {
		if value := recover(); value != nil {
			m.outcome = in.panicked(outcome.Decode, m.record.MessageID, value, debug.Stack())
		}
	}()
	var err error
	if m.record.BodyGarbled {
		err = &decode.Error{Reason: decode.InvalidUTF8, Detail: "the body was not UTF-8"}
	} else if m.event, err = decode.Body(m.record.Body); err == nil {
		if m.identity, err = identify.Event(m.event); err == nil {
			return
		}
	}
	reason := decode.NotJSON
	if refused, ok := errors.AsType[*decode.Error](err); ok {
		reason = refused.Reason
	}
	m.outcome = permanent(outcome.Decode, string(reason), err)
}
