package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"text/tabwriter"

	"cc-eventbridge/function/internal/bench/harness"
)

// row is one implementation in one case.
type row struct {
	Impl  string       `json:"impl"`
	Case  harness.Case `json:"case"`
	Batch int          `json:"batch"`
	// Slice is the share of a core that the process had; 0 for whole cores.
	Slice               float64 `json:"slice,omitempty"`
	MeanMs              float64 `json:"meanMs"`
	P50Ms               float64 `json:"p50Ms"`
	P99Ms               float64 `json:"p99Ms"`
	CPUMicrosPerRecord  float64 `json:"cpuMicrosPerRecord"`
	CallsPerRecord      float64 `json:"callsPerRecord"`
	WriteUnitsPerRecord float64 `json:"writeUnitsPerRecord"`
	ReadUnitsPerRecord  float64 `json:"readUnitsPerRecord"`
	PeakMiB             float64 `json:"peakMiB"`
	ColdStartMs         float64 `json:"coldStartMs"`
	FirstResponseMs     float64 `json:"firstResponseMs"`
	// Samples is how many batches the percentiles are of; below 100 the 99th is the slowest one.
	Samples int `json:"samples"`
}

// setting is what the row is of.
func (r row) setting() setting { return setting{r.Batch, r.Slice > 0} }

// yardstick is what this function's start is compared with.
type yardstick struct {
	ColdStartMs     float64 `json:"coldStartMs"`
	FirstResponseMs float64 `json:"firstResponseMs"`
}

// machine is where it was measured.
type machine struct {
	OS    string `json:"os"`
	Arch  string `json:"arch"`
	CPUs  int    `json:"cpus"`
	Go    string `json:"go"`
	Model string `json:"model,omitempty"`
}

// report is one run.
type report struct {
	Machine   machine   `json:"machine"`
	LatencyMs float64   `json:"latencyMs"`
	Quick     bool      `json:"quick"`
	Seconds   float64   `json:"seconds"`
	ZipBytes  int64     `json:"zipBytes"`
	Empty     yardstick `json:"emptyHandler"`
	Rows      []row     `json:"rows"`
	Targets   []target  `json:"targets"`
	// Skipped says which peers were left out, and why.
	Skipped map[string]string `json:"skipped,omitempty"`
	// Unsliced says why there are no rows of a slice.
	Unsliced string `json:"unsliced,omitempty"`
	// Titles are the names for people, by implementation.
	Titles map[string]string `json:"titles"`
}

// find returns the row of an implementation, a case and a setting.
func (r *report) find(impl string, c harness.Case, s setting) (row, bool) {
	i := slices.IndexFunc(r.Rows, func(row row) bool {
		return row.Impl == impl && row.Case == c && row.Batch == s.batch && row.Slice > 0 == s.sliced
	})
	if i < 0 {
		return row{}, false
	}
	return r.Rows[i], true
}

// writeJSON writes the report.
func (r *report) writeJSON(path string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of the report: %w", err)
	}
	if err := os.WriteFile(path, append(content, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// readJSON reads a report that was written before.
func readJSON(path string) (*report, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the report: %w", err)
	}
	var r report
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("read the report %s: %w", path, err)
	}
	return &r, nil
}

// print writes the report for people.
func (r *report) print(w io.Writer) error {
	var out bytes.Buffer
	r.printHead(&out)
	r.printRows(&out)
	r.printRatios(&out)
	if r.Unsliced == "" {
		r.printCosts(&out)
	}
	r.printTargets(&out)
	if _, err := out.WriteTo(w); err != nil {
		return fmt.Errorf("print the report: %w", err)
	}
	return nil
}

// printHead says where and how it was measured, and what is missing.
func (r *report) printHead(w io.Writer) {
	model := r.Machine.Model
	if model == "" {
		model = r.Machine.Arch
	}
	fmt.Fprintf(w, "\nOne run of %.0f s on %d × %s (%s/%s, %s); a DynamoDB that answers after %s ms; events of about 2 KB, no downstream.\n"+
		"The p99 of fewer than 100 batches (n) is the slowest of them. Peak memory is of a process that has run all cases of its batch size.\n",
		r.Seconds, r.Machine.CPUs, model, r.Machine.OS, r.Machine.Arch, r.Machine.Go, figure(r.LatencyMs))
	if r.Quick {
		fmt.Fprintln(w, "A quick run: one batch per case. It shows that everything works, not how fast.")
	}
	if r.Unsliced != "" {
		fmt.Fprintf(w, "Not measured in a function's share of a core: %s\n", r.Unsliced)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Skipped)) {
		fmt.Fprintf(w, "Left out: %s\n", r.Skipped[name])
	}
}

// printRows writes one line per implementation, under one heading per case and batch size.
func (r *report) printRows(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer out.Flush()
	heading := ""
	for _, row := range r.Rows {
		if next := fmt.Sprintf("%s, %v", row.Case, row.setting()); next != heading {
			heading = next
			fmt.Fprintf(out, "\n%s\tp50 ms\tp99 ms\tn\tCPU µs/rec\tcalls/rec\tWU/rec\tRU/rec\tpeak MiB\tfirst poll ms\tfirst response ms\t\n", heading)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t\n", r.Titles[row.Impl],
			figure(row.P50Ms), figure(row.P99Ms), row.Samples, figure(row.CPUMicrosPerRecord), figure(row.CallsPerRecord),
			figure(row.WriteUnitsPerRecord), figure(row.ReadUnitsPerRecord), figure(row.PeakMiB), figure(row.ColdStartMs), figure(row.FirstResponseMs))
	}
	fmt.Fprintf(out, "\nan empty Go handler\t\t\t\t\t\t\t\t\t%s\t%s\t\n", figure(r.Empty.ColdStartMs), figure(r.Empty.FirstResponseMs))
}

// printRatios writes how many times each peer takes what this function takes.
func (r *report) printRatios(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	defer out.Flush()
	fmt.Fprintf(out, "\ntimes this function's\tcores\tbatch\tp50\tCPU\tcalls\tpeak memory\t\n")
	for _, row := range r.Rows {
		if row.Case != harness.New || row.Impl == harness.Function {
			continue
		}
		cores := "whole"
		if row.Slice > 0 {
			cores = figure(row.Slice)
		}
		fmt.Fprintf(out, "%s\t%s\t%d\t", r.Titles[row.Impl], cores, row.Batch)
		for _, of := range []reading{p50, cpu, calls, peak} {
			multiple := "–"
			if times := r.times(row.Impl, harness.New, row.setting(), of); times != nil {
				multiple = figure(*times) + "×"
			}
			fmt.Fprintf(out, "%s\t", multiple)
		}
		fmt.Fprintln(out)
	}
}

// printTargets writes every target with what was measured.
func (r *report) printTargets(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer out.Flush()
	fmt.Fprintf(out, "\ntarget\tpromised\tmeasured\t\n")
	for _, t := range r.Targets {
		measured := "–"
		if t.Measured != nil {
			measured = figure(*t.Measured) + " " + t.Unit
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", t.Name, t.goal(), measured, t.verdict())
	}
}

// figure writes a number with three significant digits, and all digits before the point.
func figure(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	// Rounding may carry: 9.996 is 10, not 10.00.
	rounded, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
