package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cc-eventbridge/function/internal/bench/harness"
)

// sample is a report in which this function meets every target but the p50 of a batch of 100.
func sample() *report {
	r := &report{
		Machine:   machine{OS: "linux", Arch: "amd64", CPUs: 2, Go: "go1.26"},
		LatencyMs: 6,
		ZipBytes:  3_350_000,
		Empty:     yardstick{ColdStartMs: 4, FirstResponseMs: 5},
		Titles:    map[string]string{"function": "this <function>", "guide": "AWS-style sample handler", "powertools-typescript": "Powertools TypeScript"},
	}
	add := func(impl string, kind harness.Case, batch int, p50, cpu, calls, writes, reads float64) {
		r.Rows = append(r.Rows, row{
			Impl: impl, Case: kind, Batch: batch, P50Ms: p50, P99Ms: 2 * p50, CPUMicrosPerRecord: cpu, CallsPerRecord: calls,
			WriteUnitsPerRecord: writes, ReadUnitsPerRecord: reads, PeakMiB: 20, ColdStartMs: 5, FirstResponseMs: 20, Samples: 100,
		})
	}
	add("function", "new", 10, 12.6, 70, 2.0/10, 2, 0)
	add("guide", "new", 10, 146, 2467, 2, 1, 0.5)
	add("powertools-typescript", "new", 10, 22.6, 1436, 2, 2, 0)
	add("function", "duplicates", 10, 13.5, 70, 0.2, 1, 1)
	add("function", "new", 100, 19.8, 30, 8.0/100, 2, 0)
	add("guide", "new", 100, 1435, 2351, 2, 1, 0.5)
	add("powertools-typescript", "new", 100, 85, 880, 2, 2, 0)
	add("function", "duplicates", 100, 16, 30, 0.05, 1, 1)
	for impl, p50 := range map[string]float64{"function": 15, "powertools-typescript": 249} {
		r.Rows = append(r.Rows, row{
			Impl: impl, Case: "new", Batch: 100, Slice: harness.Share, P50Ms: p50, MeanMs: p50, WriteUnitsPerRecord: 2, Samples: 100,
		})
	}
	r.judge()
	return r
}

func TestTargetsAreJudgedByWhatWasMeasured(t *testing.T) {
	verdicts := map[string]string{}
	for _, target := range sample().Targets {
		verdicts[target.Name] = target.verdict()
	}
	for name, want := range map[string]string{
		"calls per new event, batch of 10":                                     "met",
		"calls per new event, batch of 100":                                    "met",
		"p50 for new events, batch of 10":                                      "met",
		"p50 for new events, batch of 100":                                     "short by 0.9 trips (38 %)",
		"faster than the AWS-style sample handler, batches of 10":              "met",
		"less CPU than Powertools TypeScript, batches of 10":                   "met",
		"faster than Powertools TypeScript, batches of 100 in 0.289 of a core": "short by 0.4 × (2 %)",
		"faster than Powertools TypeScript, batches of 10 in 0.289 of a core":  "not measured",
		"exec to first poll, beside an empty handler":                          "met",
		"zip for arm64": "met",
	} {
		if got := verdicts[name]; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestAPeerThatWasLeftOutLeavesItsTargetsUnmeasured(t *testing.T) {
	r := sample()
	r.Rows = r.Rows[:1]
	r.Skipped = map[string]string{"guide": "prepare AWS-style sample handler: npm was not found"}
	r.judge()
	for _, target := range r.Targets {
		if strings.Contains(target.Name, "Powertools") && target.verdict() != "not measured" {
			t.Errorf("%s: %s", target.Name, target.verdict())
		}
	}
	var printed strings.Builder
	if err := r.print(&printed); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(printed.String(), "Left out: prepare AWS-style sample handler: npm was not found") {
		t.Errorf("the table does not say what was left out:\n%s", printed.String())
	}
}

func TestTheTableHoldsFiguresRatiosAndTargets(t *testing.T) {
	var printed strings.Builder
	if err := sample().print(&printed); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"new, batches of 10 ", "1435", "11.6×", "72.5×", "≥ 70 ×", "short by"} {
		if !strings.Contains(printed.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, printed.String())
		}
	}
}

func TestTheFileHasARowForEveryFigure(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "bench.json")
	if err := sample().writeJSON(path); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Rows []map[string]any }
	if err := json.Unmarshal(content, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Rows) != 10 {
		t.Fatalf("%d rows, want 10", len(file.Rows))
	}
	for _, name := range []string{
		"impl", "case", "batch", "p50Ms", "p99Ms", "cpuMicrosPerRecord", "callsPerRecord", "writeUnitsPerRecord",
		"readUnitsPerRecord", "peakMiB", "coldStartMs", "firstResponseMs", "meanMs",
	} {
		if _, found := file.Rows[0][name]; !found {
			t.Errorf("a row lacks %s", name)
		}
	}
}

func TestFiguresHaveThreeDigits(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.08: "0.08", 0.2 + 1e-12: "0.2", 1: "1", 9.996: "10", 13.449: "13.4", 99.97: "100", 146.4: "146", 1434.6: "1435",
	} {
		if got := figure(v); got != want {
			t.Errorf("figure(%v) = %q, want %q", v, got, want)
		}
	}
}
