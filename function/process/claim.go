package process

import (
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/outcome"
)

// claim claims the events of the batch, one claim for all messages of an event.
func (in *invocation) claim() {
	var (
		leaders  []*message
		requests []dedup.Request
	)
	expired := in.budget.work.Err() != nil
	for i := range in.messages {
		m := &in.messages[i]
		if m.outcome.Kind != outcome.None || m.leader != nil {
			continue
		}
		if expired {
			m.outcome = outcome.Outcome{Kind: outcome.NotStarted, Stage: outcome.Claim}
			continue
		}
		leaders = append(leaders, m)
		requests = append(requests, dedup.Request{Key: m.identity.Key, PayloadHash: m.identity.PayloadHash})
	}
	if len(requests) == 0 {
		return
	}
	for i, result := range in.attempt.Claim(in.budget.work, requests, in.random.Uint64()) {
		in.claimed(leaders[i], result)
	}
}

func (in *invocation) claimed(m *message, result dedup.Result) {
	switch result.Status {
	case dedup.Claimed:
		m.held = true
		if result.Stolen {
			in.counts.stolen++
		}
		if result.Renewed {
			in.counts.renewed++
		}
	case dedup.Completed:
		m.outcome = outcome.Outcome{Kind: outcome.Duplicate, Stage: outcome.Claim}
	case dedup.InProgress:
		m.outcome = outcome.Outcome{Kind: outcome.InProgressElsewhere, Stage: outcome.Claim, VisibleAt: result.Until}
	case dedup.Mismatch:
		m.outcome = permanent(outcome.Claim, reasonPayloadMismatch, errPayloadMismatch)
	case dedup.Unresolved:
		m.held = result.MayHold
		m.outcome = transient(outcome.Claim, result.Err)
		if in.budget.work.Err() != nil {
			m.outcome.Kind = outcome.NotStarted
		}
	}
}
