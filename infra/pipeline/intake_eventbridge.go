package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

const (
	// EventBridge retries a target for up to a day and 185 times before the event goes to the rule's dead-letter
	// queue (EventBridge User Guide, "Event retry policy"). Both are its defaults and its limits.
	maximumEventAgeSeconds = 86400
	maximumRetryAttempts   = 185
)

// newEventBridgeIntake declares the bus for the Genesys partner source, the rule that lets the stack's topics through,
// and the ingestion queue as its target.
//
// Rule and target name the bus by name: the slashes of a partner name break ids that are made from an ARN. Events that
// the rule can't deliver go to a dead-letter queue of the rule's own, not to the consumer's. The target comes last, when
// both queues let the rule write: EventBridge doesn't retry what it has no permission for.
func newEventBridgeIntake(ctx *pulumi.Context, n names, s settings.Settings, q *queues, where location) error {
	in := s.Intake
	group, err := newPart(ctx, "EventBridgeIntake", "eventbridge-intake")
	if err != nil {
		return err
	}
	bus, err := cloudwatch.NewEventBus(ctx, "partner", &cloudwatch.EventBusArgs{
		Name:            pulumi.String(in.EventBridgeSource),
		EventSourceName: pulumi.String(in.EventBridgeSource),
	}, pulumi.Parent(group))
	if err != nil {
		return err
	}
	pattern := pulumi.Map{"source": pulumi.ToStringArray([]string{in.EventBridgeSource})}
	if len(in.Topics) > 0 {
		pattern["detail-type"] = pulumi.ToStringArray(in.Topics)
	}
	rule, err := cloudwatch.NewEventRule(ctx, "topics", &cloudwatch.EventRuleArgs{
		Name:         pulumi.String(n.rule),
		Description:  pulumi.String("Genesys Cloud events for the ingestion queue"),
		EventBusName: bus.Name,
		EventPattern: pulumi.JSONMarshal(pattern),
	}, pulumi.Parent(group))
	if err != nil {
		return err
	}
	undelivered, err := newQueue(ctx, group, "rule-dead-letter", sqs.QueueArgs{
		Name:                    pulumi.String(n.ruleDeadLetter),
		MessageRetentionSeconds: pulumi.Int(1209600),
		MaxMessageSize:          pulumi.Int(maximumMessageBytes),
	}, pulumi.Protect(s.ProtectData))
	if err != nil {
		return err
	}
	mayWrite := func(queue *sqs.Queue) pulumi.Map {
		return allowService("RuleSendsEvents", "events.amazonaws.com", queue.Arn, rule.Arn, where.account, "sqs:SendMessage")
	}
	undeliveredPolicy, err := queuePolicy(ctx, group, "rule-dead-letter", undelivered, mayWrite(undelivered))
	if err != nil {
		return err
	}
	ingestionPolicy, err := queuePolicy(ctx, q, "ingestion", q.ingestion, mayWrite(q.ingestion))
	if err != nil {
		return err
	}
	if _, err := cloudwatch.NewEventTarget(ctx, "ingestion", &cloudwatch.EventTargetArgs{
		TargetId:         pulumi.String("ingestion"),
		Rule:             rule.Name,
		EventBusName:     bus.Name,
		Arn:              q.ingestion.Arn,
		DeadLetterConfig: &cloudwatch.EventTargetDeadLetterConfigArgs{Arn: undelivered.Arn},
		RetryPolicy: &cloudwatch.EventTargetRetryPolicyArgs{
			MaximumEventAgeInSeconds: pulumi.Int(maximumEventAgeSeconds),
			MaximumRetryAttempts:     pulumi.Int(maximumRetryAttempts),
		},
	}, pulumi.Parent(group), pulumi.DependsOn([]pulumi.Resource{undeliveredPolicy, ingestionPolicy})); err != nil {
		return err
	}
	return group.done(ctx, pulumi.Map{"eventBusName": bus.Name})
}
