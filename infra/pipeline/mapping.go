package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

// consumer is the event source mapping: Lambda's pollers between the ingestion queue and the function's alias.
type consumer struct {
	*part
	mapping *lambda.EventSourceMapping
}

// newConsumer declares the mapping, which starts once its role may read the queue and do all else that it has to, failed
// messages have somewhere to go, and the stack's flags are on their way: the first events must not be handled by the defaults.
func newConsumer(s *stack, q *queues, p *processor, flags *flagStore, rollout *rollout) (*consumer, error) {
	group, err := s.part("Consumer", "consumer")
	if err != nil {
		return nil, err
	}
	mapping, err := lambda.NewEventSourceMapping(s.ctx, s.resource("ingestion"), &lambda.EventSourceMappingArgs{
		EventSourceArn:                 q.ingestion.Arn,
		FunctionName:                   onceAllowed(s, group, p.alias.Arn, p.role, flags.watcher),
		Enabled:                        pulumi.Bool(s.Mapping.Enabled),
		BatchSize:                      pulumi.Int(s.Mapping.BatchSize),
		MaximumBatchingWindowInSeconds: pulumi.Int(s.Mapping.WindowSeconds),
		// Without this, one failed record returns its whole batch to the queue.
		FunctionResponseTypes: pulumi.ToStringArray([]string{"ReportBatchItemFailures"}),
		// The mapping holds back what is over the limit; reserved concurrency would throttle it instead, and a
		// throttled message has used up a receive without having run.
		ScalingConfig: &lambda.EventSourceMappingScalingConfigArgs{MaximumConcurrency: pulumi.Int(s.Mapping.MaximumConcurrency)},
		MetricsConfig: &lambda.EventSourceMappingMetricsConfigArgs{Metrics: pulumi.ToStringArray([]string{"EventCount"})},
	}, pulumi.Parent(group), pulumi.DependsOn([]pulumi.Resource{p.role.permissions, q.redrive, rollout.deployment}))
	if err != nil {
		return nil, err
	}
	return &consumer{part: group, mapping: mapping}, group.done(pulumi.Map{contract.OutputEventSourceMapping: mapping.Uuid})
}
