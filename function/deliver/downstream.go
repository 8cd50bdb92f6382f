// Package deliver hands events to targets: over HTTP, to AWS services, or to the log where nothing is configured.
//
// # How AWS is called
//
// EventBridge, SQS, Step Functions, Lambda and Firehose are called by signed requests that are made here (service), one
// operation each. With the SDK's packages of the four that the function does not use otherwise, the binary has 13.8 MB in
// place of 12.3, and the function takes 5.2 ms in place of 3.6 from its start to its first poll, whichever targets a stack has:
// each has its schemas made when the program starts, 0.3 to 0.8 ms, and no linker leaves them out (medians of 150 starts, in
// turn, GOMAXPROCS=1).
package deliver

import (
	"context"
	"errors"
	"time"

	"cc-eventbridge/function/event"
)

// Delivery is one event on its way downstream.
type Delivery struct {
	// IdempotencyKey names the event. A downstream that remembers it can tell a second run after a cut-off first one.
	IdempotencyKey string
	Event          event.Event
	MessageID      string
	ReceiveCount   int
}

// Downstream takes events. It must be safe for concurrent use and must return soon after ctx ends.
//
// Its error says what becomes of the event: one made by Permanent sends it to the validation queue; any other is taken
// for transient and has the event delivered again, after the wait that Transient names or a back-off.
type Downstream interface {
	Deliver(ctx context.Context, delivery Delivery) error
}

// PermanentError is a failure that the same event would meet again.
type PermanentError struct {
	// Reason is its short, stable name, for the validation queue.
	Reason string
	Err    error
}

func (e *PermanentError) Error() string { return e.Err.Error() }

// Unwrap returns the error that is permanent.
func (e *PermanentError) Unwrap() error { return e.Err }

// The reasons of permanent errors. An HTTP endpoint that refuses an event has its own, downstream-<status>.
const (
	// ReasonRejected is the reason of a permanent error that has no reason of its own.
	ReasonRejected = "rejected-by-downstream"
	// ReasonTooLarge is that of an event with more bytes than its target takes.
	ReasonTooLarge = "too-large-for-target"
)

// The reasons of transient errors. They say nothing about the event, and each is somebody else's to put right.
const (
	// ReasonUnavailable: no answer, or a failure of the target's own.
	ReasonUnavailable = "target-unavailable"
	// ReasonThrottled: the target asks to be sent less, or later.
	ReasonThrottled = "target-throttled"
	// ReasonBusy: the target is still at work on the same event.
	ReasonBusy = "target-busy"
	// ReasonGone: there is nothing at the target's address.
	ReasonGone = "target-gone"
	// ReasonDenied: the target, or its key, does not take events from this function.
	ReasonDenied = "target-denied"
	// ReasonUnusable: the target is there and can't take events, because it is of another kind, being deleted or without its
	// key.
	ReasonUnusable = "target-unusable"
	// ReasonSecret: the target's secret can't be read.
	ReasonSecret = "secret-unreadable"
	// ReasonTokenRefused: the token endpoint does not take the client or its secret.
	ReasonTokenRefused = "token-refused"
	// ReasonTokenUnavailable: the token endpoint does not answer, or not with a token.
	ReasonTokenUnavailable = "token-unavailable"
	// ReasonBucket: an event that is too large for the target can't be put into the payload bucket.
	ReasonBucket = "bucket-unavailable"
)

// NeedsRepair reports whether a reason is of a target that takes nothing until someone puts it right: it is gone, does not take
// this function's events, or is not what it should be. The others pass by themselves.
func NeedsRepair(reason string) bool {
	switch reason {
	case ReasonGone, ReasonDenied, ReasonUnusable, ReasonSecret, ReasonTokenRefused:
		return true
	default:
		return false
	}
}

// Permanent marks err as one that the same event would meet again.
func Permanent(err error) error { return &PermanentError{Reason: ReasonRejected, Err: err} }

// TransientError is a failure that may be gone after a while.
type TransientError struct {
	// Reason is its short, stable name, for metrics; it may be empty.
	Reason string
	// RetryAfter is how long the downstream asked to be left alone; zero when it did not say.
	RetryAfter time.Duration
	Err        error
}

func (e *TransientError) Error() string { return e.Err.Error() }

// Unwrap returns the error that is transient.
func (e *TransientError) Unwrap() error { return e.Err }

// Transient marks err as one that may be gone after retryAfter (zero: unknown).
func Transient(err error, retryAfter time.Duration) error {
	return &TransientError{RetryAfter: retryAfter, Err: err}
}

// transient is Transient with a reason.
func transient(reason string, err error, retryAfter time.Duration) error {
	return &TransientError{Reason: reason, RetryAfter: retryAfter, Err: err}
}

// Class says what an error of a Downstream means. reason is "" where it has none.
func Class(err error) (permanent bool, reason string, retryAfter time.Duration) {
	if refused, ok := errors.AsType[*PermanentError](err); ok {
		return true, refused.Reason, 0
	}
	if later, ok := errors.AsType[*TransientError](err); ok {
		return false, later.Reason, later.RetryAfter
	}
	return false, "", 0
}
