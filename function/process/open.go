package process

import (
	"errors"
	"runtime/debug"
	"sync"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/outcome"
)

// open opens the envelopes of every message, down to its event.
func (in *invocation) open() {
	var elsewhere []*message
	for i := range in.messages {
		m := &in.messages[i]
		if in.outOfTime(m, outcome.Decode) {
			continue
		}
		in.guarded(m, outcome.Decode, func() {
			if m.record.BodyGarbled {
				in.refused(m, &decode.Error{Reason: decode.InvalidUTF8, Detail: "the body was not UTF-8"})
				return
			}
			opened, err := in.reader.Open(decode.Message{Body: m.record.Body, Attributes: m.record.MessageAttributes}, in.flags.Decoder)
			in.opened(m, opened, err)
		})
		if m.outcome.Kind == outcome.None && m.opened.ClaimCheck != nil {
			elsewhere = append(elsewhere, m)
		}
	}
	in.fetch(elsewhere)
}

// outOfTime makes a message wait for another invocation if this one's time for work is over.
func (in *invocation) outOfTime(m *message, stage outcome.Stage) bool {
	if in.budget.work.Err() == nil {
		return false
	}
	m.outcome = outcome.Outcome{Kind: outcome.NotStarted, Stage: stage}
	return true
}

// opened takes what a message's envelopes had in them, unless it is more than the batch has memory left for.
func (in *invocation) opened(m *message, opened decode.Opened, err error) {
	expanded := m.opened.Expanded
	m.opened = decode.Opened{Path: opened.Path}
	if err != nil {
		in.refused(m, err)
		return
	}
	if !in.room.take(opened.Expanded - expanded) {
		m.outcome = transient(outcome.Decode, errNoRoom)
		return
	}
	m.opened = opened
}

// refused makes an error of a decoder the message's outcome.
func (in *invocation) refused(m *message, err error) {
	reason := decode.NotJSON
	if refused, ok := errors.AsType[*decode.Error](err); ok {
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
// killed, and with it every message of its batch. It is safe for concurrent use.
type room struct {
	size  int
	mutex sync.Mutex
	taken int
}

// take takes bytes of the room, or reports that they are not there. As long as none are taken, they always are: every
// batch gets on.
func (r *room) take(bytes int) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if bytes > 0 && r.taken > 0 && r.taken+bytes > r.size {
		return false
	}
	r.taken += bytes
	return true
}

// giveBack gives back what was taken and is not needed.
func (r *room) giveBack(bytes int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.taken -= bytes
}

// full reports whether nothing is left.
func (r *room) full() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.taken >= r.size
}
