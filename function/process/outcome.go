package process

import (
	"context"
	"log/slog"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/metrics"
)

// Kind is what became of a message.
type Kind uint8

// What becomes of a message. The zero value is none of them: a message that still has it must not be acknowledged.
const (
	None Kind = iota
	// Delivered: new, delivered downstream and recorded as completed.
	Delivered
	// Duplicate: of an event that was completed before, or that another message of this batch carries.
	Duplicate
	// InProgressElsewhere: of an event that another invocation is acting on. VisibleAt is when its lease ends.
	InProgressElsewhere
	// Transient: a failure that may be gone after a while, RetryAfter if the downstream said so.
	Transient
	// Permanent: a failure that would come again. The message is on its way to the validation queue.
	Permanent
	// Quarantined: the message is in the validation queue.
	Quarantined
	// NotStarted: the deadline came too near.
	NotStarted
	// Panicked: the handling of the message panicked.
	Panicked
	// Paused: of a topic that an operator has paused. It fails and waits long.
	Paused
	// Dropped: of a topic that an operator has given up, or of a route that has no targets. It is counted and acknowledged.
	Dropped
)

const numKinds = int(Dropped) + 1

// reported are all outcomes that a message can end with, in the order in which the log has them.
var reported = [...]Kind{Delivered, Duplicate, InProgressElsewhere, Transient, Quarantined, NotStarted, Panicked, Paused, Dropped}

// String is the outcome's name in logs and counts.
func (k Kind) String() string {
	switch k {
	case Delivered:
		return "delivered"
	case Duplicate:
		return "duplicate"
	case InProgressElsewhere:
		return "inProgressElsewhere"
	case Transient:
		return "transient"
	case Permanent:
		return "permanent"
	case Quarantined:
		return "quarantined"
	case NotStarted:
		return "notStarted"
	case Panicked:
		return "panicked"
	case Paused:
		return "paused"
	case Dropped:
		return "dropped"
	default:
		return "none"
	}
}

// Stage is the step of the flow that decided an outcome.
type Stage string

// The steps that can decide.
const (
	Decode     Stage = "decode"
	Fetch      Stage = "fetch"
	Identify   Stage = "identify"
	Validate   Stage = "validate"
	ByRoute    Stage = "route"
	Claim      Stage = "claim"
	Deliver    Stage = "deliver"
	Complete   Stage = "complete"
	Quarantine Stage = "quarantine"
)

// Outcome is what became of a message, and what the queue needs to know about it.
type Outcome struct {
	Kind  Kind
	Stage Stage
	// Reason is the short, stable name of a permanent failure, or of a transient one that is a target's.
	Reason string
	// Path is where in its schema a payload failed; empty for any other reason.
	Path       string
	RetryAfter time.Duration
	// VisibleAt is when a claim that is in the message's way ends; zero where there is none.
	VisibleAt time.Time
	Err       error
}

// permanent is a failure that would come again with the same message.
func permanent(stage Stage, reason string, err error) Outcome {
	return Outcome{Kind: Permanent, Stage: stage, Reason: reason, Err: err}
}

// transient is a failure that may be gone after a while.
func transient(stage Stage, err error) Outcome {
	return Outcome{Kind: Transient, Stage: stage, Err: err}
}

// report logs one line for each message that was not simply done with, and one for the invocation.
func (in *invocation) report() {
	ctx := context.Background()
	var (
		counted                         [numKinds]int
		schemaMismatches, unknownTopics int
		brokenTargets                   int
	)
	for i := range in.messages {
		m := &in.messages[i]
		counted[m.outcome.Kind]++
		if m.mismatched {
			schemaMismatches++
		}
		if m.unknownTopic {
			unknownTopics++
		}
		if m.outcome.Kind == Transient && deliver.NeedsRepair(m.outcome.Reason) {
			brokenTargets++
		}
		switch m.outcome.Kind {
		case Quarantined:
			in.log.LogAttrs(ctx, slog.LevelWarn, "message quarantined", in.about(m)...)
		case Transient, NotStarted, InProgressElsewhere, Panicked:
			in.log.LogAttrs(ctx, slog.LevelWarn, "message failed", in.about(m)...)
		case None, Permanent:
			// Left undecided by a fault of this program: the whole batch goes back to the queue.
			in.log.LogAttrs(ctx, slog.LevelError, "message without outcome", in.about(m)...)
		case Delivered, Duplicate, Paused, Dropped: // counted
		}
	}
	in.config.Metrics.Write(in.config.Now(),
		metrics.Count{Name: contract.MetricQuarantined, Value: counted[Quarantined]},
		metrics.Count{Name: contract.MetricDuplicates, Value: counted[Duplicate]},
		metrics.Count{Name: contract.MetricNeverRun, Value: counted[NotStarted]},
		metrics.Count{Name: contract.MetricBrokenTargets, Value: brokenTargets},
		metrics.Count{Name: contract.MetricSchemaMismatches, Value: schemaMismatches},
		metrics.Count{Name: contract.MetricUnknownTopics, Value: unknownTopics},
		metrics.Count{Name: contract.MetricPaused, Value: counted[Paused]},
		metrics.Count{Name: contract.MetricDropped, Value: counted[Dropped]})
	if !in.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	attrs := []slog.Attr{slog.Int("messages", len(in.messages)), slog.Int("rounds", in.rounds)}
	for _, kind := range reported {
		attrs = append(attrs, slog.Int(kind.String(), counted[kind]))
	}
	attrs = append(attrs,
		slog.Int("schemaMismatches", schemaMismatches),
		slog.Int("unknownTopics", unknownTopics),
		slog.Int("coalesced", in.counts.coalesced),
		slog.Int("stolen", in.counts.stolen),
		slog.Int("renewed", in.counts.renewed),
		slog.Int("fenced", in.counts.fenced),
		slog.Float64("milliseconds", float64(time.Since(in.started).Microseconds())/1000))
	in.log.LogAttrs(ctx, slog.LevelInfo, "batch", attrs...)
}

// about says what can be said of a message without its contents.
func (in *invocation) about(m *message) []slog.Attr {
	attrs := []slog.Attr{
		slog.String("messageId", m.record.MessageID),
		slog.String("outcome", m.outcome.Kind.String()),
		slog.String("stage", string(m.outcome.Stage)),
		slog.Int("receiveCount", m.record.ReceiveCount),
	}
	if m.outcome.Reason != "" {
		attrs = append(attrs, slog.String("reason", m.outcome.Reason))
	}
	if m.outcome.Path != "" {
		attrs = append(attrs, slog.String("schemaPath", m.outcome.Path))
	}
	if m.route != nil && m.route.Name != "" {
		attrs = append(attrs, slog.String("route", m.route.Name))
	}
	if path := string(m.opened.Path); path != "" {
		attrs = append(attrs, slog.String("envelopes", path))
	}
	if m.outcome.Err != nil {
		attrs = append(attrs, slog.String("error", m.outcome.Err.Error()))
	}
	return attrs
}
