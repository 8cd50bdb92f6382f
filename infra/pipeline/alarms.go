package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/infra/settings"
)

const (
	sqsNamespace = "AWS/SQS"
	// alarmPeriod is the length of one data point in seconds; SQS publishes one a minute.
	alarmPeriod = 60
	// oldestMessageSeconds is when a backlog is worth waking someone. In a quiet pipeline a message is seconds old. SQS
	// leaves messages out of this metric once they were received three times: it shows what waits, not what fails.
	oldestMessageSeconds = 300
	// stalledMinutes is how long nothing may be acknowledged while messages wait or are in flight, beside the time that
	// one invocation can take.
	stalledMinutes = 10
)

// queueAlarm is an alarm on one metric of a queue.
type queueAlarm struct {
	name, means string
	queue       string
	metric      string
	statistic   string
	threshold   float64
	// The alarm goes off when datapoints of the last periods minutes are above the threshold.
	datapoints, periods int
}

// queueAlarms are the alarms on single metrics, in the order of the data flow.
func queueAlarms(n names, in settings.Intake) []queueAlarm {
	const waiting = "ApproximateNumberOfMessagesVisible"
	alarms := []queueAlarm{
		{
			name: "oldest-message-age", means: oldestMessageAge, queue: n.ingestion,
			metric: "ApproximateAgeOfOldestMessage", statistic: "Maximum", threshold: oldestMessageSeconds,
			datapoints: 3, periods: 5,
		},
		{
			name: "messages-delayed", means: messagesDelayed, queue: n.ingestion,
			metric: "ApproximateNumberOfMessagesDelayed", statistic: "Maximum", datapoints: 5, periods: 5,
		},
		{
			name: "dead-letter-queue-not-empty", means: deadLetterQueueNotEmpty, queue: n.deadLetter,
			metric: waiting, statistic: "Maximum", datapoints: 1, periods: 1,
		},
		{
			name: "validation-queue-growing", means: validationQueueGrowing, queue: n.validation,
			metric: "NumberOfMessagesSent", statistic: "Sum", datapoints: 1, periods: 5,
		},
	}
	if in.EventBridge() {
		alarms = append(alarms, queueAlarm{
			name: "rule-dead-letter-queue-not-empty", means: ruleDeadLetterQueueNotEmpty, queue: n.ruleDeadLetter,
			metric: waiting, statistic: "Maximum", datapoints: 1, periods: 1,
		})
	}
	return alarms
}

// newAlarms declares the alarms and returns what an alarm of another part does when it goes off or is over.
func newAlarms(s *stack) (notify pulumi.Array, err error) {
	group, err := s.part("Alarms", "alarms")
	if err != nil {
		return nil, err
	}
	topic, err := newAlarmTopic(s, group)
	if err != nil {
		return nil, err
	}
	notify = pulumi.Array{topic.Arn}
	for _, a := range queueAlarms(s.names, s.Intake) {
		if _, err := newAlarm(s, group, a.name, a.means, cloudwatch.MetricAlarmArgs{
			Namespace:         pulumi.String(sqsNamespace),
			MetricName:        pulumi.String(a.metric),
			Dimensions:        pulumi.StringMap{"QueueName": pulumi.String(a.queue)},
			Statistic:         pulumi.String(a.statistic),
			Period:            pulumi.Int(alarmPeriod),
			EvaluationPeriods: pulumi.Int(a.periods),
			DatapointsToAlarm: pulumi.Int(a.datapoints),
			Threshold:         pulumi.Float64(a.threshold),
			AlarmActions:      notify,
			OkActions:         notify,
		}); err != nil {
			return nil, err
		}
	}
	if err := newStalledAlarm(s, group, notify); err != nil {
		return nil, err
	}
	if err := newNeverRunAlarm(s, group, notify); err != nil {
		return nil, err
	}
	if s.Silence.Minutes > 0 {
		if err := newSilenceAlarm(s, group, notify); err != nil {
			return nil, err
		}
	}
	return notify, group.done(pulumi.Map{"alarmTopicArn": topic.Arn})
}

