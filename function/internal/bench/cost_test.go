package main

import (
	"math"
	"testing"
)

func TestAMillionEventsCostWhatAWSBills(t *testing.T) {
	// 100,000 invocations of 20 ms, rounded up by half of one on average, with half a gigabyte; 2 write units and half a read unit each.
	c := row{Batch: 10, MeanMs: 19.5, WriteUnitsPerRecord: 2, ReadUnitsPerRecord: 0.5}.cost()
	for name, pair := range map[string][2]float64{
		"compute":  {c.compute, 100_000 * 0.020 * 0.5 * 0.0000133334},
		"requests": {c.requests, 0.02},
		"table":    {c.table, 1.25 + 0.0625},
		"together": {c.total(), 0.0133334 + 0.02 + 1.3125},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-9 {
			t.Errorf("%s: %v dollars, want %v", name, pair[0], pair[1])
		}
	}
}
