package main

import (
	"fmt"
	"math"
)

// The implementations and cases that targets name.
const (
	function   = "function"
	guide      = "guide"
	typeScript = "powertools-typescript"
	newEvents  = "new"
	duplicates = "duplicates"
)

// Target is a figure that was promised, and what came of it. A machine can be too busy to meet a time: a missed target
// is reported, it fails nothing.
type Target struct {
	Name string `json:"name"`
	// AtMost or AtLeast is what was promised.
	AtMost  float64 `json:"atMost,omitempty"`
	AtLeast float64 `json:"atLeast,omitempty"`
	Unit    string  `json:"unit"`
	// Measured is absent when what it needs was left out.
	Measured *float64 `json:"measured"`
	Met      bool     `json:"met"`
}

// Verdict is the target's outcome in words.
func (t Target) Verdict() string {
	if t.Measured == nil {
		return "not measured"
	}
	if t.Met {
		return "met"
	}
	goal := t.AtMost + t.AtLeast // one of them is zero
	missing := math.Abs(*t.Measured - goal)
	return fmt.Sprintf("short by %s %s (%.0f %%)", figure(missing), t.Unit, 100*missing/goal)
}

// Goal is what was promised in words.
func (t Target) Goal() string {
	if t.AtLeast > 0 {
		return fmt.Sprintf("≥ %s %s", figure(t.AtLeast), t.Unit)
	}
	return fmt.Sprintf("≤ %s %s", figure(t.AtMost), t.Unit)
}

// promises are the targets, in the order in which they are printed.
func (r *Report) promises() []Target {
	return []Target{
		r.atMost("calls per new event, batch of 10", 0.2, "calls", newEvents, 10, calls),
		r.atMost("calls per new event, batch of 100", 0.08, "calls", newEvents, 100, calls),
		r.atMost("write units per duplicate, batch of 10", 1, "units", duplicates, 10, writeUnits),
		r.atMost("write units per duplicate, batch of 100", 1, "units", duplicates, 100, writeUnits),
		r.atMost("read units per duplicate, batch of 10", 1, "units", duplicates, 10, readUnits),
		r.atMost("read units per duplicate, batch of 100", 1, "units", duplicates, 100, readUnits),
		r.atMost("p50 of a batch of 10 new events", 14, "ms", newEvents, 10, p50),
		r.atMost("p50 of a batch of 100 new events", 18, "ms", newEvents, 100, p50),
		r.ratio("faster than the guide's handler, batch of 10", 10, guide, 10, p50),
		r.ratio("faster than the guide's handler, batch of 100", 70, guide, 100, p50),
		r.ratio("faster than Powertools TypeScript, batch of 10", 1.6, typeScript, 10, p50),
		r.ratio("faster than Powertools TypeScript, batch of 100", 4.5, typeScript, 100, p50),
		r.atMost("CPU per new event, batch of 10", 80, "µs", newEvents, 10, cpu),
		r.atMost("CPU per new event, batch of 100", 35, "µs", newEvents, 100, cpu),
		r.ratio("less CPU than Powertools TypeScript, batch of 10", 15, typeScript, 10, cpu),
		r.ratio("less CPU than Powertools TypeScript, batch of 100", 15, typeScript, 100, cpu),
		r.atMost("peak memory, batches of 100", 40, "MiB", newEvents, 100, peak),
		judge(Target{Name: "exec to first poll, beside an empty handler", AtMost: 1.5, Unit: "×"}, r.coldRatio()),
		judge(Target{Name: "zip for arm64", AtMost: 8, Unit: "MB"}, positive(float64(r.ZipBytes)/1e6)),
	}
}

// Judge fills in the targets from the rows.
func (r *Report) Judge() { r.Targets = r.promises() }

// The figures of a row that targets are about.
func p50(r Row) float64        { return r.P50Ms }
func cpu(r Row) float64        { return r.CPUMicrosPerRecord }
func calls(r Row) float64      { return r.CallsPerRecord }
func writeUnits(r Row) float64 { return r.WriteUnitsPerRecord }
func readUnits(r Row) float64  { return r.ReadUnitsPerRecord }
func peak(r Row) float64       { return r.PeakMiB }

// atMost is a target for one figure of one row of this function.
func (r *Report) atMost(name string, goal float64, unit, kind string, batch int, of func(Row) float64) Target {
	target := Target{Name: name, AtMost: goal, Unit: unit}
	row, found := r.Find(function, kind, batch)
	if !found {
		return target
	}
	measured := of(row)
	return judge(target, &measured)
}

// ratio is a target for how many times a peer's figure is this function's, for new events.
func (r *Report) ratio(name string, goal float64, peer string, batch int, of func(Row) float64) Target {
	return judge(Target{Name: name, AtLeast: goal, Unit: "×"}, r.times(peer, newEvents, batch, of))
}

// times is how many times a peer's figure is this function's, or nothing where either is missing.
func (r *Report) times(peer, kind string, batch int, of func(Row) float64) *float64 {
	own, foundOwn := r.Find(function, kind, batch)
	other, foundOther := r.Find(peer, kind, batch)
	if !foundOwn || !foundOther || of(own) == 0 {
		return nil
	}
	return positive(of(other) / of(own))
}

// coldRatio is how much longer than the empty handler the function takes to its first poll.
func (r *Report) coldRatio() *float64 {
	row, found := r.Find(function, newEvents, 10)
	if !found || r.Empty.ColdStartMs == 0 {
		return nil
	}
	return positive(row.ColdStartMs / r.Empty.ColdStartMs)
}

// positive is a figure that exists only above zero.
func positive(v float64) *float64 {
	if v <= 0 {
		return nil
	}
	return &v
}

// rounding is the room that a division of whole numbers needs, and no more.
const rounding = 1e-9

// judge compares what was measured with what was promised.
func judge(t Target, measured *float64) Target {
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
