package process

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/visibility"
)

// heartbeatFraction is the part of the visibility timeout after which it is renewed: a beat may fail once and be made up
// for by the next. Where the visibility timeout is as AWS advises, six times the function's, there is never a beat.
const heartbeatFraction = 3

// heartbeat keeps the messages of the batch invisible and their leases alive while deliveries take long.
type heartbeat struct {
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// startHeartbeat beats until it is stopped. A beat renews visibility and writes the lease again, which outlives the
// invocation from the start; a delivery whose lease turns out to be lost is cancelled, because someone else is about to
// make it.
func (in *invocation) startHeartbeat(running *running) *heartbeat {
	ctx, cancel := context.WithCancel(in.budget.work)
	beat := &heartbeat{cancel: cancel}
	interval := in.config.QueueVisibilityTimeout / heartbeatFraction
	if deadline, _ := ctx.Deadline(); interval <= 0 || time.Until(deadline) <= interval {
		return beat
	}
	seed := in.random.Uint64()
	beat.done.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
				// After a long beat both may be ready, and then either case is taken.
				if ctx.Err() == nil {
					in.beat(ctx, running, seed)
				}
			}
		}
	})
	return beat
}

// stop stops the heartbeat and waits for a beat under way: a visibility that it sets after a back-off was set would
// undo the back-off.
func (h *heartbeat) stop() {
	h.cancel()
	h.done.Wait()
}

func (in *invocation) beat(ctx context.Context, running *running, seed uint64) {
	keys := running.keys()
	for i, err := range in.attempt.Extend(ctx, keys, in.leaseEnd, seed) {
		switch {
		case errors.Is(err, dedup.ErrLost):
			running.cancel(keys[i], err)
		case err != nil:
			in.log.Warn("a lease was not extended", slog.Any("error", err))
		}
	}
	if ctx.Err() != nil {
		return
	}
	// Messages that are done stay in the queue, too, until the response has been returned.
	changes := make([]visibility.Change, 0, len(in.messages))
	for i := range in.messages {
		changes = append(changes, visibility.Change{
			ReceiptHandle: in.messages[i].record.ReceiptHandle,
			Wait:          in.config.QueueVisibilityTimeout,
		})
	}
	if err := visibility.Apply(ctx, in.clients.SQS, in.config.IngestionQueueURL, changes); err != nil {
		in.log.Warn("the visibility of messages under way was not extended", slog.Any("error", err))
	}
}
