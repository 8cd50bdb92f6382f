// Command bench measures this product's function beside the guide's handler and Powertools for AWS Lambda, in one run:
// it builds and installs them, prints a table and the targets with their verdicts, and writes .local/bench.json and a
// chart. A missed target does not fail it; a process that does not do its work does.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"time"
)

func main() {
	// The model of DynamoDB and the Runtime API share the machine with what they measure: let them collect rarely.
	const garbagePercent = 400
	debug.SetGCPercent(garbagePercent)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := execute(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// execute reads the flags, measures and writes the results.
func execute(ctx context.Context, arguments []string) error {
	root, err := workspace()
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	options := Options{Root: root, Dir: filepath.Join(root, ".local", "bench"), Progress: os.Stderr}
	flags.BoolVar(&options.Quick, "quick", false, "one batch a case and two launches: shows that everything works, not how fast")
	flags.DurationVar(&options.Latency, "latency", 6*time.Millisecond, "what DynamoDB takes for every call")
	flags.DurationVar(&options.Budget, "budget", 75*time.Second, "how long each of the two batch sizes is measured")
	flags.DurationVar(&options.Warm, "warm", 10*time.Second, "how long each batch size runs before it is measured")
	flags.DurationVar(&options.Slice, "slice", 250*time.Millisecond, "how long one turn of an implementation lasts (at least one batch)")
	flags.IntVar(&options.Launches, "launches", 12, "how many cold starts the medians are of")
	only := flags.String("only", "", "comma-separated implementations to run: function, guide, powertools-typescript, powertools-python (default all)")
	jsonPath := flags.String("json", filepath.Join(root, ".local", "bench.json"), "where to write the figures")
	svgPath := flags.String("svg", filepath.Join(root, ".local", "bench.svg"), "where to write the chart")
	if err := flags.Parse(arguments); err != nil {
		return fmt.Errorf("read the flags: %w", err)
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q: there are only flags", flags.Arg(0))
	}
	if options.Launches < 1 {
		return fmt.Errorf("-launches is %d, want at least 1", options.Launches)
	}
	if *only != "" {
		options.Only = strings.Split(*only, ",")
	}
	if options.Quick {
		options.Launches, options.Budget, options.Warm, options.Slice = 2, 0, 0, 0
	}
	if err := os.MkdirAll(options.Dir, 0o755); err != nil {
		return fmt.Errorf("make the folder for what is built and installed: %w", err)
	}
	report, err := Run(ctx, options)
	if err != nil {
		return err //nolint:wrapcheck // Run says what it was doing
	}
	if err := report.Print(os.Stdout); err != nil {
		return err //nolint:wrapcheck // Print says what it was doing
	}
	if err := errors.Join(report.WriteJSON(*jsonPath), report.WriteChart(*svgPath)); err != nil {
		return err
	}
	fmt.Printf("\nwrote %s and %s\n", *jsonPath, *svgPath)
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
