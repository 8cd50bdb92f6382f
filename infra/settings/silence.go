package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

const (
	minSilenceMinutes = 5
	// maxSilenceMinutes is what CloudWatch looks back over at most, a day, with data points of a minute
	// (PutMetricAlarm, EvaluationPeriods).
	maxSilenceMinutes = 1440
	hoursOfDay        = 24
)

// Silence says when it is a bad sign that no event arrives.
type Silence struct {
	// Minutes without an event, in a row and within Hours; 0 switches the alarm off.
	Minutes int
	// Hours is nil when every hour counts.
	Hours *Hours
}

// Hours are the same hours of some days of the week, in UTC. Both ranges may go over the end: 22 to 6, or Sunday to
// Thursday. Hours that go over midnight belong to the day on which they begin.
type Hours struct {
	// FirstDay and LastDay are 1 (Monday) to 7, as CloudWatch counts them. LastDay is included.
	FirstDay, LastDay int
	// From is 0 to 23 and To 1 to 24. To is not included.
	From, To int
}

// Overnight reports whether the hours go over midnight.
func (h Hours) Overnight() bool { return h.To < h.From }

// String writes hours as silenceHours has them.
func (h Hours) String() string {
	if !h.valid() {
		return fmt.Sprintf("days %d-%d, hours %d-%d", h.FirstDay, h.LastDay, h.From, h.To)
	}
	return fmt.Sprintf("%s-%s %02d-%02d", weekdays[h.FirstDay-1], weekdays[h.LastDay-1], h.From, h.To)
}

func (h Hours) valid() bool {
	day := func(n int) bool { return 1 <= n && n <= len(weekdays) }
	return day(h.FirstDay) && day(h.LastDay) &&
		0 <= h.From && h.From < hoursOfDay && 0 < h.To && h.To <= hoursOfDay && h.From != h.To
}

// minutes is how long the hours of a day are.
func (h Hours) minutes() int {
	n := h.To - h.From
	if h.Overnight() {
		n += hoursOfDay
	}
	return n * 60
}

var (
	weekdays     = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	silenceHours = regexp.MustCompile(`^(?:([a-z]{3})(?:-([a-z]{3}))? )?(\d{2})-(\d{2})$`)
)

func parseHours(text string) (Hours, bool) {
	parts := silenceHours.FindStringSubmatch(text)
	if parts == nil {
		return Hours{}, false
	}
	h := Hours{FirstDay: 1, LastDay: 7}
	if parts[1] != "" {
		h.FirstDay = slices.Index(weekdays, parts[1]) + 1
		h.LastDay = h.FirstDay
	}
	if parts[2] != "" {
		h.LastDay = slices.Index(weekdays, parts[2]) + 1
	}
	h.From, _ = strconv.Atoi(parts[3]) // two digits
	h.To, _ = strconv.Atoi(parts[4])
	return h, h.valid()
}

func (c *checker) checkSilence() {
	s := c.Silence
	if !c.sound("silenceMinutes", "silenceHours") || s.Minutes == 0 {
		return
	}
	if s.Minutes < minSilenceMinutes {
		c.wrongValue("silenceMinutes",
			fmt.Sprintf("SQS publishes its metrics some minutes late, so below %d every lull would raise the alarm", minSilenceMinutes),
			fmt.Sprintf("pulumi config set silenceMinutes %d, or 0 for no alarm", minSilenceMinutes))
	}
	if s.Hours != nil && s.Minutes > s.Hours.minutes() {
		c.wrongValue("silenceMinutes",
			fmt.Sprintf("silenceHours has %d minutes a day: a longer silence never happens within them", s.Hours.minutes()),
			fmt.Sprintf("pulumi config set silenceMinutes %d, or widen silenceHours", s.Hours.minutes()))
	}
}
