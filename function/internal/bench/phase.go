package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cc-eventbridge/function/internal/bench/harness"
)

// phase measures one batch size: one process an implementation, warmed up, then round after round until the budget of
// time is spent. All have taken the same number of turns.
func (r *run) phase(ctx context.Context, size int) (err error) {
	running := map[*entrant]*harness.Running{}
	defer func() {
		for _, process := range running {
			err = errors.Join(err, process.Stop())
		}
	}()
	for _, e := range r.entrants {
		if e.table == nil {
			continue
		}
		process, err := e.Launch(ctx, r.dynamo.URL())
		if err != nil {
			return err //nolint:wrapcheck // Launch names the contender
		}
		running[e] = process
		for _, c := range harness.Cases() {
			e.measured[size][c] = &measurement{}
		}
	}
	if r.Warm > 0 {
		r.say("batches of %d: warming up", size)
		if _, err := r.rounds(running, size, r.Warm, func(*entrant, harness.Case) *measurement { return &measurement{} }); err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
	}
	r.say("batches of %d: measuring", size)
	rounds, err := r.rounds(running, size, r.Budget, func(e *entrant, c harness.Case) *measurement { return e.measured[size][c] })
	if err != nil {
		return err
	}
	r.say("batches of %d: measured, rounds: %d", size, rounds)
	for e, process := range running {
		if e.peak[size], err = process.PeakMemory(); err != nil {
			return fmt.Errorf("%s: %w", e.Title, err)
		}
	}
	return nil
}

// rounds gives everybody a turn at every case, and again until the time is over; each round begins with another
// implementation, so that none always follows the same one.
func (r *run) rounds(running map[*entrant]*harness.Running, size int, budget time.Duration, into func(*entrant, harness.Case) *measurement) (int, error) {
	started, round := time.Now(), 0
	for ; round == 0 || time.Since(started) < budget; round++ {
		for i := range r.entrants {
			e := r.entrants[(i+round)%len(r.entrants)]
			if e.table == nil {
				continue
			}
			for _, c := range harness.Cases() {
				if err := r.turn(e, running[e], c, size, into(e, c)); err != nil {
					return round, fmt.Errorf("%s, %s: %w", e.Title, c, err)
				}
			}
		}
	}
	return round, nil
}

// row is one line of the report.
func (e *entrant) row(c harness.Case, size int) Row {
	m := e.measured[size][c]
	perRecord := func(v float64) float64 { return v / float64(m.records) }
	const mib = 1 << 20
	return Row{
		Impl:                e.Name,
		Case:                c.String(),
		Batch:               size,
		P50Ms:               milliseconds(harness.Percentile(m.elapsed, 50)),
		P99Ms:               milliseconds(harness.Percentile(m.elapsed, 99)),
		CPUMicrosPerRecord:  perRecord(float64(m.cpu.Nanoseconds()) / 1e3),
		CallsPerRecord:      perRecord(float64(m.calls)),
		WriteUnitsPerRecord: perRecord(m.writeUnits),
		ReadUnitsPerRecord:  perRecord(m.readUnits),
		PeakMiB:             float64(e.peak[size]) / mib,
		ColdStartMs:         e.cold.poll(),
		FirstResponseMs:     e.cold.response(),
		Samples:             len(m.elapsed),
	}
}

// milliseconds is a duration as the report has it.
func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }
