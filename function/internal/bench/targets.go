package main

import (
	"fmt"
	"math"

	"cc-eventbridge/function/internal/bench/harness"
)

// target is a figure that was promised, and what came of it. A machine can be too busy to meet a time: a missed target
// is reported, it fails nothing.
type target struct {
	Name string `json:"name"`
	// AtMost or AtLeast is what was promised.
	AtMost  float64 `json:"atMost,omitempty"`
	AtLeast float64 `json:"atLeast,omitempty"`
	Unit    string  `json:"unit"`
	// Measured is absent when what it needs was left out.
	Measured *float64 `json:"measured"`
	Met      bool     `json:"met"`
}

// verdict is the target's outcome in words.
func (t target) verdict() string {
	switch {
	case t.Measured == nil:
		return "not measured"
	case t.Met:
		return "met"
	}
	goal := t.AtMost + t.AtLeast // one of them is zero
	missing := math.Abs(*t.Measured - goal)
	return fmt.Sprintf("short by %s %s (%.0f %%)", figure(missing), t.Unit, 100*missing/goal)
}

// goal is what was promised in words.
func (t target) goal() string {
	if t.AtLeast > 0 {
		return fmt.Sprintf("≥ %s %s", figure(t.AtLeast), t.Unit)
	}
	return fmt.Sprintf("≤ %s %s", figure(t.AtMost), t.Unit)
}

// reading is one figure of a row.
type reading func(row) float64

// The figures of a row that targets are about.
func p50(r row) float64        { return r.P50Ms }
func cpu(r row) float64        { return r.CPUMicrosPerRecord }
func calls(r row) float64      { return r.CallsPerRecord }
func writeUnits(r row) float64 { return r.WriteUnitsPerRecord }
func readUnits(r row) float64  { return r.ReadUnitsPerRecord }
func peak(r row) float64       { return r.PeakMiB }

// judge fills in the targets from the rows, in the order in which they are printed.
func (r *report) judge() {
	r.Targets = []target{
		r.atMost("calls per new event", 0.2, "calls", harness.New, 10, calls),
		r.atMost("calls per new event", 0.08, "calls", harness.New, 100, calls),
		r.atMost("write units per duplicate", 1, "units", harness.Duplicates, 10, writeUnits),
		r.atMost("write units per duplicate", 1, "units", harness.Duplicates, 100, writeUnits),
		r.atMost("read units per duplicate", 1, "units", harness.Duplicates, 10, readUnits),
		r.atMost("read units per duplicate", 1, "units", harness.Duplicates, 100, readUnits),
		r.atMost("p50 for new events", 2.15, "trips", harness.New, 10, r.trips),
		r.atMost("p50 for new events", 2.4, "trips", harness.New, 100, r.trips),
		r.atMost("p50 for duplicates", 2.2, "trips", harness.Duplicates, 10, r.trips),
		r.atMost("p50 for new events and duplicates in turn", 2.4, "trips", harness.Mixed, 10, r.trips),
		r.atLeast("faster than the AWS-style sample handler", 10, harness.Guide, harness.New, setting{batch: 10}, p50),
		r.atLeast("faster than the AWS-style sample handler", 70, harness.Guide, harness.New, setting{batch: 100}, p50),
		r.atLeast("faster than Powertools TypeScript, duplicates of the same process", 1, harness.PowertoolsTypeScript, harness.Seen, setting{batch: 10}, p50),
		r.atLeast("faster than Powertools TypeScript, new and duplicates", 1, harness.PowertoolsTypeScript, harness.Mixed, setting{batch: 10}, p50),
		r.atLeast("faster than Powertools TypeScript", 2.2, harness.PowertoolsTypeScript, harness.New, setting{10, true}, p50),
		r.atLeast("faster than Powertools TypeScript", 17, harness.PowertoolsTypeScript, harness.New, setting{100, true}, p50),
		r.atLeast("less CPU than Powertools TypeScript", 14, harness.PowertoolsTypeScript, harness.New, setting{batch: 10}, cpu),
		r.atLeast("less CPU than Powertools TypeScript", 24, harness.PowertoolsTypeScript, harness.New, setting{batch: 100}, cpu),
		r.atMost("peak memory", 40, "MiB", harness.New, 100, peak),
		judged(target{Name: "exec to first poll, beside an empty handler", AtMost: 1.5, Unit: "×"}, r.coldRatio()),
		judged(target{Name: "zip for arm64", AtMost: 8, Unit: "MB"}, positive(float64(r.ZipBytes)/1e6)),
	}
}

// atMost is a target for one figure of one row of this function.
func (r *report) atMost(name string, goal float64, unit string, c harness.Case, batch int, of reading) target {
	t := target{Name: fmt.Sprintf("%s, batch of %d", name, batch), AtMost: goal, Unit: unit}
	own, found := r.find(harness.Function, c, setting{batch: batch})
	if !found {
		return t
	}
	measured := of(own)
	return judged(t, &measured)
}

// trips is the median in round trips to the table: two are the least for new events.
func (r *report) trips(row row) float64 { return row.P50Ms / r.LatencyMs }

// atLeast is a target for how many times a peer's figure is this function's.
func (r *report) atLeast(name string, goal float64, peer string, c harness.Case, s setting, of reading) target {
	return judged(target{Name: fmt.Sprintf("%s, %v", name, s), AtLeast: goal, Unit: "×"}, r.times(peer, c, s, of))
}

// times is how many times a peer's figure is this function's, or nothing where either is missing.
func (r *report) times(peer string, c harness.Case, s setting, of reading) *float64 {
	own, _ := r.find(harness.Function, c, s)
	other, _ := r.find(peer, c, s)
	return positive(of(other) / of(own))
}

// coldRatio is how much longer than the empty handler the function takes to its first poll.
func (r *report) coldRatio() *float64 {
	own, _ := r.find(harness.Function, harness.New, setting{batch: 10})
	return positive(own.ColdStartMs / r.Empty.ColdStartMs)
}

// positive is a figure that exists only above zero: what was not measured is zero.
func positive(v float64) *float64 {
	if !(v > 0) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// judged compares what was measured with what was promised, with the margin that a division of whole numbers needs.
func judged(t target, measured *float64) target {
	const rounding = 1e-9
	t.Measured = measured
	switch {
	case measured == nil:
	case t.AtLeast > 0:
		t.Met = *measured >= t.AtLeast-rounding
	default:
		t.Met = *measured <= t.AtMost+rounding
	}
	return t
}
