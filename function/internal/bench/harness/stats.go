package harness

import (
	"cmp"
	"math"
	"slices"
)

// Percentile returns the nearest-rank percentile of samples: the smallest sample that at least p percent of them do not
// exceed. It never interpolates, so what it returns was measured. With fewer than 100 samples the 99th percentile is the
// largest one. No samples give zero.
func Percentile[T cmp.Ordered](samples []T, p float64) T {
	if len(samples) == 0 {
		var zero T
		return zero
	}
	sorted := slices.Sorted(slices.Values(samples))
	rank := int(math.Ceil(p / 100 * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
