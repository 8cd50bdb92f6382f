// Package process takes a batch of messages through the steps of the flow. Invoke is the way of a message, from top to
// bottom; each step is a method of invocation, in the file of its name.
//
// What it promises: a message is acknowledged only when its event has been delivered and recorded, was recorded before,
// or the message is in the validation queue; everything else goes back to the ingestion queue, which dead-letters it in
// the end. One event is acted on by one invocation at a time, and not again while its record lives, unless the first time
// was cut off before it could be recorded.
package process

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"cc-eventbridge/function/batch"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/identify"
	"cc-eventbridge/function/internal/safely"
	"cc-eventbridge/function/quarantine"
	"cc-eventbridge/function/schema"
	"cc-eventbridge/function/visibility"
)

// Processor takes batches of messages through the steps of the flow. It is safe for concurrent use.
type Processor struct {
	config     Config
	reader     *decode.Reader
	table      *dedup.Table
	validation *quarantine.Queue
	policy     visibility.Policy
	// unknownTopics are those that the log has named.
	unknownTopics onceEach
}

// New returns a processor.
func New(config Config) *Processor {
	config = config.withDefaults()
	return &Processor{
		config:     config,
		reader:     decode.NewReader(decode.Limits{MaxBytes: config.MaximumPayloadBytes}, config.ClaimChecks),
		table:      dedup.NewTable(config.DynamoDB, config.TableName, config.DedupRetention, config.Now),
		validation: quarantine.NewQueue(config.SQS, config.ValidationQueueURL, config.Oversize, config.ClaimChecks.Bucket),
		policy:     visibility.Policy{MaxReceiveCount: config.MaxReceiveCount, MessageRetention: config.MessageRetention},
	}
}

// Invoke handles one invocation: an SQS event in, a partial batch response out. It is aws-lambda-go's Handler. An error
// returns the whole batch to the queue.
func (p *Processor) Invoke(ctx context.Context, payload []byte) (response []byte, err error) {
	log := p.config.Log
	if lambda, ok := lambdacontext.FromContext(ctx); ok {
		log = log.With(slog.String("requestId", lambda.AwsRequestID))
	}
	defer func() {
		if value := recover(); value != nil {
			panicked := safely.Recovered(value)
			log.Error("the handling of the batch panicked", slog.String("panic", panicked.Value), slog.String("stack", panicked.Stack))
			response, err = nil, errors.New("process batch: panic: the log has the stack")
		}
	}()
	records, err := batch.Parse(payload)
	if err != nil {
		log.Error("the batch can't be read", slog.Any("error", err))
		return nil, err
	}
	p.config.Flags.Poke()
	fresh := p.freshFlags(ctx)
	in := p.begin(ctx, log, records)
	in.flagsFresh = fresh
	defer in.budget.close()
	defer p.config.Flags.Settle(in.budget.finish)
	in.decode()     // envelopes and claim checks, within memory
	in.applyFlags() // topics that are paused or dropped
	in.identify()   // one leader for each event of the batch
	in.validate()   // the topic's schema
	in.claim()      // one owner for each event
	in.deliver()    // downstream; completions as they come
	in.settle()     // complete, release, quarantine
	in.share()      // followers take their leader's outcome
	verdicts := in.respond()
	in.report()
	response, err = batch.Respond(records, verdicts)
	if err != nil {
		log.Error("the whole batch goes back to the queue", slog.Any("error", err))
		return nil, fmt.Errorf("process batch of %d: %w", len(records), err)
	}
	return response, nil
}

// freshFlags reports whether the flags in effect were read lately, and waits for that with up to a quarter of the time.
func (p *Processor) freshFlags(ctx context.Context) bool {
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(deadline)/4)
		defer cancel()
	}
	return p.config.Flags.Fresh(ctx)
}

// invocation is one batch on its way. Its fields belong to the goroutine of Invoke, where they don't say otherwise.
type invocation struct {
	processor *Processor
	config    *Config
	log       *slog.Logger
	started   time.Time
	budget    *budget
	messages  []message
	// flags are those in effect when the invocation began.
	flags *flags.Set[*schema.Registry]
	// flagsFresh is whether they were read lately. Old flags have no message acknowledged: see byFlags.
	flagsFresh bool
	memory     *memory
	// seeds is what jitter is drawn from.
	seeds    *rand.Rand
	attempt  *dedup.Attempt
	leaseEnd time.Time
	writes   *writes
	counts   counts
}

// counts are of what the outcomes don't tell.
type counts struct {
	stolen, renewed, fenced, coalesced int
	unknownTopics, schemaMismatches    int
}

func (p *Processor) begin(ctx context.Context, log *slog.Logger, records []batch.Record) *invocation {
	in := &invocation{
		processor: p,
		config:    &p.config,
		log:       log,
		started:   time.Now(),
		budget:    newBudget(ctx, p.config.DeadlineGuard),
		messages:  make([]message, len(records)),
		flags:     p.config.Flags.Current(),
		memory:    &memory{size: p.config.ExpansionBytes},
	}
	for i := range records {
		in.messages[i].record = &records[i]
	}
	random := p.config.Random
	owner := fmt.Sprintf("%016x%016x", random.Uint64(), random.Uint64())
	in.seeds = rand.New(rand.NewPCG(random.Uint64(), random.Uint64()))
	// The lease is written by the wall clock, which need not be the clock of the deadline.
	in.leaseEnd = p.config.Now().Add(time.Until(in.budget.deadline) + p.config.LeaseMargin)
	in.attempt = p.table.Attempt(owner, in.leaseEnd)
	in.writes = newWrites(in)
	return in
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
	safely.Do(func() { step(m) }, func(err error) { m.outcome = in.panicked(m, stage, err) })
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
func (in *invocation) panicked(m *message, stage Stage, err error) Outcome {
	attrs := []any{slog.String("messageId", m.record.MessageID), slog.String("stage", string(stage))}
	if panicked, ok := errors.AsType[*safely.PanicError](err); ok {
		attrs = append(attrs, slog.String("panic", panicked.Value), slog.String("stack", panicked.Stack))
	}
	in.log.Error("the handling of a message panicked", attrs...)
	return Outcome{Kind: Panicked, Stage: stage}
}
