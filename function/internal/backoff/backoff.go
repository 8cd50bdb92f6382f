// Package backoff waits between attempts at a call.
package backoff

import (
	"context"
	"math/rand/v2"
	"time"
)

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

// Wait waits before the attempt that follows attempt (counted from 0). It reports false, at once, when ctx has ended or
// would end before the wait is over.
func (b *Backoff) Wait(ctx context.Context, attempt int) bool {
	ceiling := b.limit
	if attempt < 30 {
		ceiling = min(b.base<<attempt, b.limit)
	}
	wait := time.Duration(b.random.Int64N(int64(ceiling))) + time.Millisecond
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
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
