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
func newSilenceAlarm(s *stack, parent pulumi.Resource, notify pulumi.Array) error {
	minutes, hours := s.Silence.Minutes, s.Silence.Hours
	when := "at any time"
	if hours != nil {
		when = "within silenceHours"
	}
	_, err := newAlarm(s, parent, "silence", fmt.Sprintf(silence, minutes, when), cloudwatch.MetricAlarmArgs{
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			queueMetric(s.names.ingestion, "sent", "NumberOfMessagesSent", "Sum"),
			computed("arrived", "Events that arrived", "FILL(sent, 0)"),
			result("silent", "Nothing arrived", silentExpression(hours)),
		},
		EvaluationPeriods: pulumi.Int(minutes),
		DatapointsToAlarm: pulumi.Int(minutes),
		TreatMissingData:  pulumi.String("ignore"),
		AlarmActions:      notify,
		OkActions:         notify,
	})
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
		return fmt.Sprintf("IF(%s AND HOUR(arrived) >= %d AND HOUR(arrived) < %d%s, 1, 0)", silent,
			h.From, h.To, onDays(h.FirstDay, h.LastDay))
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
