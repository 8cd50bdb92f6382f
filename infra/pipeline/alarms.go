package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

const (
	// alarmPeriod is the length of one data point in seconds; SQS publishes one a minute.
	alarmPeriod = 60
	// oldestMessageSeconds is when a backlog is worth waking someone. In a quiet pipeline a message is seconds old. SQS
	// leaves messages out of this metric once they were received three times: it shows what waits, not what fails.
	oldestMessageSeconds = 300
	// backlogMinutes is how long it would take to receive all that waits, at the rate of the minute.
	backlogMinutes = 5
	// stalledMinutes is for how long nothing must be acknowledged, at least, while messages wait or are in flight.
	stalledMinutes = 13
	// newestMinutes are those of a queue in use whose metrics may not have come yet.
	newestMinutes = 3
	// lateMinutes is how long after its minute a metric may come and still raise an alarm. The function's metrics come with
	// its log, within about a minute, and those of a queue in use as quickly.
	lateMinutes = 5
	// idleMinutes is the same for the metrics of a queue that was idle, which can be 15 minutes late (SQS Developer Guide,
	// "Available CloudWatch metrics for Amazon SQS").
	idleMinutes = 20
)

// The metrics of a queue. AWS's pages disagree on what there is while nothing happens to a queue: zeros for up to six hours
// from its last use, or of most metrics nothing (SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS", in its
// versions). No alarm relies on either: TestAlarms draws both.
const (
	sqsNamespace  = "AWS/SQS"
	visible       = "ApproximateNumberOfMessagesVisible"
	inFlight      = "ApproximateNumberOfMessagesNotVisible"
	delayed       = "ApproximateNumberOfMessagesDelayed"
	age           = "ApproximateAgeOfOldestMessage"
	sent          = "NumberOfMessagesSent"
	received      = "NumberOfMessagesReceived"
	deleted       = "NumberOfMessagesDeleted"
	emptyReceives = "NumberOfEmptyReceives"

	maximum = "Maximum"
	sum     = "Sum"
)

// alarm is what people are told, and when: if in datapoints of the last periods minutes what it looks at is above 0.
type alarm struct {
	name, means         string
	datapoints, periods int
	looksAt             cloudwatch.MetricAlarmArgs
}

// newAlarms declares the alarms on queues and function, in the order of the data flow. Those of other parts are there.
func newAlarms(s *stack, n *notifications) error {
	alarms := []alarm{
		{"oldest-message-age", oldestMessageAge, 3, 3 + newestMinutes, backlog(s.names.ingestion)},
		{"messages-delayed", messagesDelayed, 5, 5 + newestMinutes, single(s.names.ingestion, delayed)},
		stalledAlarm(s),
		{"events-never-run", eventsNeverRun, 1, lateMinutes, calculation(
			returned(functionMetric(s.names, "unstarted", contract.MetricNeverRun)),
		)},
		notEmptyAlarm("dead-letter-queue", deadLetterQueueNotEmpty, s.names.deadLetter),
		growingAlarm("dead-letter-queue", deadLetterQueueGrowing, s.names.deadLetter),
		{"validation-queue-growing", validationQueueGrowing, 1, idleMinutes, quarantining(s.names)},
	}
	if s.Intake.EventBridge() {
		alarms = append(alarms,
			notEmptyAlarm("rule-dead-letter-queue", ruleDeadLetterQueueNotEmpty, s.names.ruleDeadLetter),
			growingAlarm("rule-dead-letter-queue", ruleDeadLetterQueueGrowing, s.names.ruleDeadLetter))
	}
	if s.Silence.Minutes > 0 {
		alarms = append(alarms, silenceAlarm(s))
	}
	for _, a := range alarms {
		if _, err := newAlarm(s, n, n.notify(), a); err != nil {
			return err
		}
	}
	return nil
}

// newAlarm declares an alarm that notifies when it goes off and when it is over. Missing data is no trouble unless the alarm says
// so. What it means is what the person on call reads first.
func newAlarm(
	s *stack, parent pulumi.Resource, notify pulumi.Array, a alarm,
) (*cloudwatch.MetricAlarm, error) {
	args := a.looksAt
	args.Name, args.AlarmDescription = pulumi.String(s.names.alarm(a.name)), pulumi.String(a.means)
	args.ComparisonOperator, args.Threshold = pulumi.String("GreaterThanThreshold"), pulumi.Float64(0)
	args.EvaluationPeriods, args.DatapointsToAlarm = pulumi.Int(a.periods), pulumi.Int(a.datapoints)
	args.AlarmActions, args.OkActions = notify, notify
	if args.TreatMissingData == nil {
		args.TreatMissingData = pulumi.String("notBreaching")
	}
	alarm, err := cloudwatch.NewMetricAlarm(s.ctx, s.resource(a.name), &args, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("declaring the alarm %s: %w", a.name, err)
	}
	return alarm, nil
}

// backlog is 1 where old messages wait, and more of them than will soon be received. The age alone would not do: messages
// that are paused grow old as well, in flight.
func backlog(queue string) cloudwatch.MetricAlarmArgs {
	return calculation(
		queueMetric(queue, "age", age, maximum),
		queueMetric(queue, "waiting", visible, maximum),
		queueMetric(queue, "received", received, sum),
		result("backlog", "Old messages wait, and more of them than will soon be received",
			fmt.Sprintf("IF(age > %d AND waiting > (received * %d), 1, 0)", oldestMessageSeconds, backlogMinutes)),
	)
}

// notEmptyAlarm goes off while messages are in a queue that should have none.
func notEmptyAlarm(queue, means, name string) alarm {
	return alarm{queue + "-not-empty", means, 1, lateMinutes, single(name, visible)}
}

