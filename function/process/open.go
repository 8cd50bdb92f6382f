package process

import (
	"errors"
	"runtime/debug"
	"sync"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/outcome"
)

// open opens the envelopes of every message, down to its event.
func (in *invocation) open() {
	var elsewhere []*message
	for i := range in.messages {
		m := &in.messages[i]
		in.guarded(m, outcome.Decode, func() {
			if m.record.BodyGarbled {
				in.refused(m, &envelope.Error{Reason: envelope.InvalidUTF8, Detail: "the body was not UTF-8"})
				return
			}
			opened, err := in.reader.Open(decode.Message{Body: m.record.Body, Attributes: m.record.MessageAttributes}, in.flags.Decoder)
			in.opened(m, opened, err)
		})
		if m.outcome.Kind == outcome.None && m.opened.Pointer != nil {
			elsewhere = append(elsewhere, m)
		}
	}
	in.fetch(elsewhere)
}

// opened takes what a message's envelopes had in them, unless it is more than the batch has memory left for. The first
// message that expands is always taken, so that every batch gets on.
func (in *invocation) opened(m *message, opened decode.Opened, err error) {
	if err != nil {
		m.opened = decode.Opened{Trail: opened.Trail}
		in.refused(m, err)
		return
	}
	if opened.Expanded > m.opened.Expanded && !in.room.take(opened.Expanded-m.opened.Expanded) {
		m.outcome = outcome.Outcome{Kind: outcome.NotStarted, Stage: outcome.Decode, Err: errNoRoom}
		m.opened = decode.Opened{}
		return
	}
	m.opened = opened
}

// refused makes an error of a decoder the message's outcome.
func (in *invocation) refused(m *message, err error) {
	reason := envelope.NotJSON
	if refused, ok := errors.AsType[*envelope.Error](err); ok {
		reason = refused.Reason
	}
	m.outcome = permanent(outcome.Decode, string(reason), err)
}

// guarded runs one step of a message, so that a panic in it is that message's alone.
func (in *invocation) guarded(m *message, stage outcome.Stage, step func()) {
	defer func() {
		if value := recover(); value != nil {
			m.outcome = in.panicked(stage, m.record.MessageID, value, debug.Stack())
		}
	}()
	step()
}

var errNoRoom = errors.New("the payloads of the batch together need more memory than the function has for them")

// room is the memory that the expanded payloads of a batch may take together. A function that runs out of memory is
// killed, and with it every message of its batch.
type room struct {
	mutex       sync.Mutex
	left        int
	takenBefore bool
}

// take takes bytes of the room, or reports that they are not there.
func (r *room) take(bytes int) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.takenBefore && bytes > r.left {
		return false
	}
	r.left -= bytes
	r.takenBefore = true
	return true
}

// giveBack gives back what was taken and is not needed.
func (r *room) giveBack(bytes int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.left += bytes
}
