package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"
)

// engine lists the packages that are measured, in the order of the flow.
var engine = []string{
	"batch", "decode", "payload", "event", "flags", "identify", "schema", "dedup", "deliver", "quarantine", "visibility", "process",
}

func main() {
	if filepath.Base(os.Args[0]) == "go" {
		os.Exit(actAsGo(os.Args[1:]))
	}
	gremlins := flag.String("gremlins", "gremlins", "the gremlins command")
	excuses := flag.String("excuses", "../local/tools/mutants/excuses.txt", "the mutants that may live")
	output := flag.String("output", "../.local/mutants", "the folder for what gremlins says")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *gremlins, *excuses, *output, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run measures packages, all of the engine's where none is named. The working directory is the function's module.
func run(ctx context.Context, gremlins, excusesFile, output string, packages []string) error {
	if len(packages) == 0 {
		packages = engine
	}
	for _, pkg := range packages {
		if !slices.Contains(engine, pkg) {
			return fmt.Errorf("package %s is not one of %v", pkg, engine)
		}
	}
	text, err := os.ReadFile(excusesFile)
	if err != nil {
		return err
	}
	excuses, err := parseExcuses(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", excusesFile, err)
	}
	if gremlins, err = exec.LookPath(gremlins); err != nil {
		return err
	}
	if gremlins, err = filepath.Abs(gremlins); err != nil {
		return err
	}
	if output, err = filepath.Abs(output); err != nil {
		return err
	}
	if err := os.MkdirAll(output, 0o755); err != nil {
		return err
	}
	environment, remove, err := goEnvironment()
	if err != nil {
		return err
	}
	defer remove()
	var scores []score
	for i, pkg := range packages {
		fmt.Printf("mutants %s (%d of %d) ", pkg, i+1, len(packages))
		start := time.Now()
		mutants, err := measure(ctx, gremlins, pkg, output, environment)
		if err != nil {
			fmt.Println()
			return err
		}
		s := judge(pkg, mutants, excuses)
		fmt.Printf("%d in %v: %s\n", s.total(), time.Since(start).Round(time.Second), s.verdict())
		scores = append(scores, s)
	}
	fmt.Print("\n", table(scores))
	for _, s := range scores {
		for _, m := range s.survivors {
			fmt.Println(m)
		}
	}
	if !slices.ContainsFunc(scores, func(s score) bool { return len(s.problems()) > 0 }) {
		return nil
	}
	return errors.New("the tests of some packages notice too little")
}

// measure runs gremlins on one package and returns its mutants.
func measure(ctx context.Context, gremlins, pkg, output string, environment []string) ([]mutant, error) {
	report, log := filepath.Join(output, pkg+".json"), filepath.Join(output, pkg+".log")
	if err := os.RemoveAll(report); err != nil {
		return nil, err
	}
	logFile, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer logFile.Close()
	cmd := exec.CommandContext(ctx, gremlins, "unleash", "./"+pkg, "--timeout-coefficient", "10", "--workers", "2", "--output", report)
	cmd.Env, cmd.Stdout, cmd.Stderr = environment, logFile, logFile
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it removes its copies of the module
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("gremlins on %s: %w; see %s", pkg, err, log)
	}
	text, err := os.ReadFile(report)
	if err != nil {
		return nil, fmt.Errorf("gremlins on %s left no report: %w; see %s", pkg, err, log)
	}
	return readReport(text, pkg)
}
