package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

// newSilenceAlarm goes off when nothing has been put on the ingestion queue for too long within the hours that count. It
// asks the queue and not Genesys Cloud: whatever keeps events away shows there, and it takes no credentials.
//
// SQS publishes zeros while anyone polls the queue, and nothing any more six hours after that (SQS Developer Guide,
// "Available CloudWatch metrics"): an alarm stays what it was when a stopped consumer lets the metric end.
func newSilenceAlarm(ctx *pulumi.Context, parent pulumi.Resource, n names, s settings.Silence, notify pulumi.Array) error {
	hours := "at any time"
	if s.Hours != nil {
		hours = "within silenceHours"
	}
	_, err := cloudwatch.NewMetricAlarm(ctx, "silence", &cloudwatch.MetricAlarmArgs{
		Name: pulumi.String(n.alarm("silence")),
		AlarmDescription: pulumi.String(fmt.Sprintf("No event has arrived for %d minutes %s. Is the integration or subscription in Genesys Cloud active? `pulumi refresh` shows whether it was switched off or failed, and `pulumi up` mends it. Then look at the partner event source in EventBridge, at the rule's dead-letter queue and at the writer role.",
			s.Minutes, hours)),
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			queueMetric(n.ingestion, "sent", "NumberOfMessagesSent", "Sum"),
			&cloudwatch.MetricAlarmMetricQueryArgs{
				Id:         pulumi.String("arrived"),
				Label:      pulumi.String("Events that arrived"),
				Expression: pulumi.String("FILL(sent, 0)"),
			},
			&cloudwatch.MetricAlarmMetricQueryArgs{
				Id:         pulumi.String("silent"),
				Label:      pulumi.String("Nothing arrived"),
				Expression: pulumi.String(silentExpression(s.Hours)),
				ReturnData: pulumi.Bool(true),
			},
		},
		EvaluationPeriods:  pulumi.Int(s.Minutes),
		DatapointsToAlarm:  pulumi.Int(s.Minutes),
		Threshold:          pulumi.Float64(0),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		TreatMissingData:   pulumi.String("ignore"),
		AlarmActions:       notify,
		OkActions:          notify,
	}, pulumi.Parent(parent))
	return err
}

// silentExpression is 1 in a minute in which nothing arrived and something should have. CloudWatch's HOUR and DAY are in
// UTC, with Monday as 1 (CloudWatch User Guide, "Using math expressions with metrics").
func silentExpression(h *settings.Hours) string {
	const silent = "arrived == 0"
	switch {
	case h == nil:
		return fmt.Sprintf("IF(%s, 1, 0)", silent)
	case !h.Overnight():
		return fmt.Sprintf("IF(%s AND HOUR(arrived) >= %d AND HOUR(arrived) < %d%s, 1, 0)", silent, h.From, h.To, onDays(h.FirstDay, h.LastDay))
	}
	// The hours after midnight belong to the day before.
	return fmt.Sprintf("IF(%s AND ((HOUR(arrived) >= %d%s) OR (HOUR(arrived) < %d%s)), 1, 0)", silent,
		h.From, onDays(h.FirstDay, h.LastDay), h.To, onDays(h.FirstDay%7+1, h.LastDay%7+1))
}

// onDays adds the condition that it is a day from first to last, which may go over the end of the week.
func onDays(first, last int) string {
	switch {
	case last%7+1 == first:
		return "" // every day
	case first <= last:
		return fmt.Sprintf(" AND DAY(arrived) >= %d AND DAY(arrived) <= %d", first, last)
	}
	return fmt.Sprintf(" AND (DAY(arrived) >= %d OR DAY(arrived) <= %d)", first, last)
}
