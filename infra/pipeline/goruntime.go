package pipeline

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

// goRuntime are the variables that fit the Go runtime to the function's memory.
func goRuntime(memoryMB int) pulumi.StringMap {
	return pulumi.ToStringMap(contract.GoRuntime(memoryMB))
}
