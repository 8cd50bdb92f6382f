// Package deliver hands events to the downstream system: over HTTP, or to the log where none is configured.
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

// ReasonRejected is the reason of a permanent error that has no reason of its own.
const ReasonRejected = "rejected-by-downstream"

// Permanent marks err as one that the same event would meet again.
func Permanent(err error) error { return &PermanentError{Reason: ReasonRejected, Err: err} }

// TransientError is a failure that may be gone after a while.
type TransientError struct {
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

// Class says what an error of a Downstream means.
func Class(err error) (permanent bool, reason string, retryAfter time.Duration) {
	if refused, ok := errors.AsType[*PermanentError](err); ok {
		return true, refused.Reason, 0
	}
	if later, ok := errors.AsType[*TransientError](err); ok {
		return false, "", later.RetryAfter
	}
	return false, "", 0
}
