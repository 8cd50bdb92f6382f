package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const benchFile = `{
	"latencyMs": 6, "machine": {"cpus": 2, "model": "a <processor>"},
	"titles": {"function": "this function (Go)", "guide": "AWS-style sample handler (Node)"},
	"rows": [
		{"impl": "function", "case": "new", "batch": 10, "p50Ms": 14.9, "coldStartMs": 6.28},
		{"impl": "guide", "case": "new", "batch": 10, "p50Ms": 175, "coldStartMs": 143},
		{"impl": "function", "case": "duplicates", "batch": 10, "p50Ms": 99, "coldStartMs": 99},
		{"impl": "function", "case": "new", "batch": 100, "p50Ms": 22.4, "cpuMicrosPerRecord": 94, "callsPerRecord": 0.08, "peakMiB": 29},
		{"impl": "guide", "case": "new", "batch": 100, "p50Ms": 1748, "cpuMicrosPerRecord": 4781, "callsPerRecord": 2, "peakMiB": 108}
	]
}`

// TestTheChartSaysWhatTheFileHolds looks at the texts of the image: every figure of new events with its unit, and the factor
// beside the peers.
func TestTheChartSaysWhatTheFileHolds(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "bench.json"), filepath.Join(dir, "bench.svg")
	if err := os.WriteFile(from, []byte(benchFile), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := chart([]string{"-from", from, "-to", to}); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]int{}
	for decoder := xml.NewDecoder(bytes.NewReader(image)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, isText := token.(xml.CharData); isText {
			texts[strings.TrimSpace(string(data))]++
		}
	}
	for text, times := range map[string]int{
		"this function (Go)": 6, "AWS-style sample handler (Node)": 6, "Time per batch of 10, median": 1,
		"14.9 ms": 1, "175 ms (12×)": 1, "1,748 ms (78×)": 1, "94 µs": 1, "4,781 µs (51×)": 1, "2 (25×)": 1, "108 MiB (3.7×)": 1, "143 ms (23×)": 1,
		"99 ms": 0,
	} {
		if texts[text] != times {
			t.Errorf("%q is there %d times, want %d", text, texts[text], times)
		}
	}
}

func TestAChartWithoutThisFunctionIsAnError(t *testing.T) {
	if _, err := new(benchReport).svg(); err == nil {
		t.Error("no error")
	}
}
