package process

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/internal/safely"
)

// completionLinger is how long a completion waits for others to share its call with. It bounds how long a delivered event is not
// recorded as such while slower ones of the batch are under way.
const completionLinger = 100 * time.Millisecond

var errClaimsPanicked = errors.New("the claims of the batch panicked")

// decision is the table's answer to the claim of a message's event.
type decision struct {
	message *message
	result  dedup.Result
}

// claim asks for the events of the batch, one claim for all messages of an event. What is known at once is decided when it
// returns; what becomes of the others comes in while the first ones are delivered.
func (in *invocation) claim() {
	var leaders []*message
	in.each(Claim, func(m *message) { leaders = append(leaders, m) })
	// Where there is no time for all, those that have the fewest receives left come first.
	slices.SortStableFunc(leaders, func(a, b *message) int { return b.receives - a.receives })
	requests := make([]dedup.Request, len(leaders))
	for i, m := range leaders {
		m.claiming = true
		requests[i] = dedup.Request{Key: m.identity.Key, PayloadHash: m.identity.PayloadHash}
	}
	decisions := make(chan decision, len(requests)) // has room for all: the table never waits for deliveries
	in.decisions = decisions
	rest := in.attempt.Claim(in.budget.work, requests, in.seeds.Uint64(), func(i int, result dedup.Result) {
		decisions <- decision{leaders[i], result}
	})
	if in.claimsSent = rest != nil && len(requests) <= dedup.MaxStatements; rest == nil {
		close(decisions)
		return
	}
	go func() {
		defer close(decisions)
		safely.Do(rest, func(err error) { in.log.Error("the claims of a batch panicked", panicAttrs(err)...) })
	}()
}

// unclaimed decides on the messages whose claim has no answer when there will be none: a panic is in the log.
func (in *invocation) unclaimed() {
	for _, m := range in.round {
		if m.claiming {
			in.claimed(m, dedup.Result{Status: dedup.Unresolved, MayHold: true, Err: errClaimsPanicked})
		}
	}
}

// claimed is what the table's answer means for a message.
func (in *invocation) claimed(m *message, result dedup.Result) {
	m.claiming = false
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
		if m.outcome = (Outcome{Kind: Duplicate, Stage: Claim}); m.opened.Event.Replay != "" {
			in.byFlags(m, m.outcome) // whether what an archive replays is a duplicate is theirs to say
		}
	case dedup.InProgress:
		m.outcome = Outcome{Kind: InProgressElsewhere, Stage: Claim, VisibleAt: result.Until}
		if most := in.config.MaxReceiveCount; most > 0 && m.receives >= most {
			// When it is next received it goes to the dead-letter queue, though the event may be delivered in a moment. So it
			// is looked at again for as long as there is time.
			m.elsewhere, m.outcome, m.postponed = m.outcome, Outcome{}, true
		}
	case dedup.Mismatch:
		m.outcome = permanent(Claim, reasonPayloadMismatch, errPayloadMismatch)
	case dedup.Unresolved:
		m.held = result.MayHold
		m.outcome = transient(Claim, result.Err)
		if in.budget.work.Err() != nil {
			m.notStarted(Claim)
			m.outcome.Err = result.Err
		}
	}
}

// writes are an invocation's completions and releases. They are made side by side with everything else, so that one in
// difficulties holds up no other; finish waits for them all. Completions are gathered, to share calls.
type writes struct {
	in                    *invocation
	linger                *time.Timer
	ready                 []*message
	completions, releases calls
}

// calls are under way.
type calls struct {
	running sync.WaitGroup
	// judgements belong to the goroutine of Invoke: they act on results when the calls are over.
	judgements []func()
}

// wait waits for the calls to end and acts on their results.
func (c *calls) wait() {
	c.running.Wait()
	for _, judge := range c.judgements {
		judge()
	}
	c.judgements = nil
}

