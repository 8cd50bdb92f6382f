package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Row is one implementation in one case.
type Row struct {
	Impl                string  `json:"impl"`
	Case                string  `json:"case"`
	Batch               int     `json:"batch"`
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

// Yardstick is what this function's start is compared with.
type Yardstick struct {
	ColdStartMs     float64 `json:"coldStartMs"`
	FirstResponseMs float64 `json:"firstResponseMs"`
}

// Machine is where it was measured.
type Machine struct {
	OS    string `json:"os"`
	Arch  string `json:"arch"`
	CPUs  int    `json:"cpus"`
	Go    string `json:"go"`
	Model string `json:"model,omitempty"`
}

// Report is one run.
type Report struct {
	Machine   Machine   `json:"machine"`
	LatencyMs float64   `json:"latencyMs"`
	Quick     bool      `json:"quick"`
	Seconds   float64   `json:"seconds"`
	ZipBytes  int64     `json:"zipBytes"`
	Empty     Yardstick `json:"emptyHandler"`
	Rows      []Row     `json:"rows"`
	Targets   []Target  `json:"targets"`
	// Skipped says which peers were left out, and why.
	Skipped map[string]string `json:"skipped,omitempty"`
	// Titles are the names for people, by implementation.
	Titles map[string]string `json:"titles"`
}

// Find returns the row of an implementation, a case and a batch size.
func (r *Report) Find(impl, kind string, batch int) (Row, bool) {
	for _, row := range r.Rows {
		if row.Impl == impl && row.Case == kind && row.Batch == batch {
			return row, true
		}
	}
	return Row{}, false
}

// WriteJSON writes the report.
func (r *Report) WriteJSON(path string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the report: %w", err)
	}
	return write(path, append(content, '\n'))
}

// WriteChart writes the chart.
func (r *Report) WriteChart(path string) error {
	var chart bytes.Buffer
	if err := r.Chart(&chart); err != nil {
		return err
	}
	return write(path, chart.Bytes())
}

// write makes a file whole or not at all, and its folder if need be.
func write(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("make the folder of %s: %w", path, err)
	}
	unfinished := path + ".unfinished"
	if err := os.WriteFile(unfinished, content, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := os.Rename(unfinished, path); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
