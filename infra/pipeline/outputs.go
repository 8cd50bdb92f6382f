package pipeline

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

// Pipeline is a declared pipeline: what others need to use it, watch it and repair it.
type Pipeline struct {
	IngestionQueueURL, IngestionQueueARN   pulumi.StringOutput
	DeadLetterQueueURL, ValidationQueueURL pulumi.StringOutput

	DedupTableName pulumi.StringOutput
	PayloadBucket  pulumi.StringOutput

	FunctionName         pulumi.StringOutput
	FunctionCodeSHA256   pulumi.StringOutput
	EventSourceMappingID pulumi.StringOutput

	FlagsApplicationID, FlagsEnvironmentID, FlagsProfileID, FlagsStrategyID pulumi.StringOutput

	// WriterRoleARN is the zero value without the direct intake, the others are without the EventBridge intake.
	WriterRoleARN, EventBusName, RuleDeadLetterQueueURL pulumi.StringOutput
}

// Export makes the pipeline's outputs those of the stack, under the names that scripts and people rely on.
func (p *Pipeline) Export(ctx *pulumi.Context) {
	for name, output := range map[string]pulumi.StringOutput{
		contract.OutputIngestionQueueURL:      p.IngestionQueueURL,
		contract.OutputIngestionQueueARN:      p.IngestionQueueARN,
		contract.OutputDeadLetterQueueURL:     p.DeadLetterQueueURL,
		contract.OutputValidationQueueURL:     p.ValidationQueueURL,
		contract.OutputDedupTable:             p.DedupTableName,
		contract.OutputPayloadBucket:          p.PayloadBucket,
		contract.OutputFunction:               p.FunctionName,
		contract.OutputFunctionSHA256:         p.FunctionCodeSHA256,
		contract.OutputEventSourceMapping:     p.EventSourceMappingID,
		contract.OutputFlagsApplication:       p.FlagsApplicationID,
		contract.OutputFlagsEnvironment:       p.FlagsEnvironmentID,
		contract.OutputFlagsProfile:           p.FlagsProfileID,
		contract.OutputFlagsStrategy:          p.FlagsStrategyID,
		contract.OutputWriterRoleARN:          p.WriterRoleARN,
		contract.OutputEventBus:               p.EventBusName,
		contract.OutputRuleDeadLetterQueueURL: p.RuleDeadLetterQueueURL,
	} {
		if output != (pulumi.StringOutput{}) {
			ctx.Export(name, output)
		}
	}
}
