package process

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/metrics"
	"cc-eventbridge/function/quarantine"
	"cc-eventbridge/function/schema"
	"cc-eventbridge/function/visibility"
)

// Config is what a Processor works with. All clients must be safe for concurrent use.
type Config struct {
	DynamoDB dedup.API
	SQS      SQS
	// Downstream gets every event. It is nil where Routes say what goes where.
	Downstream deliver.Downstream
	// Routes are looked through in order: the first that matches an event's topic is its route. The last one matches all.
	Routes []Route
	// Payloads is the payload bucket; nil where there is none, and then ClaimChecks must follow no claim check.
	Payloads Payloads
	// Oversize takes the bodies of messages that are too large for the validation queue; it may be nil.
	Oversize quarantine.Store

	TableName          string
	IngestionQueueURL  string
	ValidationQueueURL string
	// DedupRetention is how long a record of an event is kept, and so how late a duplicate is still recognized.
	DedupRetention time.Duration
	// QueueVisibilityTimeout, MessageRetention and MaxReceiveCount are the ingestion queue's.
	QueueVisibilityTimeout time.Duration
	MessageRetention       time.Duration
	MaxReceiveCount        int
	// ClaimChecks says which claim checks are followed. The zero value follows none.
	ClaimChecks decode.ClaimCheckRules

	// What follows has a default, which New takes where the value is zero.

	// Flags are the built-in defaults where it is nil.
	Flags Flags
	// Workers is how many events of a batch are delivered at a time, MaxWorkers how many where the time would not do otherwise.
	Workers, MaxWorkers int
	// DeadlineGuard is the time before the invocation's deadline from which on nothing new starts: it is there for
	// writing down what has happened.
	DeadlineGuard time.Duration
	// LeaseMargin is how long a claim outlives the invocation's deadline.
	LeaseMargin time.Duration
	// MaximumPayloadBytes bounds what one message expands to, decompressed or read from the payload bucket.
	MaximumPayloadBytes int
	// ExpansionBytes bounds what the messages of a batch expand to together. Those beyond it are not started.
	ExpansionBytes int
	// Log is slog's default. Metrics goes nowhere without a writer.
	Log     *slog.Logger
	Metrics *metrics.Writer
	// Now is the wall clock, from which readings that are written to the table, and compared with it, are taken. Timers and
	// deadlines are the time package's.
	Now func() time.Time
	// Random is what owner tokens and jitter are drawn from: an invocation draws two values at its start. New makes
	// it safe for concurrent use. The operating system's by default: tokens must not repeat between processes started from
	// one image.
	Random rand.Source
}

// The defaults. The first three are what the stack's rules are made from as well; package contract says why they are so.
const (
	DefaultWorkers       = contract.Deliveries
	DefaultMaxWorkers    = contract.MostDeliveries
	DefaultDeadlineGuard = contract.DeadlineGuard
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
	if c.MaxWorkers <= 0 {
		c.MaxWorkers = max(DefaultMaxWorkers, c.Workers)
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
	if len(c.Routes) == 0 {
		c.Routes = []Route{{Targets: []Target{{Downstream: c.Downstream}}}}
	}
	if c.Flags == nil {
		builtIn := schema.New()
		c.Flags = flags.New(nil, flags.Set[*schema.Registry]{Document: flags.Default(), Registry: builtIn}, builtIn.With)
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Random == nil {
		c.Random = systemSource{}
	} else {
		c.Random = &lockedSource{source: c.Random}
	}
	return c
}

// Route is where the events of some topics go.
type Route struct {
	// Name is for logs; empty for the only route of a stack that has no others.
	Name string
	// Topics are patterns, as contract.MatchTopic has them. None matches every topic.
	Topics []string
	// Targets are where an event goes, to each of them. None drops it.
	Targets []Target
}

// Target is where an event goes.
type Target struct {
	// Name is what records call it; no two targets have the same. It may be empty where a route has no other.
	Name       string
	Downstream deliver.Downstream
}

// SQS is what the processor calls of SQS.
type SQS interface {
	quarantine.API
	visibility.API
}

// Payloads reads what claim checks point to. Its errors are permanent when they are a *payload.Error.
type Payloads interface {
	// Read returns the object under a key of the payload bucket, of up to limit bytes.
	Read(ctx context.Context, key string, limit int) ([]byte, error)
}

// Flags are what operators change while the function runs.
type Flags interface {
	// Current returns the flags in effect, at once.
	Current() *flags.Set[*schema.Registry]
	// Poke has them read anew beside the work, if that is due.
	Poke()
	// Fresh reports whether the flags in effect were read lately; where they were not, it waits for that read, bounded.
	Fresh(ctx context.Context) bool
	// Settle lets a read that is under way end before Lambda freezes the process.
	Settle(ctx context.Context)
}

type systemSource struct{}

func (systemSource) Uint64() uint64 {
	var b [8]byte
	_, _ = crand.Read(b[:]) // never fails: it ends the process instead
	return binary.NativeEndian.Uint64(b[:])
}

type lockedSource struct {
	mutex  sync.Mutex
	source rand.Source
}

func (s *lockedSource) Uint64() uint64 {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.source.Uint64()
}
