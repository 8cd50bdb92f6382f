package pipeline

import (
	"maps"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

// Pipeline is a declared pipeline: what others need to use it, watch it and repair it.
type Pipeline struct {
	IngestionQueueURL, IngestionQueueARN   pulumi.StringOutput
	DeadLetterQueueURL, DeadLetterQueueARN pulumi.StringOutput
	ValidationQueueURL                     pulumi.StringOutput

	DedupTableName pulumi.StringOutput
	PayloadBucket  pulumi.StringOutput

	FunctionName         pulumi.StringOutput
	FunctionAliasARN     pulumi.StringOutput
	LogGroupName         pulumi.StringOutput
	FunctionCodeSHA256   pulumi.StringOutput
	EventSourceMappingID pulumi.StringOutput

	FlagsApplicationID, FlagsEnvironmentID, FlagsProfileID, FlagsStrategyID pulumi.StringOutput

	// AlarmTopicARN is the topic that alarms go to.
	AlarmTopicARN pulumi.StringOutput

	// WriterRoleARN is the zero value without the direct intake.
	WriterRoleARN pulumi.StringOutput
	// These are the zero value without the EventBridge intake, and ArchiveARN without an archive.
	EventBusName, EventBusARN, ArchiveARN, RuleDeadLetterQueueURL pulumi.StringOutput
}

// Export makes the pipeline's outputs those of the stack.
func (p *Pipeline) Export(ctx *pulumi.Context) {
	for name, output := range p.Outputs() {
		ctx.Export(name, output)
	}
}

// Outputs are the outputs of the parts that the pipeline has, under the names that scripts and people rely on.
func (p *Pipeline) Outputs() map[string]pulumi.StringOutput {
	all := map[string]pulumi.StringOutput{
		contract.OutputIngestionQueueURL:      p.IngestionQueueURL,
		contract.OutputIngestionQueueARN:      p.IngestionQueueARN,
		contract.OutputDeadLetterQueueURL:     p.DeadLetterQueueURL,
		contract.OutputDeadLetterQueueARN:     p.DeadLetterQueueARN,
		contract.OutputValidationQueueURL:     p.ValidationQueueURL,
		contract.OutputDedupTable:             p.DedupTableName,
		contract.OutputPayloadBucket:          p.PayloadBucket,
		contract.OutputFunction:               p.FunctionName,
		contract.OutputFunctionAlias:          p.FunctionAliasARN,
		contract.OutputFunctionSHA256:         p.FunctionCodeSHA256,
		contract.OutputLogGroup:               p.LogGroupName,
		contract.OutputEventSourceMapping:     p.EventSourceMappingID,
		contract.OutputFlagsApplication:       p.FlagsApplicationID,
		contract.OutputFlagsEnvironment:       p.FlagsEnvironmentID,
		contract.OutputFlagsProfile:           p.FlagsProfileID,
		contract.OutputFlagsStrategy:          p.FlagsStrategyID,
		contract.OutputAlarmTopic:             p.AlarmTopicARN,
		contract.OutputWriterRoleARN:          p.WriterRoleARN,
		contract.OutputEventBus:               p.EventBusName,
		contract.OutputEventBusARN:            p.EventBusARN,
		contract.OutputArchiveARN:             p.ArchiveARN,
		contract.OutputRuleDeadLetterQueueURL: p.RuleDeadLetterQueueURL,
	}
	maps.DeleteFunc(all, func(_ string, output pulumi.StringOutput) bool { return output == (pulumi.StringOutput{}) })
	return all
}
