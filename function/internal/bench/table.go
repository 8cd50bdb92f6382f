package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// Print writes the report for people.
func (r *Report) Print(w io.Writer) error {
	steps := []func(io.Writer) error{r.printHead, r.printRows, r.printRatios, r.printTargets}
	for _, step := range steps {
		if err := step(w); err != nil {
			return fmt.Errorf("print the report: %w", err)
		}
	}
	return nil
}

// printHead says where and how it was measured, and what is missing.
func (r *Report) printHead(w io.Writer) error {
	model := r.Machine.Model
	if model == "" {
		model = r.Machine.Arch
	}
	_, err := fmt.Fprintf(w, "\nOne run of %.0f s on %d × %s (%s/%s, %s); a DynamoDB that answers after %s ms; events of about 2 KB, no downstream.\n"+
		"The p99 of fewer than 100 batches (n) is the slowest of them. Peak memory is of a process that has run all cases of its batch size.\n",
		r.Seconds, r.Machine.CPUs, model, r.Machine.OS, r.Machine.Arch, r.Machine.Go, figure(r.LatencyMs))
	if err != nil {
		return err
	}
	if r.Quick {
		if _, err := fmt.Fprintln(w, "A quick run: one batch a case. It shows that everything works, not how fast."); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Skipped)) {
		if _, err := fmt.Fprintf(w, "Left out: %s\n", r.Skipped[name]); err != nil {
			return err
		}
	}
	return nil
}

// printRows writes one line an implementation, under one heading a case and batch size.
func (r *Report) printRows(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	heading := ""
	for _, row := range r.Rows {
		if next := fmt.Sprintf("%s, batches of %d", row.Case, row.Batch); next != heading {
			heading = next
			fmt.Fprintf(out, "\n%s\tp50 ms\tp99 ms\tn\tCPU µs/rec\tcalls/rec\tWU/rec\tRU/rec\tpeak MiB\tfirst poll ms\tfirst response ms\t\n", heading)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.title(row.Impl),
			figure(row.P50Ms), figure(row.P99Ms), row.Samples, figure(row.CPUMicrosPerRecord), figure(row.CallsPerRecord),
			figure(row.WriteUnitsPerRecord), figure(row.ReadUnitsPerRecord), figure(row.PeakMiB), figure(row.ColdStartMs), figure(row.FirstResponseMs))
	}
	fmt.Fprintf(out, "\nan empty Go handler\t\t\t\t\t\t\t\t\t%s\t%s\t\n", figure(r.Empty.ColdStartMs), figure(r.Empty.FirstResponseMs))
	return out.Flush() //nolint:wrapcheck // Print wraps it
}

// printRatios writes how many times each peer takes what this function takes.
func (r *Report) printRatios(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(out, "\ntimes this function's\tbatch\tp50\tCPU\tcalls\tpeak memory\t\n")
	for _, row := range r.Rows {
		if row.Case != newEvents || row.Impl == function {
			continue
		}
		fmt.Fprintf(out, "%s\t%d\t", r.title(row.Impl), row.Batch)
		for _, of := range []func(Row) float64{p50, cpu, calls, peak} {
			fmt.Fprintf(out, "%s\t", r.multiple(row, of))
		}
		fmt.Fprintln(out)
	}
	return out.Flush() //nolint:wrapcheck // Print wraps it
}

// multiple is a peer's figure in terms of this function's.
func (r *Report) multiple(row Row, of func(Row) float64) string {
	times := r.times(row.Impl, row.Case, row.Batch, of)
	if times == nil {
		return "–"
	}
	return figure(*times) + "×"
}

// printTargets writes every target with what was measured.
func (r *Report) printTargets(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(out, "\ntarget\tpromised\tmeasured\t\n")
	for _, t := range r.Targets {
		measured := "–"
		if t.Measured != nil {
			measured = figure(*t.Measured) + " " + t.Unit
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", t.Name, t.Goal(), measured, t.Verdict())
	}
	return out.Flush() //nolint:wrapcheck // Print wraps it
}

// title is an implementation's name for people.
func (r *Report) title(impl string) string {
	if title, found := r.Titles[impl]; found {
		return title
	}
	return impl
}

// figure writes a number with three significant digits, thousands apart.
func figure(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "–"
	case math.Abs(v) >= 999.5: // it rounds to a thousand
		return thousands(int64(math.Round(v)))
	case math.Abs(v) >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	default:
		// Rounding may carry: 9.996 is 10, not 10.00.
		rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
		return strconv.FormatFloat(rounded, 'f', -1, 64)
	}
}

// thousands writes an integer in groups of three digits.
func thousands(v int64) string {
	digits := strconv.FormatInt(v, 10)
	var groups []string
	for len(digits) > 3 && digits[len(digits)-4] != '-' {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, groups...), ",")
}
