package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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

// alarm is one alarm on a queue. Its description is what the person on call reads first: what it means, what to do.
type alarm struct {
	name, means string
	queue       string
	metric      string
	statistic   string
	threshold   float64
	// The alarm goes off when datapoints of the last periods minutes are above the threshold.
	datapoints, periods int
}

// queueAlarms are the alarms on single metrics, in the order of the data flow.
func queueAlarms(n names, in settings.Intake) []alarm {
	alarms := []alarm{
		{
			name: "oldest-message-age", queue: n.ingestion, metric: "ApproximateAgeOfOldestMessage", statistic: "Maximum",
			threshold: oldestMessageSeconds, datapoints: 3, periods: 5,
			means: "Events wait in the ingestion queue: the consumer is stopped, throttled, failing or too slow. Look at the function's errors and duration, then at maximumConcurrency.",
		},
		{
			name: "messages-delayed", queue: n.ingestion, metric: "ApproximateNumberOfMessagesDelayed", statistic: "Maximum",
			threshold: 0, datapoints: 5, periods: 5,
			means: "Messages on the ingestion queue are delayed, which nothing in this pipeline does: someone set a delay on the queue, or a sender sets one on its messages.",
		},
		{
			name: "dead-letter-queue-not-empty", queue: n.deadLetter, metric: "ApproximateNumberOfMessagesVisible", statistic: "Maximum",
			threshold: 0, datapoints: 1, periods: 1,
			means: "Events failed maxReceiveCount times and were set aside. Find the reason in the function's logs, mend it, then redrive the dead-letter queue.",
		},
		{
			name: "validation-queue-growing", queue: n.validation, metric: "NumberOfMessagesSent", statistic: "Sum",
			threshold: 0, datapoints: 1, periods: 5,
			means: "Events arrive that can never succeed. Each carries its reason as a message attribute: a changed payload, or a downstream that rejects it.",
		},
	}
	if in.EventBridge() {
		alarms = append(alarms, alarm{
			name: "rule-dead-letter-queue-not-empty", queue: n.ruleDeadLetter, metric: "ApproximateNumberOfMessagesVisible", statistic: "Maximum",
			threshold: 0, datapoints: 1, periods: 1,
			means: "EventBridge could not put events on the ingestion queue. They wait in the rule's dead-letter queue, each with ERROR_CODE and ERROR_MESSAGE as message attributes: no permission, too large, or undeliverable for a day.",
		})
	}
	return alarms
}

// newAlarms declares the alarms and returns what an alarm of another part does when it goes off or is over.
func newAlarms(ctx *pulumi.Context, n names, s settings.Settings, where location) (notify pulumi.Array, err error) {
	group, err := newPart(ctx, "Alarms", "alarms")
	if err != nil {
		return nil, err
	}
	topic, err := newAlarmTopic(ctx, group, n, where)
	if err != nil {
		return nil, err
	}
	notify = pulumi.Array{topic.Arn}
	for _, a := range queueAlarms(n, s.Intake) {
		if _, err := cloudwatch.NewMetricAlarm(ctx, a.name, &cloudwatch.MetricAlarmArgs{
			Name:               pulumi.String(n.alarm(a.name)),
			AlarmDescription:   pulumi.String(a.means),
			Namespace:          pulumi.String(sqsNamespace),
			MetricName:         pulumi.String(a.metric),
			Dimensions:         pulumi.StringMap{"QueueName": pulumi.String(a.queue)},
			Statistic:          pulumi.String(a.statistic),
			Period:             pulumi.Int(alarmPeriod),
			EvaluationPeriods:  pulumi.Int(a.periods),
			DatapointsToAlarm:  pulumi.Int(a.datapoints),
			Threshold:          pulumi.Float64(a.threshold),
			ComparisonOperator: pulumi.String("GreaterThanThreshold"),
			// SQS stops publishing for a queue that has been idle for hours: no data is no trouble here.
			TreatMissingData: pulumi.String("notBreaching"),
			AlarmActions:     notify,
			OkActions:        notify,
		}, pulumi.Parent(group)); err != nil {
			return nil, fmt.Errorf("declaring the alarm %s: %w", a.name, err)
		}
	}
	if err := newStalledAlarm(ctx, group, n, s, notify); err != nil {
		return nil, fmt.Errorf("declaring the alarm on deleted messages: %w", err)
	}
	if s.Silence.Minutes > 0 {
		if err := newSilenceAlarm(ctx, group, n, s.Silence, notify); err != nil {
			return nil, fmt.Errorf("declaring the alarm on silence: %w", err)
		}
	}
	return notify, group.done(ctx, pulumi.Map{"alarmTopicArn": topic.Arn})
}

// newStalledAlarm goes off when there are messages and none is deleted: the sign that nothing succeeds any more, whether
// the consumer is stopped, the function can't start or the downstream refuses everything. Messages that fail are in
// flight most of the time, so both kinds count. The metrics only mean something together, since an idle queue deletes
// nothing either. A consumer that was stopped on purpose notifies nobody by this alarm; the age of its backlog still does.
func newStalledAlarm(ctx *pulumi.Context, parent pulumi.Resource, n names, s settings.Settings, notify pulumi.Array) error {
	minutes := stalledMinutes + (s.Function.TimeoutSeconds+s.Mapping.WindowSeconds)/alarmPeriod
	_, err := cloudwatch.NewMetricAlarm(ctx, "no-messages-deleted", &cloudwatch.MetricAlarmArgs{
		Name:             pulumi.String(n.alarm("no-messages-deleted")),
		AlarmDescription: pulumi.String("There are messages in the ingestion queue and none is acknowledged: nothing succeeds any more. Look at the event source mapping's state, at the function's errors and at the downstream."),
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			queueMetric(n.ingestion, "waiting", "ApproximateNumberOfMessagesVisible", "Maximum"),
			queueMetric(n.ingestion, "inflight", "ApproximateNumberOfMessagesNotVisible", "Maximum"),
			queueMetric(n.ingestion, "deleted", "NumberOfMessagesDeleted", "Sum"),
			&cloudwatch.MetricAlarmMetricQueryArgs{
				Id:         pulumi.String("stalled"),
				Label:      pulumi.String("There are messages and none is deleted"),
				Expression: pulumi.String(stalledExpression),
				ReturnData: pulumi.Bool(true),
			},
		},
		EvaluationPeriods:  pulumi.Int(minutes),
		DatapointsToAlarm:  pulumi.Int(minutes),
		Threshold:          pulumi.Float64(0),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		TreatMissingData:   pulumi.String("notBreaching"),
		ActionsEnabled:     pulumi.Bool(s.Mapping.Enabled),
		AlarmActions:       notify,
		OkActions:          notify,
	}, pulumi.Parent(parent))
	return err
}

// stalledExpression is 1 in a minute in which there were messages and none was deleted. SQS publishes late: the newest minutes
// repeat what was waiting before, because with 0 they would never count, and every minute must.
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