func newWrites(in *invocation) *writes {
	linger := time.NewTimer(completionLinger)
	linger.Stop()
	return &writes{in: in, linger: linger}
}

// complete has the event of a message completed, soon.
func (w *writes) complete(m *message) {
	if len(w.ready) == 0 {
		w.linger.Reset(completionLinger)
	}
	if w.ready = append(w.ready, m); len(w.ready) == dedup.MaxStatements {
		w.flush()
	}
}

// flush has the completions that have gathered written.
func (w *writes) flush() {
	if len(w.ready) > 0 {
		call, panicked := w.completion()
		safely.Go(&w.completions.running, call, panicked)
	}
}

// completion is the call that completes what has gathered, and what a panic in it comes to.
func (w *writes) completion() (call func(), panicked func(error)) {
	w.linger.Stop()
	messages := w.ready
	w.ready = nil
	var (
		attempt = w.in.attempt
		keys    = keysOf(messages)
		seed    = w.in.seeds.Uint64()
		results []dedup.Completion
		errs    []error
	)
	w.completions.judgements = append(w.completions.judgements, func() {
		for i, m := range messages {
			w.in.completed(m, results[i], errs[i])
		}
	})
	call = func() { results, errs = attempt.Complete(w.in.budget.settle, keys, seed) }
	return call, func(err error) {
		results, errs = make([]dedup.Completion, len(keys)), slices.Repeat([]error{err}, len(keys)) // all dedup.Failed
	}
}

// release has the claims of messages given up.
func (w *writes) release(messages []*message) {
	if len(messages) == 0 {
		return
	}
	var (
		keys = keysOf(messages)
		seed = w.in.seeds.Uint64()
		errs []error
	)
	safely.Go(&w.releases.running, func() { errs = w.in.attempt.Release(w.in.budget.settle, keys, seed) }, func(err error) {
		errs = slices.Repeat([]error{err}, len(keys))
	})
	w.releases.judgements = append(w.releases.judgements, func() {
		for i, m := range messages {
			m.held = false
			if errs[i] != nil {
				// Received earlier, the message would find the claim and use up a receive.
				m.outcome.VisibleAt = w.in.leaseEnd
				w.in.log.Warn("a claim was not released and blocks its event until its lease ends",
					slog.String("messageId", m.record.MessageID), slog.Any("error", errs[i]))
			}
		}
	})
}

// finish writes what is left, waits for all writes and acts on their results. It does so on its own goroutine, whose
// stack has grown to what the AWS SDK needs: growing another one costs half of the call again.
func (w *writes) finish() {
	if len(w.ready) > 0 {
		safely.Do(w.completion())
	}
	w.finishReleases()
	w.completions.wait()
}

// finishReleases waits for the releases of a round: the next one may ask for the same events. Completions go on beside it, so
// that one in difficulties holds up nobody who waits.
func (w *writes) finishReleases() {
	w.flush()
	w.releases.wait()
}

func keysOf(messages []*message) []string {
	keys := make([]string, len(messages))
	for i, m := range messages {
		keys[i] = m.identity.Key
	}
	return keys
}

// completed says what the completion of a delivered event means for its message.
func (in *invocation) completed(m *message, result dedup.Completion, err error) {
	m.held = false
	switch result {
	case dedup.Fenced:
		in.counts.fenced++
		in.log.Warn("the lease was lost during delivery, and its next owner has completed the event",
			slog.String("messageId", m.record.MessageID))
	case dedup.Failed:
		// The event has been delivered, so that the claim is not given up: while its lease lives nobody delivers it
		// again, and afterwards only because nothing says that it was.
		m.outcome = in.afterLease(Complete, err)
	case dedup.Done:
	}
}

// afterLease is a failure that must not be retried before this invocation's lease has ended by itself.
func (in *invocation) afterLease(stage Stage, err error) Outcome {
	failed := transient(stage, err)
	failed.VisibleAt = in.leaseEnd
	return failed
}
