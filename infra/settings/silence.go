package settings

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
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
	// Minutes without an event, in a row and within Hours; 0 never minds.
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

// Overnight tells whether the hours go over midnight.
func (h Hours) Overnight() bool { return h.To < h.From }

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

func (r *reader) silence() Silence {
	s := Silence{Minutes: r.integer("silenceMinutes", 0, maxSilenceMinutes)}
	text := r.text("silenceHours")
	if text == "" {
		return s
	}
	hours, ok := parseHours(strings.ToLower(text))
	if !ok {
		r.wrongValue("silenceHours", "it must be hours in UTC, 00 to 24, after the days if not all count",
			"pulumi config set silenceHours 'mon-fri 08-20'; 22-06 goes over midnight")
		return s
	}
	s.Hours = &hours
	return s
}

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
	return h, h.FirstDay > 0 && h.LastDay > 0 && h.From < hoursOfDay && h.To > 0 && h.To <= hoursOfDay && h.From != h.To
}

func (r *reader) checkSilence(s Silence) {
	if !r.sound("silenceMinutes", "silenceHours") || s.Minutes == 0 {
		return
	}
	if s.Minutes < minSilenceMinutes {
		r.wrongValue("silenceMinutes", fmt.Sprintf("SQS publishes its metrics up to some minutes late, so below %d every lull would raise the alarm", minSilenceMinutes),
			fmt.Sprintf("pulumi config set silenceMinutes %d, or 0 for no alarm", minSilenceMinutes))
	}
	if s.Hours != nil && s.Minutes > s.Hours.minutes() {
		r.wrongValue("silenceMinutes", fmt.Sprintf("silenceHours has %d minutes a day: a longer silence never happens within them", s.Hours.minutes()),
			fmt.Sprintf("pulumi config set silenceMinutes %d, or widen silenceHours", s.Hours.minutes()))
	}
}
