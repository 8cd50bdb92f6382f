package pipeline_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// alarmInputs are what an alarm is made from, as far as these tests look at it.
type alarmInputs struct {
	Name                                 string
	EvaluationPeriods, DatapointsToAlarm int
	Threshold                            float64
	ComparisonOperator, TreatMissingData string
	MetricQueries                        []struct {
		ID, Expression string
		ReturnData     bool
	}
}

// alarms are those of a stack with every part, by their names.
func alarms(t *testing.T) map[string]alarmInputs {
	t.Helper()
	found := map[string]alarmInputs{}
	for _, r := range resources(t, "dev", configured(t, map[string]string{
		"eventBridgeSource": "aws.partner/genesys.com/cloud/5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4/contact-centre",
		"silenceMinutes":    "60",
	})) {
		if !strings.HasPrefix(r.URN, "aws:cloudwatch/metricAlarm:") {
			continue
		}
		data, err := json.Marshal(r.Inputs)
		if err != nil {
			t.Fatal(err)
		}
		var a alarmInputs
		if err := json.Unmarshal(data, &a); err != nil {
			t.Fatal(err)
		}
		found[strings.TrimPrefix(a.Name, "dev-cc-eventbridge-")] = a
	}
	return found
}

// goesOff reports whether the alarm is on after the last minute of its metrics.
func (a alarmInputs) goesOff(t *testing.T, metrics map[string]series, emptyStays bool) bool {
	t.Helper()
	if a.ComparisonOperator != "GreaterThanThreshold" || a.TreatMissingData != "notBreaching" {
		t.Fatalf("the alarm compares by %s and takes missing data for %s, which this test can't do", a.ComparisonOperator, a.TreatMissingData)
	}
	values := map[string]series{}
	for id, metric := range metrics {
		// Minutes that a case leaves out are before those that it has, without data.
		values[id] = append(make(series, a.EvaluationPeriods-len(metric)), metric...)
	}
	breaching := 0
	for _, query := range a.MetricQueries {
		switch {
		case query.Expression != "":
			math := metricMath{metrics: values, minutes: a.EvaluationPeriods, emptyStays: emptyStays}
			values[query.ID] = math.evaluate(query.Expression)
		case values[query.ID] == nil:
			values[query.ID] = make(series, a.EvaluationPeriods)
		}
		if query.ReturnData {
			for _, value := range values[query.ID] {
				breaching += int(truth(value != nil && *value > a.Threshold))
			}
		}
	}
	return breaching >= a.DatapointsToAlarm
}

// late is a minute whose value has not come yet, or a metric that is not published when it is 0.
const late = -1

func minutes(values ...float64) series {
	s := make(series, len(values))
	for i, value := range values {
		if value != late {
			s[i] = &value
		}
	}
	return s
}

