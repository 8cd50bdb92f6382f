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
	// maxFetchers is how many payloads are read from the bucket at a time, less where the function has little memory: each
	// may be as large as a payload can be, beside those that have been read.
	maxFetchers = 4
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
		slots = make(chan struct{}, min(max(in.config.ExpansionBytes/in.config.MaximumPayloadBytes, 1), maxFetchers))
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
	switch {
	case in.outOfTime(m, outcome.Fetch):
		return
	case ctx.Err() != nil:
		m.outcome = transient(outcome.Fetch, errNoTime)
		return
	case in.room.full():
		m.outcome = transient(outcome.Fetch, errNoRoom)
		return
	}
	object, err := in.clients.Payloads.Read(ctx, m.opened.ClaimCheck.Key, in.config.MaximumPayloadBytes)
	if err != nil {
		m.outcome = transient(outcome.Fetch, fmt.Errorf("read claim check: %w", err))
		if unreadable, ok := errors.AsType[*payload.Error](err); ok {
			m.outcome = permanent(outcome.Fetch, unreadable.Reason, err)
		}
		return
	}
	if !in.room.take(len(object)) {
		m.outcome = transient(outcome.Fetch, errNoRoom)
		return
	}
	in.resume(m, object)
	if m.outcome.Kind != outcome.None {
		in.room.giveBack(len(object))
	}
}

// resume opens what a claim check pointed to, one at a time: parsing takes several times the memory of what is parsed.
func (in *invocation) resume(m *message, object []byte) {
	in.parsing.Lock()
	defer in.parsing.Unlock()
	opened, err := in.reader.Resume(m.opened, object, in.flags.Decoder)
	in.opened(m, opened, err)
}

var errNoTime = errors.New("reading the payloads of the batch took all the time there is for it")
