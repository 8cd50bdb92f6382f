package deliver

import (
	"context"
	"log/slog"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/event"
)

// Log is the downstream of a stack that has none yet: it logs which events would be delivered.
type Log struct{ log *slog.Logger }

// NewLog returns a downstream that logs.
func NewLog(log *slog.Logger) *Log { return &Log{log: log} }

// Deliver logs the hash of the event's identity, which may have an id of the payload in it, and its type, never its payload:
// that is personal data.
func (l *Log) Deliver(ctx context.Context, delivery Delivery) error {
	if l.log.Enabled(ctx, slog.LevelInfo) {
		l.log.LogAttrs(ctx, slog.LevelInfo, "event",
			slog.String(contract.TableKey, event.Logged(delivery.IdempotencyKey)),
			slog.String("type", delivery.Event.LoggedType()),
			slog.String("messageId", delivery.MessageID))
	}
	return nil
}

func openLog(_ contract.Target, env Environment) (Downstream, error) { return NewLog(env.Log), nil }
