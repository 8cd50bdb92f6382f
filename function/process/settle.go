package process

import (
	"log/slog"

	"cc-eventbridge/function/batch"
	"cc-eventbridge/function/outcome"
	"cc-eventbridge/function/quarantine"
	"cc-eventbridge/function/visibility"
)

// settle does what the outcomes ask for: claims of what failed are released, permanent failures go to the validation
// queue, and then their claims are released as well. The completions of what was delivered are under way by now.
//
// An event that the downstream rejected took no effect, so its record is not completed: once the reason is mended, the
// message can be sent from the validation queue to the ingestion queue again and is not taken for a duplicate.
func (in *invocation) settle() {
	bad := in.which(func(m *message) bool { return m.outcome.Kind == outcome.Permanent })
	rejected := in.which(func(m *message) bool { return m.held && m.outcome.Kind == outcome.Permanent })
	failed := in.which(func(m *message) bool {
		return m.held && m.outcome.Kind != outcome.Delivered && m.outcome.Kind != outcome.Permanent
	})
	if len(bad)+len(failed) > 0 {
		in.writes.flush() // finish makes the last completions as well, but not before all this is done
	}
	in.writes.release(failed)
	in.quarantine(bad)
	in.writes.release(rejected)
	in.writes.finish()
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

// quarantine sends the messages of permanent failures to the validation queue. Only one that is there for certain may be
// acknowledged; any other fails and comes again.
func (in *invocation) quarantine(bad []*message) {
	if len(bad) == 0 {
		return
	}
	letters := make([]quarantine.Letter, len(bad))
	for i, m := range bad {
		letters[i] = quarantine.Letter{
			Body:              m.record.Body,
			Reason:            m.outcome.Reason,
			Stage:             string(m.outcome.Stage),
			Path:              m.outcome.Path,
			Envelopes:         string(m.opened.Path),
			MessageID:         m.record.MessageID,
			EventID:           m.identity.Key,
			ReceiveCount:      m.record.ReceiveCount,
			At:                in.now(),
			Attributes:        m.record.Attributes,
			MessageAttributes: m.record.MessageAttributes,
		}
	}
	for i, err := range in.validation.Send(in.budget.letters, letters, in.random.Uint64()) {
		m := bad[i]
		if err == nil {
			m.outcome.Kind = outcome.Quarantined
			continue
		}
		m.outcome = transient(outcome.Quarantine, err)
	}
}

// share gives messages that carry the event of another one in the batch their share of its outcome: where that is done
// with, they are duplicates; where it failed, so did they.
func (in *invocation) share() {
	for i := range in.messages {
		m := &in.messages[i]
		if m.leader == nil {
			continue
		}
		m.outcome = m.leader.outcome
		if m.outcome.Kind == outcome.Delivered || m.outcome.Kind == outcome.Quarantined {
			m.outcome.Kind = outcome.Duplicate
		}
	}
}

// conclude acts on the outcomes: it says which messages are acknowledged and tells the queue when the others are to come
// back.
func (in *invocation) conclude() []batch.Verdict {
	verdicts := make([]batch.Verdict, len(in.messages))
	var changes []visibility.Change
	for i := range in.messages {
		m := &in.messages[i]
		now := in.now()
		sent := visibility.Message{ReceiveCount: m.record.ReceiveCount, SentAt: m.record.SentAt}
		change := visibility.Change{ReceiptHandle: m.record.ReceiptHandle}
		switch m.outcome.Kind {
		case outcome.Delivered, outcome.Duplicate, outcome.Quarantined, outcome.Dropped:
			verdicts[i] = batch.Acknowledge
			continue
		case outcome.Transient, outcome.Panicked:
			change.Wait = in.policy.Backoff(sent, m.outcome.RetryAfter, now, in.random)
		case outcome.Paused:
			change.Wait = in.policy.Pause(sent, now)
		case outcome.NotStarted, outcome.InProgressElsewhere: // visible at once, unless a claim is in the way
		default:
			continue // without a verdict, the response fails the whole batch
		}
		if blocked := m.outcome.VisibleAt; !blocked.IsZero() {
			change.Wait = max(change.Wait, in.policy.Until(sent, blocked, now))
		}
		verdicts[i] = batch.Fail
		changes = append(changes, change)
	}
	if err := visibility.Apply(in.budget.finish, in.clients.SQS, in.config.IngestionQueueURL, changes); err != nil {
		in.log.Warn("messages come back only after the queue's visibility timeout", slog.Any("error", err))
	}
	return verdicts
}
