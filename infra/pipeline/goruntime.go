package pipeline

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// collectAt lets the function's heap grow to five times what is alive before it is collected. Little is alive between
	// batches, so that Go's default has the collector run several times a batch, at a fifth of the processor time.
	collectAt = 400
	// memoryPerProcessor is the memory in MB with which a function gets the time of one processor (AWS Lambda developer
	// guide, "Configure Lambda function memory").
	memoryPerProcessor = 1769
)

// goRuntime fits the Go runtime to the function's share of the machine. The collector holds back until three quarters of
// the memory are used, where large payloads are. Lambda shows at least two processors to a function that gets the time of
// a third of one; threads that look for work on the others only take from that share.
//
// It is set from outside because a running program stops for each of the three, 0.3 ms in all of every cold start.
func goRuntime(memoryMB int) pulumi.StringMap {
	return pulumi.StringMap{
		"GOGC":       number(collectAt),
		"GOMEMLIMIT": pulumi.String(strconv.Itoa(memoryMB*3/4) + "MiB"),
		"GOMAXPROCS": number((memoryMB + memoryPerProcessor - 1) / memoryPerProcessor),
	}
}
