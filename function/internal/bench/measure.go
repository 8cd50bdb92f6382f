package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"time"

	"cc-eventbridge/function/internal/bench/harness"
	"cc-eventbridge/function/internal/dynamofake"
)

// batchSizes are those of the comparison: SQS's own batch, and ten of them in one invocation.
var batchSizes = [...]int{10, 100}

// setting is what a phase measures: a batch size, with whole cores or with a function's share of one.
type setting struct {
	batch  int
	sliced bool
}

// settings are those of a run, in the order of its phases.
func (r *run) settings() (all []setting) {
	for _, sliced := range []bool{false, true} {
		for _, size := range batchSizes {
			if !sliced || r.unsliced == "" {
				all = append(all, setting{size, sliced})
			}
		}
	}
	return all
}

// cases are what is measured in a setting. In a slice a batch of a slow peer takes seconds.
func (s setting) cases() []harness.Case {
	if s.sliced {
		return []harness.Case{harness.New, harness.Mixed}
	}
	return harness.Cases[:]
}

func (s setting) String() string {
	if s.sliced {
		return fmt.Sprintf("batches of %d in %.3f of a core", s.batch, harness.Share)
	}
	return fmt.Sprintf("batches of %d", s.batch)
}

// entrant is a contender in this run.
type entrant struct {
	*harness.Contender
	dynamo   *harness.Dynamo
	batches  map[setting]*harness.Batches
	cold     coldStart
	measured map[setting]map[harness.Case]*measurement
	peak     map[setting]int64
}

// handlesEvents reports whether it is more than the yardstick for starts.
func (e *entrant) handlesEvents() bool { return e.Key != "" }

// run is one run of the benchmark.
type run struct {
	options
	started  time.Time
	entrants []*entrant
	skipped  map[string]string
	// unsliced says why nothing is measured in a slice of a core; empty if it is.
	unsliced string
}

// measure runs the benchmark. A peer that can't be installed or started is left out and named in the report; this function
// and the empty handler have to run.
func measure(ctx context.Context, o options) (_ *report, err error) {
	r := &run{options: o, started: time.Now(), skipped: map[string]string{}}
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for what is built and installed: %w", err)
	}
	shop := &harness.Workshop{Root: r.root, Dir: r.dir, Progress: r.say}
	defer func() {
		for _, e := range r.entrants {
			err = errors.Join(err, e.dynamo.Close())
		}
	}()
	if err := r.prepare(ctx, shop); err != nil {
		return nil, err
	}
	zipBytes, err := harness.FunctionZipBytes(ctx, shop)
	if err != nil {
		return nil, fmt.Errorf("weigh the function: %w", err)
	}
	if err := r.coldStarts(ctx); err != nil {
		return nil, err
	}
	r.trySlice()
	for _, s := range r.settings() {
		if err := r.phase(ctx, s); err != nil {
			return nil, fmt.Errorf("measure %v: %w", s, err)
		}
	}
	return r.report(zipBytes), nil
}

// trySlice finds out if there can be slices here.
func (r *run) trySlice() {
	slice, err := harness.NewSlice("try")
	if err == nil {
		err = slice.Close()
	}
	if err != nil {
		r.unsliced = err.Error()
		r.say("not measured with a function's share of a core: %v", err)
	}
}

// prepare builds and installs what takes part, and gives each its table.
func (r *run) prepare(ctx context.Context, shop *harness.Workshop) error {
	all := harness.Contenders()
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	for _, name := range r.only {
		if !slices.Contains(names, name) {
			return fmt.Errorf("there is no implementation %q, there are %v", name, names)
		}
	}
	for _, c := range all {
		if len(r.only) > 0 && !slices.Contains(r.only, c.Name) && c.Name != harness.Empty {
			r.skipped[c.Name] = c.Title + ": not asked for"
			continue
		}
		if err := c.Prepare(ctx, shop); err != nil {
			if c.Essential || ctx.Err() != nil {
				return err
			}
			r.skip(c, err)
			continue
		}
		e := newEntrant(c)
		var err error
		if e.dynamo, err = harness.ServeDynamo(r.latency, dynamofake.New(c.Table(), c.Key)); err != nil {
			return err
		}
		r.entrants = append(r.entrants, e)
	}
	return nil
}

