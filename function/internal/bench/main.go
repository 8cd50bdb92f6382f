// Command bench measures this product's function beside an AWS-style sample handler and Powertools for AWS Lambda: in one
// run, on one machine, against one fake DynamoDB that answers after a fixed time and counts what it is asked.
//
// Every implementation is a real process that speaks the Lambda Runtime API and is given the same batches. Their turns
// are interleaved, a short one each and then the next round, so that what disturbs the machine disturbs them alike.
//
// It prints a table and the targets with their verdicts, and writes .local/bench.json. A missed target does not fail it; a
// process that does not do its work does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

func main() {
	// The fake DynamoDB and the Runtime API share the machine with what they measure: let them collect rarely.
	const garbagePercent = 400
	debug.SetGCPercent(garbagePercent)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// options say what to measure and for how long.
type options struct {
	// root is the workspace's folder, dir the folder for what is built and installed.
	root, dir string
	// only names the implementations to run; none named are all. The empty handler always runs.
	only []string
	// latency is what DynamoDB takes for any call.
	latency time.Duration
	// launches is how many times each process is started for the cold starts.
	launches int
	// budget is how long each batch size is measured; warm is how long it runs before that.
	budget, warm time.Duration
	// slice is how long one turn of an implementation goes on handing out batches; at least one is.
	slice time.Duration
	// quick marks the report of a run that shows that everything works, not how fast.
	quick bool
	// progress takes a line about what happens now.
	progress io.Writer
}

// command reads the flags, measures and writes the results.
func command(ctx context.Context, arguments []string) error {
	root, err := workspace()
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	o := options{root: root, dir: filepath.Join(root, ".local", "bench"), progress: os.Stderr}
	flags.BoolVar(&o.quick, "quick", false, "one batch per case and two launches: shows that everything works, not how fast")
	flags.DurationVar(&o.latency, "latency", 6*time.Millisecond, "what DynamoDB takes for every call")
	flags.DurationVar(&o.budget, "budget", 75*time.Second, "how long each batch size is measured, with whole cores and again with a function's share of one")
	flags.DurationVar(&o.warm, "warm", 10*time.Second, "how long each batch size runs before it is measured")
	flags.DurationVar(&o.slice, "slice", 250*time.Millisecond, "how long one turn of an implementation lasts (at least one batch)")
	flags.IntVar(&o.launches, "launches", 12, "how many cold starts the medians are of")
	only := flags.String("only", "", "comma-separated implementations to run: function, guide, powertools-typescript, powertools-python (default all)")
	again := flags.String("print", "", "print this `file` of figures again, and measure nothing")
	path := flags.String("json", filepath.Join(root, ".local", "bench.json"), "where to write the figures")
	if err := flags.Parse(arguments); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: there are only flags", flags.Arg(0))
	}
	if *again != "" {
		written, err := readJSON(*again)
		if err != nil {
			return err
		}
		return written.print(os.Stdout)
	}
	if o.launches < 1 {
		return fmt.Errorf("-launches is %d, want at least 1", o.launches)
	}
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	if o.quick {
		o.launches, o.budget, o.warm, o.slice = 2, 0, 0, 0
	}
	measured, err := measure(ctx, o)
	if err != nil {
		return err
	}
	if err := errors.Join(measured.print(os.Stdout), measured.writeJSON(*path)); err != nil {
		return err
	}
	fmt.Printf("\nwrote %s\n", *path)
	return nil
}

// workspace is the folder of go.work, at or above the current one.
func workspace() (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the current folder: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no go.work in %s or above it: run this inside the checkout", start)
		}
	}
}
