package process

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/claim"
	"cc-eventbridge/function/deliver"
)

// Config is what a Processor must be told. New fills in Workers, DeadlineGuard and LeaseMargin where they are zero.
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
}

const (
	// DefaultWorkers suits a downstream that answers in tens of milliseconds: a batch of 100 takes four rounds.
	DefaultWorkers = 32
	// DefaultDeadlineGuard leaves time for one throttled and one good round trip each to DynamoDB and SQS.
	DefaultDeadlineGuard = 3 * time.Second
	// DefaultLeaseMargin covers Lambda's late kills (up to 0.7 s after the deadline have been seen) and clocks of
	// different hosts that are two seconds apart. Less than two seconds would not cover the kill and an ordinary skew.
	DefaultLeaseMargin = 3 * time.Second
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
	return c
}

// SQS is what the processor calls of SQS.
type SQS interface {
	SendMessageBatch(ctx context.Context, input *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(ctx context.Context, input *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Clients are the systems around a Processor. All must be safe for concurrent use.
type Clients struct {
	DynamoDB   claim.API
	SQS        SQS
	Downstream deliver.Downstream
}

// Option changes something about a Processor that production leaves alone.
type Option func(*Processor)

// WithClock sets the wall clock that readings written to and compared with the table are taken from. Timers and
// deadlines stay the time package's.
func WithClock(now func() time.Time) Option { return func(p *Processor) { p.now = now } }

// WithLogger sets where the processor logs to.
func WithLogger(log *slog.Logger) Option { return func(p *Processor) { p.log = log } }

// WithRand sets what owner tokens and jitter are drawn from. An invocation draws one seed at its start and nothing later.
func WithRand(source rand.Source) Option {
	return func(p *Processor) { p.random = &lockedSource{source: source} }
}
