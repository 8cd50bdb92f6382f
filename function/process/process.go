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
	"slices"
	"sync/atomic"
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
	memory     *memory
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
		policy:     visibility.Policy{MaxReceiveCount: config.MaxReceiveCount, MessageRetention: config.MessageRetention, VisibilityTimeout: config.QueueVisibilityTimeout},
		memory:     &memory{size: config.ExpansionBytes},
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
			log.Error("the handling of the batch panicked", panicAttrs(safely.Recovered(value))...)
			response, err = nil, errors.New("process batch: panic: the log has the stack")
		}
	}()
	records, err := batch.Parse(payload)
	if err != nil {
		log.Error("the batch can't be read", slog.Any("error", err))
		return nil, err
	}
	in := p.begin(ctx, log, records)
	defer in.budget.close()
	defer in.giveBack((*message).holdsMemory)
	defer p.config.Flags.Settle(in.budget.finish)
	for in.nextRound() { // one, unless messages have to wait for others of the batch
		in.decode()     // envelopes and claim checks, within memory
		in.applyFlags() // topics that are paused or dropped
		in.identify()   // one leader for each event of the batch
		in.validate()   // the topic's schema
		in.claim()      // one owner for each event; what is not known at once comes in during deliver
		in.deliver()    // downstream; completions as they come
		in.settle()     // complete, release, quarantine
	}
	in.share() // followers take their leader's outcome
	verdicts := in.respond()
	in.report()
	response, err = batch.Respond(records, verdicts)
	if err != nil {
		log.Error("the whole batch goes back to the queue", slog.Any("error", err))
		return nil, fmt.Errorf("process batch of %d: %w", len(records), err)
	}
	return response, nil
}

// readFlags takes the flags that are in effect now, and waits for a read of them with up to a quarter of the time where they are
// old.
func (in *invocation) readFlags() {
	in.config.Flags.Poke()
	ctx, cancel := context.WithTimeout(in.budget.work, in.budget.timeForWork()/4)
	defer cancel()
	in.flagsFresh = in.config.Flags.Fresh(ctx)
	if current := in.config.Flags.Current(); current != in.flags {
		in.flags = current
		in.giveBack((*message).holdsMemory) // by other flags a payload that was kept may not even be decoded
	}
}

// invocation is one batch on its way. Its fields belong to the goroutine of Invoke, where they don't say otherwise.
type invocation struct {
	processor *Processor
	config    *Config
	log       *slog.Logger
	started   time.Time
	budget    *budget
	messages  []message
	// round are the messages that are taken through the steps now. rounds and pauses count those until now.
	round          []*message
	rounds, pauses int
	// leaders are the messages that speak for an event, by its key.
	leaders map[string]*message
	// flags are those in effect when the round began.
	flags *flags.Set[*schema.Registry]
	// flagsFresh is whether they were read lately. Old flags have no message acknowledged: see byFlags.
	flagsFresh bool
	// crowded is true once a payload of the round had no memory: those behind it are not read in vain.
	crowded atomic.Bool
	// readTime is what is left of the time for reading payloads.
	readTime time.Duration
	// seeds is what jitter is drawn from.
	seeds    *rand.Rand
	attempt  *dedup.Attempt
	leaseEnd time.Time
	// decisions are the table's answers to the claims of the round, as they come. It is closed after the last one.
	decisions <-chan decision
	// claimsSent is true when every claim has been sent once and some are undecided: those of events that are taken.
	claimsSent bool
	writes     *writes
	counts     counts
}

// counts are of what the outcomes don't tell.
type counts struct {
	stolen, renewed, fenced, coalesced int
}

func (p *Processor) begin(ctx context.Context, log *slog.Logger, records []batch.Record) *invocation {
	in := &invocation{
		processor: p,
		config:    &p.config,
		log:       log,
		started:   time.Now(),
		budget:    newBudget(ctx, p.config.DeadlineGuard),
		messages:  make([]message, len(records)),
		round:     make([]*message, len(records)),
		leaders:   make(map[string]*message, len(records)),
	}
	in.writes = newWrites(in)
	for i := range records {
		in.messages[i] = message{record: &records[i], postponed: true}
		in.round[i] = &in.messages[i]
	}
	in.seeds = rand.New(rand.NewPCG(p.config.Random.Uint64(), p.config.Random.Uint64()))
	// The lease is written by the wall clock, which need not be the clock of the deadline.
	in.leaseEnd = p.config.Now().Add(time.Until(in.budget.deadline) + p.config.LeaseMargin)
	return in
}

