package cli

import (
	"encoding/json"
	"math"
	"os"
	"regexp"
	"testing"
)

func TestCompute(t *testing.T) {
	usual := limits{BatchSize: 10, Concurrency: 50, MemoryMB: 512, ARM: true}
	for name, c := range map[string]struct {
		workload workload
		limits   limits
		needed   float64
		most     float64
		drains   float64 // -1 for never
		key      string
	}{
		"enough":               {workload{Rate: 100, Arrivals: 100, Backlog: 4000, Seconds: 1, Batch: 10}, usual, 10, 500, 10, ""},
		"exactly enough":       {workload{Rate: 500, Seconds: 1, Batch: 10}, usual, 50, 500, 0, ""},
		"one more":             {workload{Rate: 501, Seconds: 1, Batch: 10}, usual, 51, 500, 0, "maximumConcurrency"},
		"more than goes out":   {workload{Rate: 100, Arrivals: 600, Backlog: 1, Seconds: 1, Batch: 10}, usual, 10, 500, -1, ""},
		"a reservation":        {workload{Rate: 300, Seconds: 1, Batch: 10}, limits{BatchSize: 10, Concurrency: 50, Reserved: 20}, 30, 200, 0, "reservedConcurrency"},
		"a large reservation":  {workload{Rate: 300, Seconds: 1, Batch: 10}, limits{BatchSize: 10, Concurrency: 50, Reserved: 60}, 30, 500, 0, ""},
		"batches that are few": {workload{Rate: 5000, Seconds: 1, Batch: 2}, usual, 2500, 100, 0, "batchingWindowSeconds"},
		"beyond a mapping":     {workload{Rate: 20000, Seconds: 1, Batch: 10}, usual, 2000, 500, 0, "batchSize"},
	} {
		got := compute(c.workload, c.limits)
		drains := -1.0
		if got.DrainSeconds != nil {
			drains = *got.DrainSeconds
		}
		if got.Needed != c.needed || got.Most != c.most || drains != c.drains || got.Key != c.key || (got.Fix == "") != (c.key == "") {
			t.Errorf("%s: needs %v, most %v, drains in %v, %s: %s", name, got.Needed, got.Most, drains, got.Key, got.Fix)
		}
	}
}

// TestTheCostIsThatOfTheDocs takes a million events a month in full batches, as docs/tuning.md does.
func TestTheCostIsThatOfTheDocs(t *testing.T) {
	c := compute(workload{Rate: 1e6 / monthSeconds, Seconds: 0.1, Batch: 10}, limits{BatchSize: 10, Concurrency: 50, MemoryMB: 512, ARM: true})
	for service, want := range map[string]float64{"sqs": 0.48, "dynamodb": 1.25, "lambda": 0.09} {
		if got := c.Monthly[service]; math.Abs(got-want) > 0.005 {
			t.Errorf("%s costs %.3f, want %.2f", service, got, want)
		}
	}
	text, err := os.ReadFile("../../docs/tuning.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []string{`\| SQS \| \$0\.48 `, `\| DynamoDB \| \$1\.25 `, `\| Lambda \| \$0\.09 `} {
		if !regexp.MustCompile(row).Match(text) {
			t.Errorf("docs/tuning.md has no row %s", row)
		}
	}
}

func TestCapacityMeasures(t *testing.T) {
	s := newServer(t)
	file := s.outputs(t)
	ran(t, "", "capacity", "--outputs", file).fails(t, statusUsage, "CloudWatch has no invocations of the last 1h0m0s")
	ran(t, "", "capacity", "--outputs", file, "--rate", "-1").fails(t, statusUsage, "--rate is -1")
	s.stack.metrics = map[string][]float64{idSent: {36000}, idInvocations: {5000, 5000}, idDuration: {2e7}, idReceived: {40000}}
	var got capacity
	r := ran(t, "", "capacity", "--outputs", file, "--backlog", "100", "--json")
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || got.Seconds != 2 || got.Batch != 4 || got.Rate != 10 || got.Needed != 5 ||
		got.Concurrency != 50 || got.Reserved != 60 || got.Most != 100 || got.Backlog != 100 {
		t.Errorf("%+v, %v", r, err)
	}
	r = ran(t, "", "capacity", "--outputs", file, "--rate", "1000", "--events-per-batch", "10", "--duration", "1s")
	if r.status != 0 || !regexp.MustCompile(`in the way +│ maximumConcurrency: raise it to 100,`).MatchString(r.out) {
		t.Errorf("%+v", r)
	}
}