// growingAlarm goes off at each growth of a queue that should have no messages: the other alarm is on from the first message
// until the last one is gone, and tells nobody that one has become thousands. A message that someone looks at is in flight, and
// one that is redriven in vain is there again. What SQS moves to a dead-letter queue it does not count as sent to it.
func growingAlarm(queue, means, name string) alarm {
	return alarm{queue + "-growing", means, 1, idleMinutes, calculation(
		queueMetric(name, "waiting", visible, maximum),
		queueMetric(name, "inflight", inFlight, maximum),
		result("grown", "More messages than a minute before", "DIFF(waiting + inflight)"),
	)}
}

// quarantining is above 0 where events go to the validation queue. The function says so at once. The queue, which was idle as a
// rule, says it late; it is looked at as well because a log line can get lost.
func quarantining(n names) cloudwatch.MetricAlarmArgs {
	return calculation(
		functionMetric(n, "quarantined", contract.MetricQuarantined),
		queueMetric(n.validation, "sent", sent, sum),
		result("bad", "Events that can never succeed", "quarantined + sent"),
	)
}

// stalledAlarm goes off when there are messages and none is deleted: the sign that nothing succeeds any more, whether
// the consumer is stopped, the function can't start or the downstream refuses everything. Messages that fail are in
// flight most of the time, so both kinds count. The metrics only mean something together, since an idle queue deletes
// nothing either. A consumer that was stopped on purpose notifies nobody by this alarm; the age of its backlog still does.
//
// One batch at a time that takes as long as it may is no standstill: within the periods more minutes have a deletion than there
// are minutes whose metrics may not have come yet.
func stalledAlarm(s *stack) alarm {
	batch := (s.Function.TimeoutSeconds+s.Mapping.WindowSeconds+alarmPeriod-1)/alarmPeriod + 1
	periods := max(stalledMinutes+newestMinutes, (newestMinutes+1)*batch)
	stalled := alarm{"no-messages-deleted", noMessagesDeleted, periods - newestMinutes, periods, calculation(
		queueMetric(s.names.ingestion, "waiting", visible, maximum),
		queueMetric(s.names.ingestion, "inflight", inFlight, maximum),
		queueMetric(s.names.ingestion, "deleted", deleted, sum),
		result("stalled", "There are messages and none is deleted", "((waiting + inflight) > 0) - (deleted > 0)"),
	)}
	stalled.looksAt.ActionsEnabled = pulumi.Bool(s.Mapping.Enabled)
	return stalled
}

// single looks at the level of a queue.
func single(queue, metric string) cloudwatch.MetricAlarmArgs {
	return cloudwatch.MetricAlarmArgs{
		Namespace:  pulumi.String(sqsNamespace),
		MetricName: pulumi.String(metric),
		Dimensions: pulumi.StringMap{"QueueName": pulumi.String(queue)},
		Statistic:  pulumi.String(maximum),
		Period:     pulumi.Int(alarmPeriod),
	}
}

// calculation looks at the one of its queries that returns data. CloudWatch takes a missing value for 0 where it computes with two
// metrics of which one has a value, and leaves it missing where it computes with a number (CloudWatch User Guide, "Using math
// expressions with CloudWatch metrics").
func calculation(queries ...*cloudwatch.MetricAlarmMetricQueryArgs) cloudwatch.MetricAlarmArgs {
	var list cloudwatch.MetricAlarmMetricQueryArray
	for _, query := range queries {
		list = append(list, query)
	}
	return cloudwatch.MetricAlarmArgs{MetricQueries: list}
}

// queueMetric is a metric of a queue, for an alarm that computes with it.
func queueMetric(queue, id, name, statistic string) *cloudwatch.MetricAlarmMetricQueryArgs {
	return metric(sqsNamespace, pulumi.StringMap{"QueueName": pulumi.String(queue)}, id, name, statistic)
}

// functionMetric is how often a minute the function counted something. It publishes nothing where that is 0.
func functionMetric(n names, id, name string) *cloudwatch.MetricAlarmMetricQueryArgs {
	dimensions := pulumi.StringMap{contract.MetricDimension: pulumi.String(n.processor)}
	return metric(contract.MetricNamespace, dimensions, id, name, sum)
}

// metric is a metric that an alarm computes with, by the minute.
func metric(namespace string, dimensions pulumi.StringMap, id, name, statistic string) *cloudwatch.MetricAlarmMetricQueryArgs {
	return &cloudwatch.MetricAlarmMetricQueryArgs{
		Id: pulumi.String(id),
		Metric: &cloudwatch.MetricAlarmMetricQueryMetricArgs{
			Namespace:  pulumi.String(namespace),
			MetricName: pulumi.String(name),
			Dimensions: dimensions,
			Period:     pulumi.Int(alarmPeriod),
			Stat:       pulumi.String(statistic),
		},
	}
}

// computed is what an alarm computes from its other metrics.
func computed(id, label, expression string) *cloudwatch.MetricAlarmMetricQueryArgs {
	return &cloudwatch.MetricAlarmMetricQueryArgs{
		Id:         pulumi.String(id),
		Label:      pulumi.String(label),
		Expression: pulumi.String(expression),
	}
}

// result is what is computed and compared with the threshold.
func result(id, label, expression string) *cloudwatch.MetricAlarmMetricQueryArgs {
	return returned(computed(id, label, expression))
}

// returned makes a query the one that is compared with the threshold.
func returned(query *cloudwatch.MetricAlarmMetricQueryArgs) *cloudwatch.MetricAlarmMetricQueryArgs {
	query.ReturnData = pulumi.Bool(true)
	return query
}
