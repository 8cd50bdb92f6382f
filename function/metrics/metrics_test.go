package metrics_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/metrics"
)

// TestWrite reads a line back the way CloudWatch does: the metrics that it names, by the dimensions that it names.
func TestWrite(t *testing.T) {
	var out strings.Builder
	w := metrics.NewWriter(&out, `a "processor"`)
	at := time.UnixMilli(1767323045678)
	w.Write(at, metrics.Count{Name: "SchemaMismatches", Value: 3}, metrics.Count{Name: "UnknownTopics"}, metrics.Count{Name: "PausedEvents", Value: 1})
	var line struct {
		AWS struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
	}
	var values map[string]any
	for _, into := range []any{&line, &values} {
		if err := json.Unmarshal([]byte(out.String()), into); err != nil {
			t.Fatalf("%q: %v", out.String(), err)
		}
	}
	if strings.Count(out.String(), "\n") != 1 || line.AWS.Timestamp != at.UnixMilli() || len(line.AWS.CloudWatchMetrics) != 1 {
		t.Fatalf("%q", out.String())
	}
	set := line.AWS.CloudWatchMetrics[0]
	if set.Namespace != contract.MetricNamespace || len(set.Dimensions) != 1 || values[set.Dimensions[0][0]] != `a "processor"` {
		t.Errorf("namespace and dimensions of %q", out.String())
	}
	want := map[string]float64{"SchemaMismatches": 3, "PausedEvents": 1}
	for _, metric := range set.Metrics {
		if metric.Unit != "Count" || values[metric.Name] != want[metric.Name] {
			t.Errorf("%s is %v, want %v", metric.Name, values[metric.Name], want[metric.Name])
		}
		delete(want, metric.Name)
	}
	if len(want) > 0 {
		t.Errorf("not named: %v", want)
	}
}

func TestNothingToWrite(t *testing.T) {
	var out strings.Builder
	metrics.NewWriter(&out, "f").Write(time.Now(), metrics.Count{Name: "PausedEvents"})
	var none *metrics.Writer
	none.Write(time.Now(), metrics.Count{Name: "PausedEvents", Value: 1})
	if out.Len() > 0 {
		t.Errorf("%q", out.String())
	}
}
