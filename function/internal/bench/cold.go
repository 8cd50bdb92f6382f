package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cc-eventbridge/function/internal/bench/harness"
)

// startTimeout bounds how long a process may take to start, or to answer one batch.
const startTimeout = 30 * time.Second

// coldBatch is the batch of new events that a process answers first.
const coldBatch = 10

// coldStart holds the times from executing a process to its first poll and to its first response.
type coldStart struct{ polls, responses []time.Duration }

func (c coldStart) poll() float64     { return milliseconds(harness.Median(c.polls)) }
func (c coldStart) response() float64 { return milliseconds(harness.Median(c.responses)) }

// coldStarts launches every process a number of times in turn. The first launch of each reads its files from the disk
// and is not counted; it also shows whether a peer runs here at all.
func (r *run) coldStarts(ctx context.Context) error {
	r.say("cold starts: %d launches each", r.Launches)
	for launch := range r.Launches + 1 {
		var running []*entrant
		for _, e := range r.entrants {
			err := r.launchCold(ctx, e)
			if err != nil && (e.Essential || launch > 0 || ctx.Err() != nil) {
				return err
			}
			if err != nil {
				r.skip(e.Contender, err)
				continue
			}
			running = append(running, e)
		}
		r.entrants = running
		if launch == 0 {
			for _, e := range r.entrants {
				e.cold = coldStart{}
			}
		}
	}
	return nil
}

// launchCold starts one process, has it answer one batch and ends it.
func (r *run) launchCold(ctx context.Context, e *entrant) (err error) {
	payload, err := e.sequences[coldBatch].Next(harness.New)
	if err != nil {
		return fmt.Errorf("make a batch: %w", err)
	}
	running, err := e.Launch(ctx, r.dynamo.URL())
	if err != nil {
		return err //nolint:wrapcheck // Launch names the contender
	}
	defer func() { err = errors.Join(err, running.Stop()) }()
	polled, err := firstPoll(running)
	if err != nil {
		return fmt.Errorf("start %s: %w", e.Title, err)
	}
	result, err := invoke(running, "cold", payload)
	if err != nil {
		return fmt.Errorf("first batch of %s: %w", e.Title, err)
	}
	e.cold.polls = append(e.cold.polls, polled.Sub(running.Started))
	e.cold.responses = append(e.cold.responses, result.Answered.Sub(running.Started))
	return r.checkServed(e)
}

// firstPoll waits for a process to be ready.
func firstPoll(running *harness.Running) (time.Time, error) {
	ctx, cancel := context.WithTimeout(running.Context, startTimeout)
	defer cancel()
	return running.FirstPoll(ctx) //nolint:wrapcheck // the callers name the contender
}