// newEntrant gives a contender its batches.
func newEntrant(c *harness.Contender) *entrant {
	e := &entrant{
		Contender: c, batches: map[setting]*harness.Batches{},
		measured: map[setting]map[harness.Case]*measurement{}, peak: map[setting]int64{},
	}
	for stream, sliced := range map[string]bool{"": false, "slice-": true} {
		for _, size := range batchSizes {
			s := setting{size, sliced}
			e.batches[s] = harness.NewBatches(stream, size)
			e.forget(s)
		}
	}
	return e
}

// forget begins the measurements of a setting.
func (e *entrant) forget(s setting) {
	e.measured[s] = map[harness.Case]*measurement{}
	for _, c := range harness.Cases {
		e.measured[s][c] = &measurement{}
	}
}

// skip leaves a peer out.
func (r *run) skip(c *harness.Contender, reason error) {
	r.skipped[c.Name] = reason.Error()
	r.say("leaving out %s: %v", c.Title, reason)
}

// say reports what happens now, and how far into the run.
func (r *run) say(format string, arguments ...any) {
	fmt.Fprintf(r.progress, "%5.1fs  %s\n", time.Since(r.started).Seconds(), fmt.Sprintf(format, arguments...))
}

// report collects the rows, case by case.
func (r *run) report(zipBytes int64) *report {
	out := &report{
		Machine:   machine{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version(), Model: cpuModel()},
		LatencyMs: milliseconds(r.latency),
		Quick:     r.quick,
		Seconds:   time.Since(r.started).Seconds(),
		ZipBytes:  zipBytes,
		Skipped:   r.skipped,
		Titles:    map[string]string{},
		Unsliced:  r.unsliced,
	}
	for _, e := range r.entrants {
		out.Titles[e.Name] = e.Title
		if !e.handlesEvents() {
			out.Empty = yardstick{e.cold.poll(), e.cold.response()}
		}
	}
	for _, s := range r.settings() {
		for _, c := range s.cases() {
			for _, e := range r.entrants {
				if e.handlesEvents() {
					out.Rows = append(out.Rows, e.row(c, s))
				}
			}
		}
	}
	out.judge()
	return out
}

// row is one line of the report.
func (e *entrant) row(c harness.Case, s setting) row {
	m := e.measured[s][c]
	var slice float64
	if s.sliced {
		slice = harness.Share
	}
	perRecord := func(v float64) float64 { return v / float64(m.records) }
	const mib = 1 << 20
	return row{
		Impl:                e.Name,
		Case:                c,
		Batch:               s.batch,
		Slice:               slice,
		MeanMs:              milliseconds(m.total()) / float64(len(m.elapsed)),
		P50Ms:               milliseconds(harness.Percentile(m.elapsed, 50)),
		P99Ms:               milliseconds(harness.Percentile(m.elapsed, 99)),
		CPUMicrosPerRecord:  perRecord(float64(m.cpu.Nanoseconds()) / 1e3),
		CallsPerRecord:      perRecord(float64(m.calls)),
		WriteUnitsPerRecord: perRecord(m.writeUnits),
		ReadUnitsPerRecord:  perRecord(m.readUnits),
		PeakMiB:             float64(e.peak[s]) / mib,
		ColdStartMs:         e.cold.poll(),
		FirstResponseMs:     e.cold.response(),
		Samples:             len(m.elapsed),
	}
}

// milliseconds is a duration as the report has it.
func milliseconds(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// cpuModel is the processor's name where the system tells it, or nothing.
func cpuModel() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	for line := range bytes.Lines(info) {
		if key, value, found := bytes.Cut(line, []byte(":")); found && string(bytes.TrimSpace(key)) == "model name" {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}