// newAlarm declares an alarm that goes off above its threshold, which is 0 if it has none. Missing data is no trouble unless it
// says so: SQS stops publishing for a queue that has been idle for hours. What the alarm means is what the person on call
// reads first.
func newAlarm(
	s *stack, parent pulumi.Resource, name, means string, args cloudwatch.MetricAlarmArgs,
) (*cloudwatch.MetricAlarm, error) {
	args.Name, args.AlarmDescription = pulumi.String(s.names.alarm(name)), pulumi.String(means)
	args.ComparisonOperator = pulumi.String("GreaterThanThreshold")
	if args.Threshold == nil {
		args.Threshold = pulumi.Float64(0)
	}
	if args.TreatMissingData == nil {
		args.TreatMissingData = pulumi.String("notBreaching")
	}
	alarm, err := cloudwatch.NewMetricAlarm(s.ctx, s.resource(name), &args, pulumi.Parent(parent))
	if err != nil {
		return nil, fmt.Errorf("declaring the alarm %s: %w", name, err)
	}
	return alarm, nil
}

// newStalledAlarm goes off when there are messages and none is deleted: the sign that nothing succeeds any more, whether
// the consumer is stopped, the function can't start or the downstream refuses everything. Messages that fail are in
// flight most of the time, so both kinds count. The metrics only mean something together, since an idle queue deletes
// nothing either. A consumer that was stopped on purpose notifies nobody by this alarm; the age of its backlog still does.
func newStalledAlarm(s *stack, parent pulumi.Resource, notify pulumi.Array) error {
	minutes := stalledMinutes + (s.Function.TimeoutSeconds+s.Mapping.WindowSeconds)/alarmPeriod
	_, err := newAlarm(s, parent, "no-messages-deleted", noMessagesDeleted, cloudwatch.MetricAlarmArgs{
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			queueMetric(s.names.ingestion, "waiting", "ApproximateNumberOfMessagesVisible", "Maximum"),
			queueMetric(s.names.ingestion, "inflight", "ApproximateNumberOfMessagesNotVisible", "Maximum"),
			queueMetric(s.names.ingestion, "deleted", "NumberOfMessagesDeleted", "Sum"),
			result("stalled", "There are messages and none is deleted", stalledExpression),
		},
		EvaluationPeriods: pulumi.Int(minutes),
		DatapointsToAlarm: pulumi.Int(minutes),
		ActionsEnabled:    pulumi.Bool(s.Mapping.Enabled),
		AlarmActions:      notify,
		OkActions:         notify,
	})
	return err
}

// newNeverRunAlarm goes off when the function received messages that it did not start: its batches don't fit into its time or
// its memory. One minute of that is enough, for every receive counts, and the last one dead-letters a message that never ran.
func newNeverRunAlarm(s *stack, parent pulumi.Resource, notify pulumi.Array) error {
	_, err := newAlarm(s, parent, "events-never-run", eventsNeverRun, cloudwatch.MetricAlarmArgs{
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			functionMetric(s.names, "neverrun", contract.MetricNeverRun),
			result("unstarted", "Messages that were received and not started", "FILL(neverrun, 0)"),
		},
		EvaluationPeriods: pulumi.Int(lateMinutes),
		DatapointsToAlarm: pulumi.Int(1),
		AlarmActions:      notify,
		OkActions:         notify,
	})
	return err
}

// stalledExpression is 1 in a minute in which there were messages and none was deleted. SQS publishes late: the newest
// minutes repeat what was waiting before, because with 0 they would never count, and every minute must.
const stalledExpression = "IF(FILL(waiting, REPEAT) + FILL(inflight, REPEAT) > 0 AND FILL(deleted, 0) == 0, 1, 0)"

// queueMetric is a metric of a queue, for an alarm that computes with it.
func queueMetric(queue, id, name, statistic string) *cloudwatch.MetricAlarmMetricQueryArgs {
	return metric(sqsNamespace, pulumi.StringMap{"QueueName": pulumi.String(queue)}, id, name, statistic)
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
	query := computed(id, label, expression)
	query.ReturnData = pulumi.Bool(true)
	return query
}
