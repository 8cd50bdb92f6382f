package pipeline

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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

	// WriterRoleARN is the zero value without the direct intake, and EventBusName without the EventBridge intake.
	WriterRoleARN, EventBusName pulumi.StringOutput
}

// Export makes the pipeline's outputs those of the stack, under the names that scripts and people rely on.
func (p *Pipeline) Export(ctx *pulumi.Context) {
	for name, output := range map[string]pulumi.StringOutput{
		"ingestionQueueUrl":    p.IngestionQueueURL,
		"ingestionQueueArn":    p.IngestionQueueARN,
		"deadLetterQueueUrl":   p.DeadLetterQueueURL,
		"validationQueueUrl":   p.ValidationQueueURL,
		"dedupTableName":       p.DedupTableName,
		"payloadBucket":        p.PayloadBucket,
		"functionName":         p.FunctionName,
		"functionCodeSha256":   p.FunctionCodeSHA256,
		"eventSourceMappingId": p.EventSourceMappingID,
		"flagsApplicationId":   p.FlagsApplicationID,
		"flagsEnvironmentId":   p.FlagsEnvironmentID,
		"flagsProfileId":       p.FlagsProfileID,
		"flagsStrategyId":      p.FlagsStrategyID,
		"writerRoleArn":        p.WriterRoleARN,
		"eventBusName":         p.EventBusName,
	} {
		if output != (pulumi.StringOutput{}) {
			ctx.Export(name, output)
		}
	}
}
