package process

import (
	"log/slog"
	"slices"

	"cc-eventbridge/function/batch"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/quarantine"
	"cc-eventbridge/function/visibility"
)

// settle does what the outcomes ask for: claims of what failed are released, permanent failures go to the validation
// queue, and then their claims are released as well. The completions of what was delivered are under way by now.
//
// An event that the downstream rejected took no effect, so its record is not completed: once the cause is fixed, the
// message can be sent from the validation queue to the ingestion queue again and is not taken for a duplicate.
func (in *invocation) settle() {
	bad := in.which(func(m *message) bool { return m.outcome.Kind == Permanent })
	rejected := in.which(func(m *message) bool { return m.held && m.outcome.Kind == Permanent })
	failed := in.which(func(m *message) bool {
		return m.held && m.outcome.Kind != Delivered && m.outcome.Kind != Permanent
	})
	if len(bad)+len(failed) > 0 {
		in.writes.flush() // finish makes the last completions as well, but not before all this is done
	}
	in.writes.release(failed)
	in.quarantine(bad)
	in.writes.release(rejected)
	if slices.ContainsFunc(in.round, func(m *message) bool { return m.postponed }) {
		in.writes.finishReleases()
		return
	}
	in.writes.finish()
	in.lastLook()
}

// lastLook looks once more at the events that messages at their last receive have waited for in vain. Received again, they would
// go to the dead-letter queue, though there may be nothing left to do.
func (in *invocation) lastLook() {
	waited := in.which(func(m *message) bool { return m.elsewhere.Kind != None && m.outcome.Kind == InProgressElsewhere })
	if len(waited) == 0 {
		return
	}
	requests := make([]dedup.Request, len(waited))
	for i, m := range waited {
		requests[i] = dedup.Request{Key: m.identity.Key, PayloadHash: m.identity.PayloadHash}
	}
	for i, completed := range in.processor.table.Completed(in.budget.settle, requests) {
		if completed {
			in.claimed(waited[i], dedup.Result{Status: dedup.Completed})
		}
	}
}

// quarantine sends the messages of permanent failures to the validation queue. Only one that is there for certain may be
// acknowledged; any other fails and comes again.
func (in *invocation) quarantine(bad []*message) {
	if len(bad) == 0 {
		return
	}
	messages := make([]quarantine.Message, len(bad))
	for i, m := range bad {
		messages[i] = quarantine.Message{
			Body:              m.record.Body,
			Reason:            m.outcome.Reason,
			Stage:             string(m.outcome.Stage),
			Path:              m.outcome.Path,
			Envelopes:         string(m.opened.Path),
			MessageID:         m.record.MessageID,
			EventID:           m.identity.Key,
			ReceiveCount:      m.record.ReceiveCount,
			At:                in.config.Now(),
			Attributes:        m.record.Attributes,
			MessageAttributes: m.record.MessageAttributes,
		}
	}
	for i, err := range in.processor.validation.Send(in.budget.quarantine, messages, in.seeds.Uint64()) {
		m := bad[i]
		if err == nil {
			m.outcome.Kind = Quarantined
			continue
		}
		m.outcome = transient(Quarantine, err)
	}
}

// share gives messages that carry the event of another one in the batch their share of its outcome: where that is done
// with, they are duplicates; where it failed, so did they.
func (in *invocation) share() {
	for i := range in.messages {
		m := &in.messages[i]
		if m.leader == nil || m.outcome.Kind != None || m.leader.outcome.Kind == None {
			continue
		}
		m.outcome = m.leader.outcome
		if m.outcome.Kind == Delivered || m.outcome.Kind == Quarantined {
			m.outcome.Kind = Duplicate
		}
	}
}

// respond acts on the outcomes: it returns which messages are acknowledged, and tells the queue when the others are to come
// back.
func (in *invocation) respond() []batch.Verdict {
	verdicts := make([]batch.Verdict, len(in.messages))
	var changes []visibility.Change
	for i := range in.messages {
		m := &in.messages[i]
		now := in.config.Now()
		sent := visibility.Message{ReceiveCount: m.record.ReceiveCount, SentAt: m.record.SentAt}
		change := visibility.Change{ReceiptHandle: m.record.ReceiptHandle}
		switch m.outcome.Kind {
		case Delivered, Duplicate, Quarantined, Dropped:
			verdicts[i] = batch.Acknowledge
			continue
		case Transient, Panicked:
			change.Wait = in.processor.policy.Backoff(sent, m.outcome.RetryAfter, now, in.seeds)
		case Paused:
			change.Wait = in.processor.policy.Pause(sent, now)
		case NotStarted, InProgressElsewhere: // visible at once, unless a claim is in the way
		default:
			continue // without a verdict, the response fails the whole batch
		}
		if blocked := m.outcome.VisibleAt; !blocked.IsZero() {
			change.Wait = max(change.Wait, in.processor.policy.Until(sent, blocked, now))
		}
		verdicts[i] = batch.Fail
		changes = append(changes, change)
	}
	if len(changes) == 0 {
		return verdicts
	}
	if err := visibility.Apply(in.budget.finish, in.config.SQS, in.config.IngestionQueueURL, changes); err != nil {
		in.log.Warn("messages come back only after the queue's visibility timeout", slog.Any("error", err))
	}
	return verdicts
}
