// Package backoff waits between attempts at a call.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

// attemptTime is what an attempt needs at the least: a call that DynamoDB or SQS answers quickly.
const attemptTime = 50 * time.Millisecond

// Backoff waits longer with every attempt, with full jitter so that callers which failed together do not return
// together. It is for one goroutine.
type Backoff struct {
	base, limit time.Duration
	random      *rand.Rand
}

// New returns a back-off whose waits are up to base, then doubled with every attempt, up to limit. The same seed gives the
// same waits.
func New(base, limit time.Duration, seed uint64) *Backoff {
	return &Backoff{base: base, limit: limit, random: rand.New(rand.NewPCG(seed, 0))}
}

// Wait waits before the attempt that follows attempt (counted from 0), a shorter time where ctx would end before. It
// reports false when ctx has ended, or leaves no time for an attempt.
func (b *Backoff) Wait(ctx context.Context, attempt int) bool {
	ceiling := b.limit
	if attempt < 30 {
		ceiling = min(b.base<<attempt, b.limit)
	}
	wait := time.Duration(b.random.Int64N(int64(ceiling))) + time.Millisecond
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline) - attemptTime
		if left <= 0 {
			return false
		}
		wait = min(wait, left)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
