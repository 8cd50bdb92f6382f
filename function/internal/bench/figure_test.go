package main

import (
	"math"
	"testing"
)

func TestFiguresHaveThreeDigits(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.08: "0.08", 0.2 + 1e-12: "0.2", 1: "1", 9.996: "10", 13.449: "13.4", 99.97: "100", 146.4: "146",
		999.7: "1,000", 999.4: "999", 1434.6: "1,435", 1234567: "1,234,567", -1234: "-1,234", -12.34: "-12.3",
		math.Inf(1): "–", math.NaN(): "–",
	} {
		if got := figure(v); got != want {
			t.Errorf("figure(%v) = %q, want %q", v, got, want)
		}
	}
}
