package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

const (
	// EventBridge retries a target for up to a day and 185 times before the event goes to the rule's dead-letter
	// queue (EventBridge User Guide, "Event retry policy"). Both are its defaults and its limits.
	maximumEventAgeSeconds = 86400
	maximumRetryAttempts   = 185
)

// undeliveredSeconds is how long the rule's dead-letter queue keeps an event, the longest that SQS does.
const undeliveredSeconds = 1209600

// eventBridgeIntake is the bus for the partner source, and the ingestion queue's policy that lets its rule write.
type eventBridgeIntake struct {
	bus         *cloudwatch.EventBus
	undelivered *sqs.Queue
	// archive is nil in a stack that keeps none.
	archive         *cloudwatch.EventArchive
	ingestionPolicy *sqs.QueuePolicy
}

// newEventBridgeIntake declares the bus for the Genesys partner source, the rule that lets the stack's topics through,
// and the ingestion queue as its target.
//
// Rule and target name the bus by name: the slashes of a partner name break ids that are made from an ARN. Events that
// the rule can't deliver go to a dead-letter queue of the rule's own, not to the consumer's. The target comes last, when
// both queues let the rule write: EventBridge doesn't retry what it has no permission for.
//
// A source that the stack creates comes after all that can be there without it. What Genesys Cloud sends before the bus
// is attached is dropped, and before the rule has its target it matches nothing: the shorter that takes, the better.
func newEventBridgeIntake(
	s *stack, q *queues, c *consumer, cloud pulumi.ProviderResource, notify pulumi.Array,
) (*eventBridgeIntake, error) {
	in := s.Intake
	group, err := s.part("EventBridgeIntake", "eventbridge-intake")
	if err != nil {
		return nil, err
	}
	undelivered, err := newQueue(s, group, "rule-dead-letter", sqs.QueueArgs{
		Name:                    pulumi.String(s.names.ruleDeadLetter),
		MessageRetentionSeconds: pulumi.Int(undeliveredSeconds),
		// As large as the provider lets a queue be, which is no more than the ingestion queue takes: an event that is too
		// large for the one is too large for the other, and lost. The alarm on that is newLostEventsAlarm.
		MaxMessageSize: pulumi.Int(maximumMessageBytes),
	})
	if err != nil {
		return nil, err
	}
	source := pulumi.String(in.EventBridgeSource).ToStringOutput()
	if in.EventBridgeSuffix != "" {
		ready := []pulumi.Resource{undelivered, q.redrive, c.mapping}
		if source, err = newEventSource(s, group, cloud, ready); err != nil {
			return nil, err
		}
	}
	bus, err := cloudwatch.NewEventBus(s.ctx, s.resource("partner"), &cloudwatch.EventBusArgs{
		Name:            source,
		EventSourceName: source,
	}, pulumi.Parent(group), pulumi.Protect(s.ProtectData), pulumi.RetainOnDelete(s.ProtectData))
	if err != nil {
		return nil, err
	}
	pattern := source.ApplyT(in.Pattern).(pulumi.StringOutput)
	rule, err := cloudwatch.NewEventRule(s.ctx, s.resource("topics"), &cloudwatch.EventRuleArgs{
		Name:         pulumi.String(s.names.rule),
		Description:  pulumi.String("Genesys Cloud events for the ingestion queue"),
		EventBusName: bus.Name,
		EventPattern: pattern,
	}, pulumi.Parent(group))
	if err != nil {
		return nil, err
	}
	if err := newLostEventsAlarm(s, group, bus.Name, notify); err != nil {
		return nil, err
	}
	var archive *cloudwatch.EventArchive
	if in.ArchiveDays > 0 {
		if archive, err = newArchive(s, group, bus, pattern); err != nil {
			return nil, err
		}
	}
	mayWrite := func(queue *sqs.Queue) pulumi.Map {
		return allowService("RuleSendsEvents", "events.amazonaws.com", queue.Arn, rule.Arn, s.where.account, "sqs:SendMessage")
	}
	undeliveredPolicy, err := queuePolicy(s, group, "rule-dead-letter", undelivered, mayWrite(undelivered))
	if err != nil {
		return nil, err
	}
	ingestionPolicy, err := queuePolicy(s, q, "ingestion", q.ingestion, mayWrite(q.ingestion))
	if err != nil {
		return nil, err
	}
	if _, err := cloudwatch.NewEventTarget(s.ctx, s.resource("ingestion"), &cloudwatch.EventTargetArgs{
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
	intake := &eventBridgeIntake{bus: bus, undelivered: undelivered, archive: archive, ingestionPolicy: ingestionPolicy}
	return intake, group.done(pulumi.Map{contract.OutputEventBus: bus.Name})
}

// newLostEventsAlarm goes off when EventBridge could put an event neither on the ingestion queue nor on the rule's
// dead-letter queue. It is gone then: no queue has it. EventBridge takes events of up to 1 MiB and these queues 256 KiB.
//
// By the text of the EventBridge User Guide ("Monitoring Amazon EventBridge") the metrics of a bus that is not the default
// one have two dimensions, by its table this one has the rule's name only. An alarm on a metric that is never published
// would be silent for ever, so it looks at both. The rule's name is this pipeline's alone.
func newLostEventsAlarm(s *stack, parent pulumi.Resource, bus pulumi.StringOutput, notify pulumi.Array) error {
	const (
		namespace = "AWS/Events"
		name      = "InvocationsFailedToBeSentToDlq"
		// lostMinutes is how long after its minute a metric may come and still raise the alarm.
		lostMinutes = 15
	)
	rule := pulumi.String(s.names.rule)
	// EventBridge's metrics come late, and FILL has 0 for them until then: only older minutes can raise the alarm.
	_, err := newAlarm(s, parent, notify, alarm{"events-lost", eventsLost, 1, lostMinutes, calculation(
		metric(namespace, pulumi.StringMap{"EventBusName": bus, "RuleName": rule}, "bus", name, sum),
		metric(namespace, pulumi.StringMap{"RuleName": rule}, "rule", name, sum),
		result("lost", "Events that were lost", "FILL(bus, 0) + FILL(rule, 0)"),
	)})
	return err
}

// newArchive keeps the events that the rule lets through, so that they can be sent to the bus again. The function
// recognizes those that it has processed while their records live; the others it processes as if they were new. It is the only copy
// of events that no queue takes.
func newArchive(
	s *stack, parent pulumi.Resource, bus *cloudwatch.EventBus, pattern pulumi.StringOutput,
) (*cloudwatch.EventArchive, error) {
	return cloudwatch.NewEventArchive(s.ctx, s.resource("partner"), &cloudwatch.EventArchiveArgs{
		Name:           pulumi.String(s.names.archive),
		Description:    pulumi.String("Genesys Cloud events, for a replay"),
		EventSourceArn: bus.Arn,
		EventPattern:   pattern,
		RetentionDays:  pulumi.Int(s.Intake.ArchiveDays),
	}, pulumi.Parent(parent), pulumi.Protect(s.ProtectData), pulumi.RetainOnDelete(s.ProtectData))
}