// nextRound chooses the messages of the next round, and reports whether there are any: those that were postponed, which at first
// all are. By then the memory that the last round took is free again, and the fate of its leaders is known.
func (in *invocation) nextRound() bool {
	progress := in.rounds == 0 || slices.ContainsFunc(in.round, func(m *message) bool { return m.outcome.Kind != None })
	in.round = slices.DeleteFunc(in.round, func(m *message) bool { return !m.postponed })
	in.giveBack(in.mayGiveBack)
	if len(in.round) == 0 {
		return false
	}
	if !progress {
		in.pause()
	}
	in.readFlags()
	if in.rounds++; in.rounds == 1 {
		in.readTime = in.budget.timeForWork() / readShare
	}
	for _, m := range in.round {
		m.postponed = false
	}
	// Where there is no memory or time for all, those that have the fewest receives left come first. Those that wait for
	// another invocation come last: they would take the memory in vain, round after round.
	slices.SortStableFunc(in.round, func(a, b *message) int {
		switch aWaits, bWaits := a.elsewhere.Kind != None, b.elsewhere.Kind != None; {
		case aWaits == bWaits:
			return b.record.ReceiveCount - a.record.ReceiveCount
		case aWaits:
			return 1
		default:
			return -1
		}
	})
	in.crowded.Store(false)
	// An owner token of its own: a release of the round before that arrives late must not touch what is claimed now.
	in.attempt = in.processor.table.Attempt(fmt.Sprintf("%016x%016x", in.seeds.Uint64(), in.seeds.Uint64()), in.leaseEnd)
	return true
}

// giveBack gives back the memory of those messages.
func (in *invocation) giveBack(those func(*message) bool) {
	inTime := in.budget.work.Err() == nil // afterwards a delivery that was left behind may still read its event
	for i := range in.messages {
		if m := &in.messages[i]; those(m) {
			in.free(m, m.takes)
			if inTime {
				m.opened = decode.Opened{Path: m.opened.Path}
			}
		}
	}
}

// mayGiveBack reports whether a message's memory is free between rounds. One that waits for another invocation keeps its payload,
// unless there was no memory for others: reading it anew each time would use up the time for reading.
func (in *invocation) mayGiveBack(m *message) bool {
	waits := m.postponed && m.elsewhere.Kind != None
	return m.holdsMemory() && (!waits || in.crowded.Load())
}

// After a round that decided nothing, the next one waits for firstPause, then for twice as long each time, up to
// longestPause: what the messages wait for is in the hands of other invocations.
const (
	firstPause   = 250 * time.Millisecond
	longestPause = 4 * time.Second
)

// pause lets time pass in which others get on.
func (in *invocation) pause() {
	timer := time.NewTimer(min(firstPause<<min(in.pauses, 8), longestPause))
	defer timer.Stop()
	in.pauses++
	select {
	case <-timer.C:
	case <-in.budget.work.Done():
	}
}

// message is one message of the batch.
type message struct {
	record   *batch.Record
	opened   decode.Opened
	identity identify.Identity
	// leader is the message of the batch that carries the same event and came first; nil for that one itself.
	leader *message
	// postponed is true for a message that waits for the next round, at the start for the first one.
	postponed bool
	// takes is how much of the memory it has taken, in bytes.
	takes int
	// unknownTopic and mismatched say what came of its payload's validation.
	unknownTopic, mismatched bool
	// receives is the highest receive count of the messages that it is the leader of, itself included.
	receives int
	// elsewhere is the outcome of a message that looks once more whether its event is still in progress elsewhere.
	elsewhere Outcome
	// claiming is true while the table is asked for the event's claim.
	claiming bool
	// held is true while the invocation holds the event's claim, or may hold it, and owes it a completion or release.
	held    bool
	outcome Outcome
}

// holdsMemory reports whether a message has taken memory for its payload.
func (m *message) holdsMemory() bool { return m.takes > 0 }

// undecided reports whether a message is still on its way. Followers wait for what becomes of their leader.
func (m *message) undecided() bool { return m.outcome.Kind == None && m.leader == nil && !m.postponed }

// each takes the undecided messages of the round through one step, in order. When the time for work is over, those that are
// left wait for another invocation.
func (in *invocation) each(stage Stage, step func(*message)) {
	for _, m := range in.round {
		if m.undecided() && in.inTime(m, stage) {
			in.guard(m, stage, step)
		}
	}
}

// inTime reports whether there is still time for work. If not, the message has not been started.
func (in *invocation) inTime(m *message, stage Stage) bool {
	if in.budget.work.Err() == nil {
		return true
	}
	m.notStarted(stage)
	return false
}

// notStarted leaves a message for another invocation for want of time.
func (m *message) notStarted(stage Stage) {
	if m.outcome = m.elsewhere; m.outcome.Kind == None {
		m.outcome = Outcome{Kind: NotStarted, Stage: stage}
	}
}

// guard takes one message through a step, so that a panic in it is that message's alone.
func (in *invocation) guard(m *message, stage Stage, step func(*message)) {
	safely.Do(func() { step(m) }, func(err error) { m.outcome = in.panicked(m, stage, err) })
}

// which are the messages of the round that something is true of.
func (in *invocation) which(is func(m *message) bool) []*message {
	var messages []*message
	for _, m := range in.round {
		if is(m) {
			messages = append(messages, m)
		}
	}
	return messages
}

// panicked logs a panic and returns the outcome of the message in whose handling it happened.
func (in *invocation) panicked(m *message, stage Stage, err error) Outcome {
	attrs := []any{slog.String("messageId", m.record.MessageID), slog.String("stage", string(stage))}
	in.log.Error("the handling of a message panicked", append(attrs, panicAttrs(err)...)...)
	return Outcome{Kind: Panicked, Stage: stage}
}

// panicAttrs is what the log says of a panic.
func panicAttrs(err error) []any {
	panicked, ok := errors.AsType[*safely.PanicError](err)
	if !ok {
		return nil
	}
	return []any{slog.String("panic", panicked.Value), slog.String("stack", panicked.Stack)}
}
