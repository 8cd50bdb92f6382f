package settings_test

import (
	"testing"

	"cc-eventbridge/infra/settings"
)

func TestSilenceIsChecked(t *testing.T) {
	hours := func(firstDay, lastDay, from, to int) *settings.Hours {
		return &settings.Hours{FirstDay: firstDay, LastDay: lastDay, From: from, To: to}
	}
	for name, test := range map[string]struct {
		minutes, hours string
		want           *settings.Hours
		problem        []string
	}{
		"never":                        {minutes: "0"},
		"always":                       {minutes: "5"},
		"some hours":                   {minutes: "60", hours: "08-20", want: hours(1, 7, 8, 20)},
		"work days":                    {minutes: "60", hours: "Mon-Fri 08-20", want: hours(1, 5, 8, 20)},
		"one day":                      {minutes: "60", hours: "sat 00-24", want: hours(6, 6, 0, 24)},
		"over midnight and the week":   {minutes: "60", hours: "sun-thu 22-06", want: hours(7, 4, 22, 6)},
		"as long as its hours":         {minutes: "480", hours: "22-06", want: hours(1, 7, 22, 6)},
		"longer than its hours":        {minutes: "481", hours: "22-06", problem: []string{`silenceMinutes is "481"`, "480 minutes a day"}},
		"shorter than metrics lag":     {minutes: "4", problem: []string{`silenceMinutes is "4"`, "set silenceMinutes 5"}},
		"longer than CloudWatch looks": {minutes: "1441", problem: []string{"silenceMinutes", "from 0 to 1440"}},
		"no such day":                  {minutes: "60", hours: "mon-fry 08-20", problem: []string{`silenceHours is "mon-fry 08-20"`, "mon-fri 08-20"}},
		"no such hour":                 {minutes: "60", hours: "08-25", problem: []string{"silenceHours"}},
		"no hours at all":              {minutes: "60", hours: "08-08", problem: []string{"silenceHours"}},
		"minutes":                      {minutes: "60", hours: "08:30-20:00", problem: []string{"silenceHours"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := settings.Load("dev", valid(t, map[string]string{"silenceMinutes": test.minutes, "silenceHours": test.hours}), never)
			wants(t, err, test.problem)
			if got := s.Silence.Hours; err == nil && (got == nil) != (test.want == nil) || got != nil && *got != *test.want {
				t.Errorf("hours are %+v, want %+v", got, test.want)
			}
		})
	}
}
