package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"cc-eventbridge/function/internal/bench/harness"
	"cc-eventbridge/function/internal/dynamofake"
)

// Options say what to measure and for how long.
type Options struct {
	// Root is the workspace's folder, Dir the folder for what is built and installed.
	Root, Dir string
	// Only names the implementations to run; none named are all. The empty handler always runs.
	Only []string
	// Latency is what DynamoDB takes for any call.
	Latency time.Duration
	// Launches is how many times each process is started for the cold starts.
	Launches int
	// Budget is how long each batch size is measured; Warm is how long it runs before that.
	Budget, Warm time.Duration
	// Slice is how long one turn of an implementation goes on handing out batches; at least one is.
	Slice time.Duration
	// Quick marks the report of a run that shows that everything works, not how fast.
	Quick bool
	// Progress takes a line about what happens now.
	Progress io.Writer
}

// batchSizes are those of the comparison: SQS's own batch, and ten of them in one invocation.
var batchSizes = [...]int{10, 100}

// entrant is a contender in this run.
type entrant struct {
	*harness.Contender
	table     *dynamofake.Table // nil for the empty handler
	sequences map[int]*harness.Sequence
	cold      coldStart
	measured  map[int]map[harness.Case]*measurement
	peak      map[int]int64
}

// run is one run of the benchmark.
type run struct {
	Options
	started  time.Time
	dynamo   *harness.Dynamo
	entrants []*entrant
	skipped  map[string]string
}

// Run measures and reports. A peer that can't be installed or started is left out and named in the report; this function
// and the empty handler have to run.
func Run(ctx context.Context, options Options) (_ *Report, err error) {
	r := &run{Options: options, started: time.Now(), skipped: map[string]string{}}
	shop := &harness.Workshop{Root: options.Root, Dir: options.Dir, Progress: r.say}
	if err := r.prepare(ctx, shop); err != nil {
		return nil, err
	}
	zipBytes, err := harness.FunctionZipBytes(ctx, shop)
	if err != nil {
		return nil, fmt.Errorf("weigh the function: %w", err)
	}
	if err := r.startDynamo(); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.dynamo.Close()) }()
	if err := r.coldStarts(ctx); err != nil {
		return nil, err
	}
	for _, size := range batchSizes {
		if err := r.phase(ctx, size); err != nil {
			return nil, fmt.Errorf("measure batches of %d: %w", size, err)
		}
	}
	return r.report(zipBytes), nil
}

// prepare builds and installs what takes part.
func (r *run) prepare(ctx context.Context, shop *harness.Workshop) error {
	all := harness.All()
	for _, name := range r.Only {
		if !slices.ContainsFunc(all, func(c *harness.Contender) bool { return c.Name == name }) {
			return fmt.Errorf("there is no implementation %q, there are %v", name, names(all))
		}
	}
	for _, c := range all {
		if len(r.Only) > 0 && !slices.Contains(r.Only, c.Name) && c.Name != harness.Empty {
			r.skipped[c.Name] = c.Title + ": not asked for"
			continue
		}
		if err := c.Prepare(ctx, shop); err != nil {
			if c.Essential || ctx.Err() != nil {
				return err //nolint:wrapcheck // Prepare names the contender
			}
			r.skip(c, err)
			continue
		}
		r.entrants = append(r.entrants, newEntrant(c))
	}
	return nil
}

// newEntrant gives a contender its table and its batches.
func newEntrant(c *harness.Contender) *entrant {
	e := &entrant{
		Contender: c,
		sequences: map[int]*harness.Sequence{},
		measured:  map[int]map[harness.Case]*measurement{},
		peak:      map[int]int64{},
	}
	if c.Key != "" {
		e.table = dynamofake.New(c.Table(), c.Key)
	}
	for _, size := range batchSizes {
		e.sequences[size] = harness.NewSequence(size)
		e.measured[size] = map[harness.Case]*measurement{}
	}
	return e
}

// startDynamo serves everybody's table at one endpoint.
func (r *run) startDynamo() error {
	var tables []*dynamofake.Table
	for _, e := range r.entrants {
		if e.table != nil {
			tables = append(tables, e.table)
		}
	}
	server, err := harness.ServeDynamo(r.Latency, tables...)
	r.dynamo = server
	return err //nolint:wrapcheck // Start says what it was doing
}

// skip leaves a peer out.
func (r *run) skip(c *harness.Contender, reason error) {
	r.skipped[c.Name] = reason.Error()
	r.say("leaving out %s: %v", c.Title, reason)
}

// say tells what happens now, and how far into the run.
func (r *run) say(format string, arguments ...any) {
	line := fmt.Sprintf(format, arguments...)
	fmt.Fprintf(r.Progress, "%5.1fs  %s\n", time.Since(r.started).Seconds(), line)
}

// names lists contenders.
func names(all []*harness.Contender) []string {
	list := make([]string, len(all))
	for i, c := range all {
		list[i] = c.Name
	}
	return list
}

// report collects the rows, case by case.
func (r *run) report(zipBytes int64) *Report {
	out := &Report{
		Machine:   Machine{OS: runtime.GOOS, Arch: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version(), Model: cpuModel()},
		LatencyMs: milliseconds(r.Latency),
		Quick:     r.Quick,
		Seconds:   time.Since(r.started).Seconds(),
		ZipBytes:  zipBytes,
		Skipped:   r.skipped,
		Titles:    map[string]string{},
	}
	for _, e := range r.entrants {
		out.Titles[e.Name] = e.Title
		if e.table == nil {
			out.Empty = Yardstick{ColdStartMs: e.cold.poll(), FirstResponseMs: e.cold.response()}
		}
	}
	for _, size := range batchSizes {
		for _, c := range harness.Cases() {
			for _, e := range r.entrants {
				if e.table != nil {
					out.Rows = append(out.Rows, e.row(c, size))
				}
			}
		}
	}
	out.Judge()
	return out
}
