package process

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/metrics"
	"cc-eventbridge/function/quarantine"
	"cc-eventbridge/function/schema"
)

// Config is what a Processor must be told. New fills in Workers and what follows it where it is zero.
type Config struct {
	TableName          string
	IngestionQueueURL  string
	ValidationQueueURL string
	// DedupRetention is how long a record of an event is kept, and so how late a duplicate is still recognized.
	DedupRetention time.Duration
	// QueueVisibilityTimeout, MessageRetention and MaxReceiveCount are the ingestion queue's.
	QueueVisibilityTimeout time.Duration
	MessageRetention       time.Duration
	MaxReceiveCount        int
	// Workers is how many events of a batch are delivered at a time.
	Workers int
	// DeadlineGuard is the time before the invocation's deadline from which on nothing new starts: it is there for
	// writing down what has happened.
	DeadlineGuard time.Duration
	// LeaseMargin is how long a claim outlives the invocation's deadline.
	LeaseMargin time.Duration
	// Pointers says which claim checks are followed. The zero value follows none.
	Pointers decode.ClaimCheckRules
	// MaximumPayloadBytes bounds what one message expands to, decompressed or read from the payload bucket.
	MaximumPayloadBytes int
	// ExpansionBytes bounds what the messages of a batch expand to together. Those beyond it are not started.
	ExpansionBytes int
}

const (
	// DefaultWorkers suits a downstream that answers in tens of milliseconds: a batch of 100 takes four rounds.
	DefaultWorkers = 32
	// DefaultDeadlineGuard leaves time for one throttled and one good round trip each to DynamoDB and SQS.
	DefaultDeadlineGuard = 3 * time.Second
	// DefaultLeaseMargin covers Lambda's late kills (up to 0.7 s after the deadline have been seen) and clocks of
	// different hosts that are two seconds apart. Less than two seconds would not cover the kill and an ordinary skew.
	DefaultLeaseMargin = 3 * time.Second
	// DefaultMaximumPayloadBytes is far above the largest events that Genesys Cloud is known to send.
	DefaultMaximumPayloadBytes = 16 << 20
	// DefaultExpansionBytes holds four of the largest payloads.
	DefaultExpansionBytes = 4 * DefaultMaximumPayloadBytes
)

func (c Config) withDefaults() Config {
	if c.Workers <= 0 {
		c.Workers = DefaultWorkers
	}
	if c.DeadlineGuard <= 0 {
		c.DeadlineGuard = DefaultDeadlineGuard
	}
	if c.LeaseMargin == 0 {
		c.LeaseMargin = DefaultLeaseMargin
	}
	if c.MaximumPayloadBytes <= 0 {
		c.MaximumPayloadBytes = DefaultMaximumPayloadBytes
	}
	if c.ExpansionBytes <= 0 {
		c.ExpansionBytes = DefaultExpansionBytes
	}
	return c
}

// SQS is what the processor calls of SQS.
type SQS interface {
	SendMessageBatch(ctx context.Context, input *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(ctx context.Context, input *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Flags are what operators change while the function runs.
type Flags interface {
	// Current returns the flags in effect, at once.
	Current() *flags.Set[*schema.Registry]
	// Poke has them read anew beside the work, if that is due.
	Poke()
	// Settle lets a read that is under way end before Lambda freezes the process.
	Settle(ctx context.Context)
}

// Clients are the systems around a Processor. All must be safe for concurrent use.
type Clients struct {
	DynamoDB   dedup.API
	SQS        SQS
	Downstream deliver.Downstream
	// Payloads is the payload bucket; nil where there is none, and then Config.Pointers must follow no claim check.
	Payloads Payloads
	// Oversize takes the bodies of messages that are too large for the validation queue; it may be nil.
	Oversize quarantine.Store
	// Flags are the built-in defaults where it is nil.
	Flags Flags
}

// Option changes something about a Processor that production leaves alone.
type Option func(*Processor)

// WithClock sets the wall clock that readings written to and compared with the table are taken from. Timers and
// deadlines stay the time package's.
func WithClock(now func() time.Time) Option { return func(p *Processor) { p.now = now } }

// WithLogger sets where the processor logs to.
func WithLogger(log *slog.Logger) Option { return func(p *Processor) { p.log = log } }

// WithMetrics sets where metrics are written to; nowhere without it.
func WithMetrics(writer *metrics.Writer) Option { return func(p *Processor) { p.metrics = writer } }

// WithRand sets what owner tokens and jitter are drawn from. An invocation draws one seed at its start and nothing later.
func WithRand(source rand.Source) Option {
	return func(p *Processor) { p.random = &lockedSource{source: source} }
}
