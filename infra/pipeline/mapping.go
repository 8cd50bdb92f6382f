package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

// consumer is the event source mapping: Lambda's pollers between the ingestion queue and the function's alias.
type consumer struct {
	*part
	mapping *lambda.EventSourceMapping
}

// newMapping declares the mapping, which starts once its role may read the queue, failed messages have somewhere to go, and
// the stack's flags are on their way: the first events must not be handled by the defaults.
func newMapping(ctx *pulumi.Context, m settings.Mapping, q *queues, p *processor, flags pulumi.Resource) (*consumer, error) {
	group, err := newPart(ctx, "Consumer", "consumer")
	if err != nil {
		return nil, err
	}
	mapping, err := lambda.NewEventSourceMapping(ctx, "ingestion", &lambda.EventSourceMappingArgs{
		EventSourceArn:                 q.ingestion.Arn,
		FunctionName:                   p.alias.Arn,
		Enabled:                        pulumi.Bool(m.Enabled),
		BatchSize:                      pulumi.Int(m.BatchSize),
		MaximumBatchingWindowInSeconds: pulumi.Int(m.WindowSeconds),
		// Without this, one failed record returns its whole batch to the queue.
		FunctionResponseTypes: pulumi.ToStringArray([]string{"ReportBatchItemFailures"}),
		// The mapping holds back what is over the limit; reserved concurrency would throttle it instead, and a
		// throttled message has used up a receive without having run.
		ScalingConfig: &lambda.EventSourceMappingScalingConfigArgs{MaximumConcurrency: pulumi.Int(m.MaximumConcurrency)},
		MetricsConfig: &lambda.EventSourceMappingMetricsConfigArgs{Metrics: pulumi.ToStringArray([]string{"EventCount"})},
	}, pulumi.Parent(group), pulumi.DependsOn([]pulumi.Resource{p.permissions, q.redrive, flags}))
	if err != nil {
		return nil, err
	}
	return &consumer{part: group, mapping: mapping}, group.done(ctx, pulumi.Map{"eventSourceMappingId": mapping.Uuid})
}
