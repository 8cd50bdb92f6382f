package dedup

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/internal/backoff"
)

const (
	// The waits between attempts at throttled or unanswered statements.
	waitBase  = 25 * time.Millisecond
	waitLimit = time.Second
)

// write is one statement on its way to a certain answer.
type write struct {
	index     int // of the caller's request
	key       string
	statement types.BatchStatementRequest
	// lost is true once an answer was lost: the write may have taken effect.
	lost bool
	// reading is true when the item must be read before anything is written.
	reading bool
	err     error
}

// rules say what the outcome of a write means to the caller.
type rules struct {
	// applied is called for a write that took effect.
	applied func(w *write)
	// found is called with the item that made a write's condition false. It reports whether w, which it may have given
	// another statement, is to be sent again.
	found func(w *write, item item, exists bool) bool
	// givenUp is called for a write whose outcome can't be had: refused, or attempts or time ran out.
	givenUp func(w *write)
}

// resolve takes writes to certain answers: sends them in batches, reads the items that are in the way in one
// go, sends what follows from them, and tries again what was throttled or not answered until attempts are used up or ctx
// ends.
func (t *Table) resolve(ctx context.Context, writes []*write, attempts int, seed uint64, rules rules) {
	waits := backoff.New(waitBase, waitLimit, seed)
	for attempt := 0; len(writes) > 0; attempt++ {
		var next, blocked []*write
		throttled := false
		for i, answer := range t.execute(ctx, sendable(writes, &blocked)) {
			w := writes[i]
			w.lost = w.lost || answer.lost
			w.err = answer.err
			switch answer.verdict {
			case applied:
				rules.applied(w)
			case conflicted:
				blocked = append(blocked, w)
			case again:
				throttled = true
				next = append(next, w)
			case refused:
				rules.givenUp(w)
			}
		}
		for i, answer := range t.readAll(ctx, blocked) {
			w := blocked[i]
			if w.reading = !answer.known; w.reading {
				throttled = true
				w.err = answer.err
				next = append(next, w)
			} else if rules.found(w, answer.item, answer.exists) {
				next = append(next, w)
			}
		}
		writes = next
		if len(writes) == 0 {
			return
		}
		// What follows from a read is sent at once, but only the first time: an item can change under every attempt.
		patient := throttled || attempt > 0
		if ctx.Err() != nil || attempt+1 >= attempts || patient && !waits.Wait(ctx, attempt) {
			break
		}
	}
	for _, w := range writes {
		rules.givenUp(w)
	}
}

// sendable moves the writes whose item must be read first from writes to blocked, and returns the others' statements in
// the order in which they now stand at the front of writes.
func sendable(writes []*write, blocked *[]*write) []types.BatchStatementRequest {
	statements := make([]types.BatchStatementRequest, 0, len(writes))
	for _, w := range writes {
		if w.reading {
			*blocked = append(*blocked, w)
			continue
		}
		writes[len(statements)] = w
		statements = append(statements, w.statement)
	}
	return statements
}

func (t *Table) readAll(ctx context.Context, blocked []*write) []found {
	if len(blocked) == 0 {
		return nil
	}
	keys := make([]string, len(blocked))
	for i, w := range blocked {
		keys[i] = w.key
	}
	return t.read(ctx, keys)
}
