package process

import (
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"cc-eventbridge/function/batch"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/identify"
)

// message is one message of the batch.
type message struct {
	record   *batch.Record
	opened   decode.Opened
	identity identify.Identity
	// leader is the message of the batch that carries the same event and came first; nil for that one itself.
	leader *message
	// held is true while the invocation holds the event's claim, or may hold it, and owes it a completion or release.
	held    bool
	outcome Outcome
}

// undecided reports whether a message is still on its way. Followers wait for what becomes of their leader.
func (m *message) undecided() bool { return m.outcome.Kind == None && m.leader == nil }

// each takes the undecided messages through one step, in order. When the time for work is over, those that are left wait for
// another invocation.
func (in *invocation) each(stage Stage, step func(*message)) {
	for i := range in.messages {
		if m := &in.messages[i]; m.undecided() && in.inTime(m, stage) {
			in.guard(m, stage, step)
		}
	}
}

// inTime reports whether there is still time for work. If not, the message has not been started.
func (in *invocation) inTime(m *message, stage Stage) bool {
	if in.budget.work.Err() == nil {
		return true
	}
	m.outcome = Outcome{Kind: NotStarted, Stage: stage}
	return false
}

// guard takes one message through a step, so that a panic in it is that message's alone.
func (in *invocation) guard(m *message, stage Stage, step func(*message)) {
	defer func() {
		if value := recover(); value != nil {
			m.outcome = in.panicked(m, stage, value)
		}
	}()
	step(m)
}

// which are the messages that something is true of.
func (in *invocation) which(is func(m *message) bool) []*message {
	var messages []*message
	for i := range in.messages {
		if m := &in.messages[i]; is(m) {
			messages = append(messages, m)
		}
	}
	return messages
}

// panicked logs a panic and returns the outcome of the message in whose handling it happened.
func (in *invocation) panicked(m *message, stage Stage, value any) Outcome {
	in.log.Error("the handling of a message panicked",
		slog.String("messageId", m.record.MessageID), slog.String("stage", string(stage)),
		slog.String("panic", describe(value)), slog.String("stack", string(debug.Stack())))
	return Outcome{Kind: Panicked, Stage: stage}
}

// describe names a panic's value. Only the runtime's own are known to hold nothing of a message's contents.
func describe(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a value of type %T", value)
}
