package contract

import "strconv"

// What the function's memory is used for. TestMemory in cmd/processor measures that four fifths of it are enough, whatever is
// sent: all figures here are its.
const (
	// PayloadCopies is how often the function holds a payload while it works on it: as it was read, expanded, decoded,
	// canonical and sorted, and on its way downstream while the next one is read.
	PayloadCopies = 8
	// BaseMemoryMB is what the function takes beside that: Go's runtime, the AWS clients, and a batch of up to 6 MB (AWS
	// Lambda developer guide, "Lambda quotas") as bytes and as records.
	BaseMemoryMB = 64
)

// LeastMemoryMB is the memory with which the function can work on a payload of so many bytes.
func LeastMemoryMB(payloadBytes int) int {
	return (PayloadCopies*payloadBytes+1<<20-1)>>20 + BaseMemoryMB
}

// LargestPayloadBytes is the largest payload that the function can work on with so much memory.
func LargestPayloadBytes(memoryMB int) int {
	return max(memoryMB-BaseMemoryMB, 0) << 20 / PayloadCopies
}

const (
	// collectAt lets the function's heap grow to five times what is alive before it is collected. Little is alive between
	// batches, so that Go's default has the collector run several times a batch, at a fifth of the processor time.
	collectAt = 400
	// memoryPerProcessor is the memory in MB with which a function gets the time of one processor (AWS Lambda developer
	// guide, "Configure Lambda function memory").
	memoryPerProcessor = 1769
)

// GoRuntime are the variables that fit the Go runtime to the function's share of the machine. The collector holds back until
// five eighths of the memory are used, where large payloads are. The binary takes another 7 MB, and what is taken at once before
// the collector has run as much again. Lambda shows at least two
// processors to a function that gets the time of a third of one; threads that look for work on the others only take from
// that share.
//
// They are set from outside because a running program stops for each of the three, 0.3 ms in all of every cold start.
func GoRuntime(memoryMB int) map[string]string {
	return map[string]string{
		"GOGC":       strconv.Itoa(collectAt),
		"GOMEMLIMIT": strconv.Itoa(memoryMB*5/8) + "MiB",
		"GOMAXPROCS": strconv.Itoa((memoryMB + memoryPerProcessor - 1) / memoryPerProcessor),
	}
}
