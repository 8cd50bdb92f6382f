package awsprovider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/smithy-go"

	"cc-eventbridge/genesys/plugin"
)

// Polling starts quickly, because an emulator is ready at once, and slows down to what AWS's own waiters use.
const (
	firstPoll = 50 * time.Millisecond
	lastPoll  = 2 * time.Second
	// consistencyDeadline is how long AWS may take until one service sees what another one has made; the published
	// provider gives IAM two minutes.
	consistencyDeadline = 2 * time.Minute
	// stateDeadline is how long a table, a function or a mapping may take to settle; the published provider gives 10 minutes.
	stateDeadline = 10 * time.Minute
)

// errNotFound means that AWS has no such resource.
var errNotFound = plugin.ErrNotFound

// until calls done until it is true, an error, or the deadline; what says what is waited for.
func until(ctx context.Context, deadline time.Duration, what string, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, deadline, fmt.Errorf("gave up after %v waiting for %s", deadline, what))
	defer cancel()
	for pause := firstPoll; ; pause = min(2*pause, lastPoll) {
		ok, err := done()
		if err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if ok {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		case <-timer.C:
		}
	}
}

// eventually repeats a call while it fails in a way that passes by itself, and returns its last error otherwise.
func eventually(ctx context.Context, what string, passing func(error) bool, call func() error) error {
	var last error
	err := until(ctx, consistencyDeadline, what, func() (bool, error) {
		last = call()
		if last != nil && passing(last) {
			return false, nil
		}
		return true, nil
	})
	if last != nil {
		return last
	}
	return err
}

// hasCode reports whether AWS answered one of these error codes.
func hasCode(err error, codes ...string) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains(codes, api.ErrorCode())
}

// gone turns the error codes that mean "no such resource" into errNotFound, and says what was being done otherwise.
func gone(err error, doing string, codes ...string) error {
	switch {
	case err == nil:
		return nil
	case hasCode(err, codes...):
		return errNotFound
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// wrap says what was being done.
func wrap(err error, doing string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
