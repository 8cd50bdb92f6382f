// Package visibility decides when a failed message is received again, and tells the queue.
//
// With partial batch responses the poller doesn't slow down when messages fail, and a message that says nothing comes
// back after the queue's visibility timeout, which is set for the function's timeout and not for a retry. So every failed
// message is given a time of its own.
package visibility

import (
	"math/rand/v2"
	"time"
)

const (
	// backoffBase is the wait after the first failure, doubled with every further one.
	backoffBase = 10 * time.Second
	// backoffLimit keeps a message from waiting longer than an outage usually lasts.
	backoffLimit = 15 * time.Minute
	// maxVisibility is how long a message can be invisible in all since it was received: 12 hours (Amazon SQS developer
	// guide, "Visibility timeout"), less the time that it may have been in this invocation and its batching window.
	maxVisibility = 12*time.Hour - 20*time.Minute
	// pauseWait is how long a message of a paused topic waits, and so how late it is noticed that the pause is over.
	pauseWait = time.Hour
	// leaseSlack is added to the end of another's lease, so that the message does not return a moment too early.
	leaseSlack = time.Second
)

// Message is what a wait depends on.
type Message struct {
	// ReceiveCount is how often the message has been received, this time included.
	ReceiveCount int
	// SentAt is when it was sent; zero if unknown.
	SentAt time.Time
}

// Policy holds the queue's settings that bound a wait.
type Policy struct {
	MaxReceiveCount  int
	MessageRetention time.Duration
	// VisibilityTimeout is how long a receive can take that says nothing about the message.
	VisibilityTimeout time.Duration
}

// Backoff is the wait after a transient failure: exponential by receive count with equal jitter (half of it certain, half
// of it random), or what the downstream asked for if that is longer.
func (p Policy) Backoff(message Message, retryAfter time.Duration, now time.Time, random *rand.Rand) time.Duration {
	doublings := min(max(message.ReceiveCount-1, 0), 10) // more than that is far above the limit
	half := min(backoffBase<<doublings, backoffLimit) / 2
	wait := half + time.Duration(random.Int64N(int64(half)))
	return p.bound(message, max(wait, retryAfter), now)
}

// Until is the wait for something that ends at a given time, such as another invocation's lease.
func (p Policy) Until(message Message, end, now time.Time) time.Duration {
	return p.bound(message, max(end.Sub(now), 0)+leaseSlack, now)
}

// Pause is the wait of a message whose topic is paused: an hour, and at its last receive as long as a message can wait,
// because when it is next received it goes to the dead-letter queue. With three receives a pause of 13 hours
// dead-letters nothing.
func (p Policy) Pause(message Message, now time.Time) time.Duration {
	if left := p.MaxReceiveCount - message.ReceiveCount; p.MaxReceiveCount <= 0 || left > 0 {
		return p.bound(message, pauseWait, now)
	}
	// One receive more than there is, so that its wait is not cut to nothing but still fits the retention.
	message.ReceiveCount = p.MaxReceiveCount - 1
	return p.bound(message, maxVisibility, now)
}

// bound keeps a wait within what the message can still bear.
//
// After its last receive a message goes to the dead-letter queue when it is next received: that may be at once. Before,
// every receive that is left, and the one that dead-letters it, must fit into the retention that is left: a message that
// outlives it is deleted. Any of those receives may end in a timeout, so that each has a visibility timeout reserved for it;
// the waits share what is left beside that.
func (p Policy) bound(message Message, wait time.Duration, now time.Time) time.Duration {
	left := p.MaxReceiveCount - message.ReceiveCount
	if p.MaxReceiveCount > 0 && left <= 0 {
		return 0
	}
	if p.MessageRetention > 0 && !message.SentAt.IsZero() {
		receives := time.Duration(max(left, 1))
		free := message.SentAt.Add(p.MessageRetention).Sub(now) - receives*p.VisibilityTimeout
		wait = min(wait, free/(receives+1))
	}
	return max(min(wait, maxVisibility), 0)
}
