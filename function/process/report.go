package process

import (
	"context"
	"log/slog"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/metrics"
)

// report logs one line for each message that was not simply done with, and one for the invocation.
func (in *invocation) report() {
	ctx := context.Background()
	var counted [numKinds]int
	for i := range in.messages {
		m := &in.messages[i]
		counted[m.outcome.Kind]++
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
		metrics.Count{Name: contract.MetricSchemaMismatches, Value: in.counts.schemaMismatches},
		metrics.Count{Name: contract.MetricUnknownTopics, Value: in.counts.unknownTopics},
		metrics.Count{Name: contract.MetricPaused, Value: counted[Paused]},
		metrics.Count{Name: contract.MetricDropped, Value: counted[Dropped]})
	if !in.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	attrs := []slog.Attr{slog.Int("messages", len(in.messages))}
	for _, kind := range reported {
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
	if trail := string(m.opened.Trail); trail != "" {
		attrs = append(attrs, slog.String("envelopes", trail))
	}
	if m.outcome.Err != nil {
		attrs = append(attrs, slog.String("error", m.outcome.Err.Error()))
	}
	return attrs
}
