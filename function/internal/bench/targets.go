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
		r.atMost("p50 for new events", 14, "ms", harness.New, 10, p50),
		r.atMost("p50 for new events", 18, "ms", harness.New, 100, p50),
		r.atLeast("faster than the AWS-style sample handler", 10, harness.Guide, 10, p50),
		r.atLeast("faster than the AWS-style sample handler", 70, harness.Guide, 100, p50),
		r.atLeast("faster than Powertools TypeScript", 1.6, harness.PowertoolsTypeScript, 10, p50),
		r.atLeast("faster than Powertools TypeScript", 4.5, harness.PowertoolsTypeScript, 100, p50),
		r.atMost("CPU per new event", 80, "µs", harness.New, 10, cpu),
		r.atMost("CPU per new event", 35, "µs", harness.New, 100, cpu),
		r.atLeast("less CPU than Powertools TypeScript", 15, harness.PowertoolsTypeScript, 10, cpu),
		r.atLeast("less CPU than Powertools TypeScript", 15, harness.PowertoolsTypeScript, 100, cpu),
		r.atMost("peak memory", 40, "MiB", harness.New, 100, peak),
		judged(target{Name: "exec to first poll, beside an empty handler", AtMost: 1.5, Unit: "×"}, r.coldRatio()),
		judged(target{Name: "zip for arm64", AtMost: 8, Unit: "MB"}, positive(float64(r.ZipBytes)/1e6)),
	}
}

// atMost is a target for one figure of one row of this function.
func (r *report) atMost(name string, goal float64, unit string, c harness.Case, batch int, of reading) target {
	t := target{Name: fmt.Sprintf("%s, batch of %d", name, batch), AtMost: goal, Unit: unit}
	own, found := r.find(harness.Function, c, batch)
	if !found {
		return t
	}
	measured := of(own)
	return judged(t, &measured)
}

// atLeast is a target for how many times a peer's figure is this function's, for new events.
func (r *report) atLeast(name string, goal float64, peer string, batch int, of reading) target {
	return judged(target{Name: fmt.Sprintf("%s, batch of %d", name, batch), AtLeast: goal, Unit: "×"}, r.times(peer, batch, of))
}

// times is how many times a peer's figure for new events is this function's, or nothing where either is missing.
func (r *report) times(peer string, batch int, of reading) *float64 {
	own, _ := r.find(harness.Function, harness.New, batch)
	other, _ := r.find(peer, harness.New, batch)
	return positive(of(other) / of(own))
}

// coldRatio is how much longer than the empty handler the function takes to its first poll.
func (r *report) coldRatio() *float64 {
	own, _ := r.find(harness.Function, harness.New, 10)
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
