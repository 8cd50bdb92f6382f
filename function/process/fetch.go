package process

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cc-eventbridge/function/outcome"
	"cc-eventbridge/function/payload"
)

const (
	// fetchers is how many payloads are read from the bucket at a time. They are large by nature: more of them at a time
	// would take memory rather than save time.
	fetchers = 4
	// fetchShare is the part of the time for work that reading payloads may take in all. A bucket that hangs must leave the
	// messages beside it time to be delivered.
	fetchShare = 3
)

// Payloads reads what claim checks point to. Its errors are permanent when they are a *payload.Error.
type Payloads interface {
	// Read returns the object under a key of the payload bucket, of up to limit bytes.
	Read(ctx context.Context, key string, limit int) ([]byte, error)
}

// fetch reads the payloads that lie in the bucket and opens what is in them.
func (in *invocation) fetch(elsewhere []*message) {
	if len(elsewhere) == 0 {
		return
	}
	deadline, _ := in.budget.work.Deadline()
	ctx, cancel := context.WithTimeout(in.budget.work, time.Until(deadline)/fetchShare)
	defer cancel()
	var (
		work  sync.WaitGroup
		slots = make(chan struct{}, fetchers)
	)
	for _, m := range elsewhere {
		slots <- struct{}{}
		work.Go(func() {
			defer func() { <-slots }()
			in.guarded(m, outcome.Fetch, func() { in.fetchOne(ctx, m) })
		})
	}
	work.Wait()
}

func (in *invocation) fetchOne(ctx context.Context, m *message) {
	if ctx.Err() != nil {
		m.outcome = outcome.Outcome{Kind: outcome.NotStarted, Stage: outcome.Fetch}
		return
	}
	// Reserved as a whole before it is read, since four of them come in at a time.
	limit := in.config.MaximumPayloadBytes
	if !in.room.take(limit) {
		m.outcome = outcome.Outcome{Kind: outcome.NotStarted, Stage: outcome.Fetch, Err: errNoRoom}
		return
	}
	object, err := in.clients.Payloads.Read(ctx, m.opened.Pointer.Key, limit)
	in.room.giveBack(limit - len(object))
	if err != nil {
		m.outcome = transient(outcome.Fetch, fmt.Errorf("read claim check: %w", err))
		if missing, ok := errors.AsType[*payload.Error](err); ok {
			m.outcome = permanent(outcome.Fetch, missing.Reason, err)
		}
		return
	}
	opened, err := in.reader.Resume(m.opened, object, in.flags.Decoder)
	in.opened(m, opened, err)
}
