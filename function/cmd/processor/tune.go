package main

import (
	"runtime"
	"runtime/debug"
)

const (
	// gcPercent lets the heap grow to five times what is alive before it is collected. Little is alive between batches, so
	// that the default has the collector run several times a batch, at a fifth of the processor time.
	gcPercent = 400
	// memoryShare is the quarter of the function's memory in which the collector does not hold back: it comes back in time
	// where batches or payloads are large.
	memoryShare = 4
	// memoryPerProcessor is the memory in MB with which a function gets the time of one processor (AWS Lambda developer
	// guide, "Configure Lambda function memory").
	memoryPerProcessor = 1769
)

// tune fits the Go runtime to the function's share of the machine. Lambda shows at least two processors to a function that
// gets the time of a third of one; threads that look for work on the others only take from that share.
func tune(memoryMB int) {
	debug.SetGCPercent(gcPercent)
	if memoryMB > 0 {
		debug.SetMemoryLimit(int64(memoryMB) << 20 / memoryShare * (memoryShare - 1))
		runtime.GOMAXPROCS(min((memoryMB+memoryPerProcessor-1)/memoryPerProcessor, runtime.NumCPU()))
	}
}