func TestAlarmsGoOffWhateverComesLate(t *testing.T) {
	// since is a metric that was the same for n minutes before the last ones.
	since := func(n int, value float64, last ...float64) series {
		return append(slices.Repeat(minutes(value), n), minutes(last...)...)
	}
	type metrics = map[string]series
	all := alarms(t)
	for name, test := range map[string]struct {
		alarm string
		has   metrics
		want  bool
	}{
		"no metric has come":                                     {"flags-rollback", nil, false},
		"flags are refused while no event comes":                 {"flags-rollback", metrics{"refused": minutes(1, late)}, true},
		"flags were refused a while ago":                         {"flags-rollback", metrics{"refused": minutes(1, late, late, late, late)}, true},
		"flags are refused while events are handled":             {"flags-rollback", metrics{"refused": minutes(1, late), "deleted": minutes(9000, 9000)}, true},
		"all events are quarantined":                             {"flags-rollback", metrics{"quarantined": minutes(50, late), "deleted": minutes(50, late)}, true},
		"all events are quarantined, and the queue's comes late": {"flags-rollback", metrics{"quarantined": minutes(50, 60, late), "deleted": minutes(50, late, late)}, true},
		"one in a hundred is quarantined":                        {"flags-rollback", metrics{"quarantined": minutes(10, late), "deleted": minutes(1000, late)}, true},
		"fewer than one in a hundred is":                         {"flags-rollback", metrics{"quarantined": minutes(10, late), "deleted": minutes(1001, late)}, false},
		"few of few are quarantined":                             {"flags-rollback", metrics{"quarantined": minutes(9, 9, 9, 9), "deleted": minutes(9, 9, 9, 9)}, false},
		"few of very many, and the queue's metric is late":       {"flags-rollback", metrics{"quarantined": minutes(20, 20), "deleted": minutes(9000, late)}, false},
		"few of very many, and the queue has no metric yet":      {"flags-rollback", metrics{"quarantined": minutes(20, 20)}, false},

		"no event was ever lost":                              {"events-lost", nil, false},
		"an event is lost, by the rule's metric":              {"events-lost", metrics{"rule": minutes(1, late)}, true},
		"an event is lost, by the bus's metric":               {"events-lost", metrics{"bus": minutes(1, late, late)}, true},
		"an event is lost, and its minute comes very late":    {"events-lost", metrics{"bus": append(minutes(1), make(series, 14)...)}, true},
		"EventBridge says of every minute that none was lost": {"events-lost", metrics{"rule": since(15, 0)}, false},

		"messages wait and none is deleted":              {"no-messages-deleted", metrics{"waiting": since(12, 5), "inflight": since(12, 0), "deleted": since(12, 0)}, true},
		"messages wait, and the newest minutes are late": {"no-messages-deleted", metrics{"waiting": since(10, 5, late, late), "inflight": since(10, 0, late, late), "deleted": since(10, 0, late, late)}, true},
		"messages fail in flight":                        {"no-messages-deleted", metrics{"waiting": since(11, 0, late), "inflight": since(11, 9, late), "deleted": since(11, 0, late)}, true},
		"one message is deleted":                         {"no-messages-deleted", metrics{"waiting": since(11, 5, late), "inflight": since(11, 5, late), "deleted": since(5, 0, 1, 0, 0, 0, 0, 0, late)}, false},
		"nothing waits":                                  {"no-messages-deleted", metrics{"waiting": since(11, 0, late), "inflight": since(11, 0, late), "deleted": since(11, 0, late)}, false},
		"the queue has long been idle":                   {"no-messages-deleted", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			alarm, ok := all[test.alarm]
			if !ok {
				t.Fatalf("no alarm is called %s", test.alarm)
			}
			for _, emptyStays := range []bool{false, true} {
				if got := alarm.goesOff(t, test.has, emptyStays); got != test.want {
					t.Errorf("%s goes off: %v, want %v (FILL leaves a metric without data empty: %v)", test.alarm, got, test.want, emptyStays)
				}
			}
		})
	}
}

// TestNoAlarmWaitsForAValueThatIsAlwaysFilledIn is about the newest minute, which has no data yet: an alarm that has a 0 in
// its place, and must see in every minute that something is there, never goes off.
func TestNoAlarmWaitsForAValueThatIsAlwaysFilledIn(t *testing.T) {
	filled := regexp.MustCompile(`FILL\(\w+, 0\)( == 0)?`)
	checked := 0
	for name, alarm := range alarms(t) {
		if name == "silence" {
			continue // it goes off when nothing is there
		}
		for _, query := range alarm.MetricQueries {
			for _, match := range filled.FindAllStringSubmatch(query.Expression, -1) {
				if checked++; match[1] == "" && alarm.DatapointsToAlarm >= alarm.EvaluationPeriods {
					t.Errorf("%s: %s in %d of %d minutes", name, query.Expression, alarm.DatapointsToAlarm, alarm.EvaluationPeriods)
				}
			}
		}
	}
	if checked < 4 {
		t.Errorf("looked at %d places, which is not all of them", checked)
	}
}
