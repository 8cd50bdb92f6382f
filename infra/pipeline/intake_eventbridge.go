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
// and the ingestion queue as its target. It returns the queue's policy.
//
// Rule and target name the bus by name: the slashes of a partner name break ids that are made from an ARN. Events that
// the rule can't deliver go to a dead-letter queue of the rule's own, not to the consumer's. The target comes last, when
// both queues let the rule write: EventBridge doesn't retry what it has no permission for.
//
// A source that the stack creates comes after all that can be there without it. What Genesys Cloud sends before the bus
// is attached is dropped, and before the rule has its target it matches nothing: the shorter that takes, the better.
func newEventBridgeIntake(ctx *pulumi.Context, n names, s settings.Settings, q *queues, c *consumer, cloud pulumi.ProviderResource, notify pulumi.Array, where location) (*sqs.QueuePolicy, error) {
	in := s.Intake
	group, err := newPart(ctx, "EventBridgeIntake", "eventbridge-intake")
	if err != nil {
		return nil, err
	}
	undelivered, err := newQueue(ctx, group, "rule-dead-letter", sqs.QueueArgs{
		Name:                    pulumi.String(n.ruleDeadLetter),
		MessageRetentionSeconds: pulumi.Int(1209600),
		// As large as the provider lets a queue be, which is no more than the ingestion queue takes: an event that is too
		// large for the one is too large for the other, and lost. The alarm on that is newLostEventsAlarm.
		MaxMessageSize: pulumi.Int(maximumMessageBytes),
	}, pulumi.Protect(s.ProtectData))
	if err != nil {
		return nil, err
	}
	source := pulumi.String(in.EventBridgeSource).ToStringOutput()
	if in.EventBridgeSuffix != "" {
		ready := []pulumi.Resource{undelivered, q.redrive, c.mapping}
		if source, err = newEventSource(ctx, n, in, group, cloud, where, ready); err != nil {
			return nil, err
		}
	}
	bus, err := cloudwatch.NewEventBus(ctx, "partner", &cloudwatch.EventBusArgs{
		Name:            source,
		EventSourceName: source,
	}, pulumi.Parent(group))
	if err != nil {
		return nil, err
	}
	pattern := pulumi.Map{"source": pulumi.StringArray{source}}
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
		return nil, err
	}
	if err := newLostEventsAlarm(ctx, group, n, bus.Name, notify); err != nil {
		return nil, err
	}
	if in.ArchiveDays > 0 {
		if err := newArchive(ctx, n, in, group, bus, pattern); err != nil {
			return nil, err
		}
	}
	mayWrite := func(queue *sqs.Queue) pulumi.Map {
		return allowService("RuleSendsEvents", "events.amazonaws.com", queue.Arn, rule.Arn, where.account, "sqs:SendMessage")
	}
	undeliveredPolicy, err := queuePolicy(ctx, group, "rule-dead-letter", undelivered, mayWrite(undelivered))
	if err != nil {
		return nil, err
	}
	ingestionPolicy, err := queuePolicy(ctx, q, "ingestion", q.ingestion, mayWrite(q.ingestion))
	if err != nil {
		return nil, err
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
		return nil, err
	}
	ctx.Export("eventBusName", bus.Name)
	return ingestionPolicy, group.done(ctx, pulumi.Map{"eventBusName": bus.Name})
}

// newLostEventsAlarm goes off when EventBridge could put an event neither on the ingestion queue nor on the rule's
// dead-letter queue. It is gone then: no queue has it. EventBridge takes events of up to 1 MiB and these queues 256 KiB.
//
// By the text of the EventBridge User Guide ("Monitoring Amazon EventBridge") the metrics of a bus that is not the default
// one have two dimensions, by its table this one has the rule's name only. An alarm on a metric that is never published
// would be silent for ever, so it looks at both. The rule's name is this stack's alone.
func newLostEventsAlarm(ctx *pulumi.Context, parent pulumi.Resource, n names, bus pulumi.StringOutput, notify pulumi.Array) error {
	const (
		namespace = "AWS/Events"
		name      = "InvocationsFailedToBeSentToDlq"
		// lostMinutes is how long after its minute a metric may come and still raise the alarm.
		lostMinutes = 15
	)
	rule := pulumi.String(n.rule)
	_, err := cloudwatch.NewMetricAlarm(ctx, "events-lost", &cloudwatch.MetricAlarmArgs{
		Name:             pulumi.String(n.alarm("events-lost")),
		AlarmDescription: pulumi.String("EventBridge has lost events: neither the ingestion queue nor the rule's dead-letter queue took them, as a rule because they have more than 256 KiB, or because a queue's policy was changed. Only the bus's archive, if the stack has one (archiveDays), still has them."),
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			metric(namespace, pulumi.StringMap{"EventBusName": bus, "RuleName": rule}, "bus", name, "Sum"),
			metric(namespace, pulumi.StringMap{"RuleName": rule}, "rule", name, "Sum"),
			&cloudwatch.MetricAlarmMetricQueryArgs{
				Id:         pulumi.String("lost"),
				Label:      pulumi.String("Events that were lost"),
				Expression: pulumi.String("FILL(bus, 0) + FILL(rule, 0)"),
				ReturnData: pulumi.Bool(true),
			},
		},
		// EventBridge's metrics come late, and FILL has 0 for them until then: only older minutes can raise the alarm.
		EvaluationPeriods:  pulumi.Int(lostMinutes),
		DatapointsToAlarm:  pulumi.Int(1),
		Threshold:          pulumi.Float64(0),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		TreatMissingData:   pulumi.String("notBreaching"),
		AlarmActions:       notify,
		OkActions:          notify,
	}, pulumi.Parent(parent))
	return err
}

// newArchive keeps the events that the rule lets through, so that they can be sent to the bus again. The function
// recognizes those that it has processed while their records live; the others it processes as if they were new.
func newArchive(ctx *pulumi.Context, n names, in settings.Intake, parent pulumi.Resource, bus *cloudwatch.EventBus, pattern pulumi.Map) error {
	_, err := cloudwatch.NewEventArchive(ctx, "partner", &cloudwatch.EventArchiveArgs{
		Name:           pulumi.String(n.archive),
		Description:    pulumi.String("Genesys Cloud events, for a replay"),
		EventSourceArn: bus.Arn,
		EventPattern:   pulumi.JSONMarshal(pattern),
		RetentionDays:  pulumi.Int(in.ArchiveDays),
	}, pulumi.Parent(parent))
	return err
}
