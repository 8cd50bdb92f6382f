package process

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"cc-eventbridge/function/batch"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/identify"
	"cc-eventbridge/function/outcome"
	"cc-eventbridge/function/schema"
)

// invocation is one batch on its way. Its fields belong to the goroutine of Invoke.
type invocation struct {
	*Processor
	log      *slog.Logger
	started  time.Time
	budget   *budget
	messages []message
	attempt  *dedup.Attempt
	writes   *writes
	leaseEnd time.Time
	random   *rand.Rand
	counts   counts
	// flags are those in effect when the invocation began.
	flags *flags.Set[*schema.Registry]
	room  *room
	// parsing is held while an object of the payload bucket is parsed.
	parsing sync.Mutex
}

// message is one message of the batch.
type message struct {
	record   *batch.Record
	opened   decode.Opened
	identity identify.Identity
	// leader is the message of the batch that carries the same event and came first; nil for that one itself.
	leader *message
	// held is true while the invocation holds the event's claim, or may hold it, and owes it a completion or release.
	held    bool
	outcome outcome.Outcome
}

// counts are of what the outcomes don't tell.
type counts struct {
	stolen, renewed, fenced, coalesced int
	unknownTopics, schemaMismatches    int
}

func (p *Processor) begin(ctx context.Context, log *slog.Logger, records []batch.Record) *invocation {
	in := &invocation{
		Processor: p,
		log:       log,
		started:   time.Now(),
		budget:    newBudget(ctx, p.config.DeadlineGuard),
		messages:  make([]message, len(records)),
		flags:     p.clients.Flags.Current(),
		room:      &room{size: p.config.ExpansionBytes},
	}
	for i := range records {
		in.messages[i].record = &records[i]
	}
	owner := fmt.Sprintf("%016x%016x", p.random.Uint64(), p.random.Uint64())
	in.random = rand.New(rand.NewPCG(p.random.Uint64(), p.random.Uint64()))
	// The lease is written by the wall clock, which need not be the clock of the deadline.
	in.leaseEnd = p.now().Add(time.Until(in.budget.deadline) + p.config.LeaseMargin)
	in.attempt = p.table.Attempt(owner, in.leaseEnd)
	in.writes = in.newWrites()
	return in
}

func permanent(stage outcome.Stage, reason string, err error) outcome.Outcome {
	return outcome.Outcome{Kind: outcome.Permanent, Stage: stage, Reason: reason, Err: err}
}

func transient(stage outcome.Stage, err error) outcome.Outcome {
	return outcome.Outcome{Kind: outcome.Transient, Stage: stage, Err: err}
}

// afterLease is a failure that must not be retried before this invocation's lease has ended by itself.
func (in *invocation) afterLease(stage outcome.Stage, err error) outcome.Outcome {
	failed := transient(stage, err)
	failed.VisibleAt = in.leaseEnd
	return failed
}
