package harness_test

import (
	"slices"
	"testing"

	"cc-eventbridge/function/internal/bench/harness"
)

func TestPercentileIsANearestRank(t *testing.T) {
	hundred := make([]int, 100)
	for i := range hundred {
		hundred[i] = 100 - i
	}
	cases := []struct {
		name    string
		samples []int
		p       float64
		want    int
	}{
		{"no samples give zero", nil, 50, 0},
		{"one sample is every percentile", []int{7}, 99, 7},
		{"the lower middle of an even number, never a mean", []int{4, 1, 3, 2}, 50, 2},
		{"the middle of an odd number", []int{9, 1, 5}, 50, 5},
		{"p99 of a hundred is the second largest", hundred, 99, 99},
		{"p99 of ten is the largest", []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 99, 10},
		{"p0 is the smallest", hundred, 0, 1},
		{"p100 is the largest", hundred, 100, 100},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := harness.Percentile(c.samples, c.p); got != c.want {
				t.Errorf("Percentile(p=%v) = %d, want %d", c.p, got, c.want)
			}
		})
	}
}

func TestPercentileLeavesTheSamplesInTheirOrder(t *testing.T) {
	samples := []int{3, 1, 2}
	harness.Percentile(samples, 50)
	if !slices.Equal(samples, []int{3, 1, 2}) {
		t.Errorf("samples were reordered: %v", samples)
	}
}
