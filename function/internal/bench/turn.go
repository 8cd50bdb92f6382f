package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"cc-eventbridge/function/internal/bench/harness"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/lambdatest"
)

// longestTurn bounds how many batches a fast implementation gets in one turn.
const longestTurn = 20

// measurement is what one implementation needed for one case.
type measurement struct {
	elapsed    []time.Duration
	records    int
	cpu        time.Duration
	calls      int
	writeUnits float64
	readUnits  float64
}

// turn hands an implementation batches of one case for the length of a slice, at least one, and adds what they took to
// the measurement. The CPU time runs until the runtime polls again, so that work put off until after the response counts.
func (r *run) turn(e *entrant, running *harness.Running, c harness.Case, size int, into *measurement) error {
	if err := parked(running); err != nil {
		return err
	}
	cpuBefore, err := running.CPU()
	if err != nil {
		return err //nolint:wrapcheck // CPU says what it was doing
	}
	usageBefore := e.table.Usage()
	for started, n := time.Now(), 0; n == 0 || (n < longestTurn && time.Since(started) < r.Slice); n++ {
		payload, err := e.sequences[size].Next(c)
		if err != nil {
			return fmt.Errorf("make a batch: %w", err)
		}
		result, err := invoke(running, fmt.Sprintf("%s-%d", c, n), payload)
		if err != nil {
			return err
		}
		into.elapsed = append(into.elapsed, result.Elapsed)
		into.records += size
	}
	if err := parked(running); err != nil {
		return err
	}
	cpuAfter, err := running.CPU()
	if err != nil {
		return err //nolint:wrapcheck // CPU says what it was doing
	}
	into.cpu += cpuAfter - cpuBefore
	into.charge(usageBefore, e.table.Usage())
	return r.checkServed(e)
}

// charge adds what the table was asked between two readings.
func (m *measurement) charge(before, after dynamofake.Usage) {
	m.calls += after.TotalCalls() - before.TotalCalls()
	m.writeUnits += after.WriteUnits - before.WriteUnits
	m.readUnits += after.ReadUnits - before.ReadUnits
}

// parked waits until the runtime waits for work.
func parked(running *harness.Running) error {
	ctx, cancel := context.WithTimeout(running.Context, startTimeout)
	defer cancel()
	return running.WaitParked(ctx) //nolint:wrapcheck // the callers name the contender
}

// invoke has a process handle one batch, all of it.
func invoke(running *harness.Running, id string, payload []byte) (lambdatest.Result, error) {
	ctx, cancel := context.WithTimeout(running.Context, startTimeout)
	defer cancel()
	result, err := running.Invoke(ctx, id, payload)
	if err != nil {
		return result, err //nolint:wrapcheck // Invoke names the invocation
	}
	return result, acknowledged(result.Body)
}

// acknowledged checks a response as the event source mapping reads it: an implementation that fails records has not done
// the work that is measured.
func acknowledged(response []byte) error {
	if trimmed := bytes.TrimSpace(response); len(trimmed) == 0 || bytes.Equal(trimmed, []byte("null")) {
		return nil
	}
	var answer struct {
		Failures []json.RawMessage `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(response, &answer); err != nil {
		return fmt.Errorf("read the response %.100q: %w", response, err)
	}
	if n := len(answer.Failures); n > 0 {
		return fmt.Errorf("%d records failed, want none: %.100s", n, response)
	}
	return nil
}

// checkServed fails when the model of DynamoDB could not serve a call.
func (r *run) checkServed(e *entrant) error {
	if refused := r.dynamo.Refused(); refused != "" {
		return fmt.Errorf("%s made a call that the model of DynamoDB refused: %s", e.Title, refused)
	}
	return nil
}
