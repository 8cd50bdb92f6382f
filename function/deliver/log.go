package deliver

import (
	"context"
	"log/slog"

	"cc-eventbridge/function/contract"
)

// Log is the downstream of a stack that has none yet: it logs which events would be delivered.
type Log struct{ log *slog.Logger }

// NewLog returns a downstream that logs.
func NewLog(log *slog.Logger) *Log { return &Log{log: log} }

// Deliver logs the event's identity and type, never its payload, which is personal data.
func (l *Log) Deliver(ctx context.Context, delivery Delivery) error {
	if l.log.Enabled(ctx, slog.LevelInfo) {
		l.log.LogAttrs(ctx, slog.LevelInfo, "event",
			slog.String(contract.TableKey, delivery.IdempotencyKey),
			slog.String("type", delivery.Event.ShortType()),
			slog.String("messageId", delivery.MessageID))
	}
	return nil
}
