package pipeline

import (
	"testing"

	"cc-eventbridge/infra/settings"
)

func TestSilenceCountsWithinItsHours(t *testing.T) {
	const mon, thu, fri, sun = 1, 4, 5, 7
	for name, test := range map[string]struct {
		hours *settings.Hours
		want  string
	}{
		"always":              {nil, "IF(arrived == 0, 1, 0)"},
		"hours of every day":  {&settings.Hours{FirstDay: mon, LastDay: sun, From: 8, To: 20}, "IF(arrived == 0 AND HOUR(arrived) >= 8 AND HOUR(arrived) < 20, 1, 0)"},
		"hours of work days":  {&settings.Hours{FirstDay: mon, LastDay: fri, From: 8, To: 20}, "IF(arrived == 0 AND HOUR(arrived) >= 8 AND HOUR(arrived) < 20 AND DAY(arrived) >= 1 AND DAY(arrived) <= 5, 1, 0)"},
		"nights of every day": {&settings.Hours{FirstDay: mon, LastDay: sun, From: 22, To: 6}, "IF(arrived == 0 AND ((HOUR(arrived) >= 22) OR (HOUR(arrived) < 6)), 1, 0)"},
		"evenings from Sunday to Thursday end on the next morning": {
			&settings.Hours{FirstDay: sun, LastDay: thu, From: 13, To: 1},
			"IF(arrived == 0 AND ((HOUR(arrived) >= 13 AND (DAY(arrived) >= 7 OR DAY(arrived) <= 4)) OR (HOUR(arrived) < 1 AND DAY(arrived) >= 1 AND DAY(arrived) <= 5)), 1, 0)",
		},
	} {
		if got := silentExpression(test.hours); got != test.want {
			t.Errorf("%s:\n  have %s\n  want %s", name, got, test.want)
		}
	}
}
