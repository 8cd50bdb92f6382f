package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"cc-eventbridge/function/internal/bench/harness"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/lambdatest"
)

// patience bounds how long a process may take to start, or to answer one batch.
const patience = 30 * time.Second

// coldBatch is the batch of new events that a process answers first.
const coldBatch = 10

// coldStart holds the times from executing a process to its first poll and to its first response.
type coldStart struct{ polls, responses []time.Duration }

func (c coldStart) poll() float64     { return milliseconds(harness.Percentile(c.polls, 50)) }
func (c coldStart) response() float64 { return milliseconds(harness.Percentile(c.responses, 50)) }

// coldStarts launches every process a number of times, interleaved. The first launch of each reads its files from the disk
// and is not counted; it also shows whether a peer runs here at all.
func (r *run) coldStarts(ctx context.Context) error {
	r.say("cold starts: %d launches each", r.launches)
	var working []*entrant
	for _, e := range r.entrants {
		err := e.launchCold(ctx)
		switch {
		case err == nil:
			e.cold = coldStart{}
			working = append(working, e)
		case e.Essential || ctx.Err() != nil:
			return err
		default:
			r.skip(e.Contender, errors.Join(err, e.dynamo.Close()))
		}
	}
	r.entrants = working
	for range r.launches {
		for _, e := range r.entrants {
			if err := e.launchCold(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// launchCold starts one process, has it answer one batch and ends it.
func (e *entrant) launchCold(ctx context.Context) (err error) {
	running, err := e.Launch(ctx, e.dynamo.URL())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, running.Stop()) }()
	waiting, cancel := context.WithTimeout(running.Context, patience)
	defer cancel()
	polled, err := running.FirstPoll(waiting)
	if err != nil {
		return fmt.Errorf("start %s: %w", e.Title, err)
	}
	result, err := e.invoke(running, harness.New, setting{batch: coldBatch})
	if err != nil {
		return fmt.Errorf("first batch of %s: %w", e.Title, err)
	}
	e.cold.polls = append(e.cold.polls, polled.Sub(running.Started))
	e.cold.responses = append(e.cold.responses, result.Answered.Sub(running.Started))
	return nil
}

// processes are an implementation's in a phase: the first delivers the new events, the second meets them as another's.
type processes [2]*lambdatest.Function

// of is the process that a case is for.
func (p processes) of(c harness.Case) *lambdatest.Function {
	if c.Elsewhere() {
		return p[1]
	}
	return p[0]
}

// phase measures one batch size: two processes per implementation, warmed up, then round after round until the budget of
// time is spent. All have taken the same number of turns.
func (r *run) phase(ctx context.Context, s setting) (err error) {
	running := map[*entrant]*processes{}
	var slices []*harness.Slice
	defer func() {
		for _, both := range running {
			for _, process := range both {
				if process != nil {
					err = errors.Join(err, process.Stop())
				}
			}
		}
		for _, slice := range slices {
			err = errors.Join(err, slice.Close())
		}
	}()
	for _, e := range r.entrants {
		if !e.handlesEvents() {
			continue
		}
		running[e] = &processes{}
		for i := range running[e] {
			if running[e][i], err = e.Launch(ctx, e.dynamo.URL()); err != nil {
				return err
			}
			if !s.sliced {
				continue
			}
			slice, err := harness.NewSlice(fmt.Sprintf("%s-%d", e.Name, i))
			if err != nil {
				return err
			}
			slices = append(slices, slice)
			if err := slice.Add(running[e][i].PID()); err != nil {
				return err
			}
		}
	}
	if r.warm > 0 {
		r.say("%v: warming up", s)
		if _, err := r.rounds(running, s, r.warm); err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
		for e := range running {
			e.forget(s)
		}
	}
	r.say("%v: measuring", s)
	rounds, err := r.rounds(running, s, r.budget)
	if err != nil {
		return err
	}
	r.say("%v: measured, rounds: %d", s, rounds)
	for e, both := range running {
		if e.peak[s], err = both.of(harness.New).PeakMemory(); err != nil {
			return fmt.Errorf("%s: %w", e.Title, err)
		}
	}
	return nil
}

// rounds gives everybody a turn at every case, and again until the time is over; each round begins with another
// implementation, so that none always follows the same one.
func (r *run) rounds(running map[*entrant]*processes, s setting, budget time.Duration) (int, error) {
	started, round := time.Now(), 0
	for ; round == 0 || time.Since(started) < budget; round++ {
		for i := range r.entrants {
			e := r.entrants[(i+round)%len(r.entrants)]
			if !e.handlesEvents() {
				continue
			}
			for _, c := range s.cases() {
				if err := r.turn(e, running[e].of(c), c, s); err != nil {
					return round, fmt.Errorf("%s, %s: %w", e.Title, c, err)
				}
			}
		}
	}
	return round, nil
}

// measurement is what one implementation needed for one case.
type measurement struct {
	elapsed    []time.Duration
	records    int
	cpu        time.Duration
	calls      int
	writeUnits float64
	readUnits  float64
}

// total is what all batches took together.
func (m *measurement) total() (sum time.Duration) {
	for _, took := range m.elapsed {
		sum += took
	}
	return sum
}

// turn hands an implementation batches of one case for the length of a slice, at least one, and adds what they took to
// its measurement. The CPU time runs until the runtime polls again, so that work put off until after the response counts.
func (r *run) turn(e *entrant, running *lambdatest.Function, c harness.Case, s setting) error {
	const longest = 20 // batches that a fast implementation gets in one turn
	m := e.measured[s][c]
	cpuBefore, err := cpuOnceParked(running)
	if err != nil {
		return err
	}
	usageBefore := e.dynamo.Usage()
	for started, n := time.Now(), 0; n == 0 || (n < longest && time.Since(started) < r.slice); n++ {
		result, err := e.invoke(running, c, s)
		if err != nil {
			return err
		}
		m.elapsed = append(m.elapsed, result.Elapsed)
		m.records += s.batch
	}
	cpuAfter, err := cpuOnceParked(running)
	if err != nil {
		return err
	}
	m.cpu += cpuAfter - cpuBefore
	m.charge(usageBefore, e.dynamo.Usage())
	return nil
}

// charge adds what the table was asked between two readings.
func (m *measurement) charge(before, after dynamofake.Usage) {
	m.calls += after.TotalCalls() - before.TotalCalls()
	m.writeUnits += after.WriteUnits - before.WriteUnits
	m.readUnits += after.ReadUnits - before.ReadUnits
}

// cpuOnceParked is the CPU time that a process has used by the time it waits for work.
func cpuOnceParked(running *lambdatest.Function) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(running.Context, patience)
	defer cancel()
	if err := running.WaitParked(ctx); err != nil {
		return 0, err
	}
	return running.CPU()
}

// invoke has a process handle its next batch of a case, all of it.
func (e *entrant) invoke(running *lambdatest.Function, c harness.Case, s setting) (lambdatest.Result, error) {
	payload, err := e.batches[s].Next(c)
	if err != nil {
		return lambdatest.Result{}, fmt.Errorf("make a batch: %w", err)
	}
	ctx, cancel := context.WithTimeout(running.Context, patience)
	defer cancel()
	result, err := running.Invoke(ctx, fmt.Sprintf("%s-%d", c, s.batch), payload)
	if err != nil {
		return result, err
	}
	return result, errors.Join(acknowledged(result.Body), e.dynamo.Refused())
}

// acknowledged checks a response as the event source mapping reads it: an implementation that fails records has not done
// the work that is measured.
func acknowledged(response []byte) error {
	if len(bytes.TrimSpace(response)) == 0 {
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
