package main

import (
	"path/filepath"
	"testing"
	"time"

	"cc-eventbridge/function/internal/bench/harness"
	"cc-eventbridge/function/internal/dynamofake"
)

func TestAResponseIsReadAsTheEventSourceMappingDoes(t *testing.T) {
	for response, fails := range map[string]bool{
		``:                           false,
		`null`:                       false,
		`{}`:                         false,
		`{"batchItemFailures":[]}`:   false,
		`{"batchItemFailures":null}`: false,
		`{"batchItemFailures":[{"itemIdentifier":"1"}]}`: true,
		`"done`: true,
	} {
		if err := acknowledged([]byte(response)); (err != nil) != fails {
			t.Errorf("acknowledged(%s) = %v", response, err)
		}
	}
}

func TestOnlyWhatATurnAskedOfTheTableIsCharged(t *testing.T) {
	m := &measurement{calls: 1, writeUnits: 2, readUnits: 3}
	before := dynamofake.Usage{Calls: map[string]int{"PutItem": 5}, WriteUnits: 5, ReadUnits: 0.5}
	after := dynamofake.Usage{Calls: map[string]int{"PutItem": 6, "GetItem": 1}, WriteUnits: 6, ReadUnits: 1}
	m.charge(before, after)
	if m.calls != 3 || m.writeUnits != 3 || m.readUnits != 3.5 {
		t.Errorf("charged %+v, want 3 calls, 3 write units and 3.5 read units", *m)
	}
}

func TestARowIsPerRecord(t *testing.T) {
	e := newEntrant(&harness.Contender{Name: "x", Key: "id"})
	e.measured[setting{batch: 10}][harness.New] = &measurement{
		elapsed: []time.Duration{30 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond},
		records: 30, cpu: 3 * time.Millisecond, calls: 6, writeUnits: 60, readUnits: 15,
	}
	e.peak[setting{batch: 10}] = 20 << 20
	e.cold = coldStart{polls: []time.Duration{5 * time.Millisecond}, responses: []time.Duration{9 * time.Millisecond}}
	row := e.row(harness.New, setting{batch: 10})
	if row.P50Ms != 20 || row.P99Ms != 30 || row.Samples != 3 {
		t.Errorf("percentiles: %+v", row)
	}
	if row.CPUMicrosPerRecord != 100 || row.CallsPerRecord != 0.2 || row.WriteUnitsPerRecord != 2 || row.ReadUnitsPerRecord != 0.5 {
		t.Errorf("per record: %+v", row)
	}
	if row.PeakMiB != 20 || row.ColdStartMs != 5 || row.FirstResponseMs != 9 {
		t.Errorf("process: %+v", row)
	}
}

func TestAnUnknownImplementationIsRefusedBeforeAnythingIsBuilt(t *testing.T) {
	_, err := measure(t.Context(), options{dir: t.TempDir(), only: []string{"powertools"}, progress: t.Output()})
	want := `there is no implementation "powertools", there are [function guide powertools-typescript powertools-python empty]`
	if err == nil || err.Error() != want {
		t.Errorf("error = %v, want %s", err, want)
	}
}

// TestAQuickRun builds this function and has it do everything that a full run does, once. It leaves the peers, which are
// installed from the registries, to the command.
func TestAQuickRun(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the function twice")
	}
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	r, err := measure(t.Context(), options{
		root: root, dir: t.TempDir(), only: []string{harness.Function}, latency: time.Millisecond, launches: 1, quick: true, progress: t.Output(),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		kind          harness.Case
		batch         int
		calls, writes float64
	}{
		{"new", 10, 0.2, 2},
		{"seen", 10, 0.1, 0},
		{"duplicates", 10, 0.2, 1},
		{"mixed", 10, 0.3, 1.5},
		{"new", 100, 0.08, 2},
		{"seen", 100, 0.01, 0},
		{"duplicates", 100, 0.05, 1},
		{"mixed", 100, 0.07, 1.5},
	} {
		row, found := r.find(harness.Function, want.kind, setting{batch: want.batch})
		if !found {
			t.Fatalf("no row for %s at %d", want.kind, want.batch)
		}
		if row.CallsPerRecord != want.calls || row.WriteUnitsPerRecord != want.writes {
			t.Errorf("%s at %d: %v calls and %v write units a record, want %v and %v",
				want.kind, want.batch, row.CallsPerRecord, row.WriteUnitsPerRecord, want.calls, want.writes)
		}
		if row.P50Ms <= 0 || row.CPUMicrosPerRecord <= 0 || row.PeakMiB <= 0 || row.ColdStartMs <= 0 || row.FirstResponseMs < row.ColdStartMs {
			t.Errorf("%s at %d: a figure is missing: %+v", want.kind, want.batch, row)
		}
	}
	rows := 8
	if r.Unsliced == "" {
		rows += 4
		if sliced, found := r.find(harness.Function, harness.Mixed, setting{100, true}); !found || sliced.Slice != harness.Share || sliced.P50Ms <= 0 {
			t.Errorf("in a slice: %+v", sliced)
		}
	}
	if len(r.Rows) != rows || r.ZipBytes == 0 || r.Empty.ColdStartMs == 0 {
		t.Errorf("%d rows, a zip of %d bytes, an empty handler in %v ms: want %d rows and both figures", len(r.Rows), r.ZipBytes, r.Empty.ColdStartMs, rows)
	}
}
