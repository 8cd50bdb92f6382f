package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

// silenceAlarm goes off when nothing has been put on the ingestion queue for too long within the hours that count. It
// asks the queue and not Genesys Cloud: whatever keeps events away shows there, and it takes no credentials.
//
// What does not arrive has no metric. Lambda's pollers do: an idle queue has their empty receives in every minute, by which the
// alarm sees that a minute is there in which nothing arrived. Where there is nothing of all, nobody polls and nothing arrives,
// which is silence as well, unless the consumer was stopped on purpose.
func silenceAlarm(s *stack) alarm {
	minutes, hours := s.Silence.Minutes, s.Silence.Hours
	when := "at any time"
	if hours != nil {
		when = "within silenceHours"
	}
	a := alarm{"silence", fmt.Sprintf(silence, minutes, when), minutes, minutes, calculation(
		queueMetric(s.names.ingestion, "sent", sent, sum),
		queueMetric(s.names.ingestion, "polls", emptyReceives, sum),
		queueMetric(s.names.ingestion, "waiting", visible, maximum),
		computed("arrived", "Events that arrived", "sent + (polls * 0) + (waiting * 0)"),
		result("silent", "Nothing arrived", silentExpression(hours)),
	)}
	missing := "breaching"
	if !s.Mapping.Enabled {
		missing = "ignore"
	}
	a.looksAt.TreatMissingData = pulumi.String(missing)
	return a
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
