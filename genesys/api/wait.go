package api

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	// firstPause and lastPause bound the exponential back-off after a failure that names no time of its own.
	firstPause = 500 * time.Millisecond
	lastPause  = 15 * time.Second
	// rateWindow is Genesys's rate limit window: 300 requests a minute and token (developer.genesys.cloud, "Rate
	// limits"). It is waited out where a 429 names no time.
	rateWindow = time.Minute
	// maxJitter spreads those who wait for the same moment.
	maxJitter = 500 * time.Millisecond
)

// Pause waits, unless ctx would end before: then it says so at once instead of using up the time.
func Pause(ctx context.Context, d time.Duration, why string) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return fmt.Errorf("%s for %v, which is longer than this operation may still take (%v): %w",
			why, d.Round(time.Millisecond), time.Until(deadline).Round(time.Millisecond), context.DeadlineExceeded)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", why, context.Cause(ctx))
	case <-timer.C:
		return nil
	}
}

// backOff is the pause after the n-th failure in a row, counted from 0.
func backOff(n int) time.Duration {
	full := min(lastPause, firstPause<<min(n, 10))
	return full/2 + rand.N(full/2) // spreads load, guards nothing
}

// retryAfter is how long a 503 asks to wait, as far as that is longer than the pause after the n-th failure in a row.
func retryAfter(h http.Header, n int) time.Duration {
	asked, _ := retryHeader(h)
	return max(asked, backOff(n))
}

// retryHeader reads Retry-After, which is in seconds or a date.
func retryHeader(h http.Header) (time.Duration, bool) {
	if asked, ok := seconds(h.Get("Retry-After")); ok {
		return asked, true
	}
	at, err := http.ParseTime(h.Get("Retry-After"))
	return max(0, time.Until(at)), err == nil
}

// rateLimited is how long a 429 asks to wait: Retry-After, else inin-ratelimit-reset in seconds.
func rateLimited(h http.Header) time.Duration {
	wait := rateWindow
	if asked, ok := retryHeader(h); ok {
		wait = asked
	} else if asked, ok := seconds(h.Get("Inin-Ratelimit-Reset")); ok {
		wait = asked
	}
	return wait + rand.N(maxJitter) // spreads load, guards nothing
}

// maxSeconds keeps a nonsensical header from overflowing a duration.
const maxSeconds = 30 * 24 * 60 * 60

func seconds(text string) (time.Duration, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	return time.Duration(min(n, maxSeconds)) * time.Second, true
}
