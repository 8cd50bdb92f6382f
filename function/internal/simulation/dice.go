package simulation

import (
	"strconv"
	"time"
)

// dice decides by hashing: the same question about the same thing has the same answer, whenever and by whomever asked.
type dice uint64

// roll is a number that depends on the seed and on the words, and on nothing else.
func (d dice) roll(words ...string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	h := uint64(offset) ^ uint64(d)*prime
	for _, w := range words {
		for i := range len(w) {
			h = (h ^ uint64(w[i])) * prime
		}
		h = (h ^ 0xff) * prime
	}
	// FNV leaves the high bits of short words alike; this mixes them (the finalizer of SplitMix64).
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// chance is true with probability p.
func (d dice) chance(p float64, words ...string) bool {
	return p > 0 && float64(d.roll(words...)>>11)/(1<<53) < p
}

// between is a duration from low up to high.
func (d dice) between(low, high time.Duration, words ...string) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(d.roll(words...)%uint64(high-low))
}

// from is a number from low up to and including high.
func (d dice) from(low, high int, words ...string) int {
	return low + int(d.roll(words...)%uint64(high-low+1))
}

// pick is one of the choices.
func pick[T any](d dice, choices []T, words ...string) T {
	return choices[d.roll(words...)%uint64(len(choices))]
}

func itoa(n int) string { return strconv.Itoa(n) }
