package process

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"cc-eventbridge/function/metrics"
	"cc-eventbridge/function/outcome"
)

// invocationLog is the log of one invocation: every line has its request id.
func (p *Processor) invocationLog(ctx context.Context) *slog.Logger {
	if lambda, ok := lambdacontext.FromContext(ctx); ok {
		return p.log.With(slog.String("requestId", lambda.AwsRequestID))
	}
	return p.log
}

// report logs one line for each message that was not simply done with, and one for the invocation.
func (in *invocation) report() {
	ctx := context.Background()
	var counted [len(outcome.Kinds) + 2]int
	for i := range in.messages {
		m := &in.messages[i]
		counted[m.outcome.Kind]++
		switch m.outcome.Kind {
		case outcome.Quarantined:
			in.log.LogAttrs(ctx, slog.LevelWarn, "message quarantined", in.about(m)...)
		case outcome.Transient, outcome.NotStarted, outcome.InProgressElsewhere, outcome.Panicked:
			in.log.LogAttrs(ctx, slog.LevelWarn, "message failed", in.about(m)...)
		case outcome.None, outcome.Permanent:
			// Left undecided by a fault of this program: the whole batch goes back to the queue.
			in.log.LogAttrs(ctx, slog.LevelError, "message without outcome", in.about(m)...)
		case outcome.Delivered, outcome.Duplicate, outcome.Paused, outcome.Dropped: // counted
		}
	}
	in.metrics.Write(in.now(),
		metrics.Count{Name: metrics.QuarantinedMessages, Value: counted[outcome.Quarantined]},
		metrics.Count{Name: metrics.SchemaMismatches, Value: in.counts.schemaMismatches},
		metrics.Count{Name: metrics.UnknownTopics, Value: in.counts.unknownTopics},
		metrics.Count{Name: metrics.PausedEvents, Value: counted[outcome.Paused]},
		metrics.Count{Name: metrics.DroppedEvents, Value: counted[outcome.Dropped]})
	if !in.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	attrs := []slog.Attr{slog.Int("messages", len(in.messages))}
	for _, kind := range outcome.Kinds {
		attrs = append(attrs, slog.Int(kind.String(), counted[kind]))
	}
	attrs = append(attrs,
		slog.Int("schemaMismatches", in.counts.schemaMismatches),
		slog.Int("unknownTopics", in.counts.unknownTopics),
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
	if path := string(m.opened.Path); path != "" {
		attrs = append(attrs, slog.String("envelopes", path))
	}
	if m.outcome.Err != nil {
		attrs = append(attrs, slog.String("error", m.outcome.Err.Error()))
	}
	return attrs
}

// panicked logs a panic and returns the outcome of the message in whose handling it happened.
func (in *invocation) panicked(stage outcome.Stage, messageID string, value any, stack []byte) outcome.Outcome {
	in.log.Error("the handling of a message panicked",
		slog.String("messageId", messageID), slog.String("stage", string(stage)),
		slog.String("panic", describe(value)), slog.String("stack", string(stack)))
	return outcome.Outcome{Kind: outcome.Panicked, Stage: stage}
}

// describe names a panic's value. Only the runtime's own are known to hold nothing of a message's contents.
func describe(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a value of type %T", value)
}
