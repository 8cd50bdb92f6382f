package pipeline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
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
	ActionsEnabled                       *bool
	AlarmActions, OKActions              []string
	metricInputs
	Statistic     string
	MetricQueries []query
}

type query struct {
	ID, Expression string
	ReturnData     bool
	Metric         metricInputs
}

type metricInputs struct {
	Namespace, MetricName string
	Dimensions            map[string]string
}

// key is what a world calls a metric.
func (m metricInputs) key() string {
	const owner = "dev-cc-eventbridge-"
	if queue, ok := m.Dimensions["QueueName"]; ok {
		return strings.TrimPrefix(queue, owner) + " " + m.MetricName
	}
	if m.Namespace == "AWS/Events" {
		return fmt.Sprintf("%s/%d", m.MetricName, len(m.Dimensions))
	}
	return m.MetricName
}

// alarms are those of a stack with every part, by their names.
func alarms(t *testing.T, set map[string]string) map[string]alarmInputs {
	t.Helper()
	values := map[string]string{
		"eventBridgeSource": "aws.partner/genesys.com/cloud/5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4/contact-centre",
		"silenceMinutes":    "60",
	}
	maps.Copy(values, set)
	found := map[string]alarmInputs{}
	for _, r := range resources(t, "dev", configured(t, values)) {
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

// settled is the first minute after which an alarm has a state: the stack is older than its worlds.
const settled = 80

// reads reports whether a reading differs for this alarm from those before.
func (a alarmInputs) reads(r reading) bool {
	uses := func(function string) bool {
		return slices.ContainsFunc(a.MetricQueries, func(q query) bool { return strings.Contains(q.Expression, function) })
	}
	return (!r.emptyStays || uses("FILL(")) && (!r.diffNeedsBoth || uses("DIFF("))
}

// on has, for each minute of a world, whether the alarm is on after it. Of missing data AWS promises no more than what this
// takes into account: CloudWatch may look further back than the periods, but nobody says how far.
func (a alarmInputs) on(t *testing.T, all map[string]published, minutes, sinceMonday int, r reading) []bool {
	t.Helper()
	if a.ComparisonOperator != "GreaterThanThreshold" || a.Threshold != 0 {
		t.Fatalf("the alarm compares by %s with %v, which this test can't do", a.ComparisonOperator, a.Threshold)
	}
	window := func(p published, now int) series {
		known := make(series, a.EvaluationPeriods)
		for i := range known {
			if m := now - a.EvaluationPeriods + 1 + i; m >= 0 && m < len(p.values) && p.known[m] <= now {
				known[i] = p.values[m]
			}
		}
		return known
	}
	states, state := make([]bool, minutes), false
	for now := settled; now < minutes; now++ {
		var looksAt series
		if a.MetricName != "" {
			looksAt = window(all[a.key()], now)
		}
		math := metricMath{
			metrics: map[string]series{}, minutes: a.EvaluationPeriods, first: now - a.EvaluationPeriods + 1 + sinceMonday,
			mathReading: r.mathReading,
		}
		for _, query := range a.MetricQueries {
			value := window(all[query.Metric.key()], now)
			if query.Expression != "" {
				value = math.evaluate(query.Expression)
			}
			if math.metrics[query.ID] = value; query.ReturnData {
				looksAt = value
			}
		}
		breaching, missing := 0, 0
		for _, value := range looksAt {
			switch {
			case value != nil:
				breaching += int(truth(*value > a.Threshold))
			case a.TreatMissingData == "breaching":
				breaching++
			default:
				missing++
			}
		}
		if a.TreatMissingData != "ignore" || missing == 0 {
			state = breaching >= a.DatapointsToAlarm
		}
		states[now] = state
	}
	return states
}

// expected is what an alarm does in a scenario: it goes off so many times, for the first time at least from the minute of
// the cause on and at most so much later, and is over so long after the end, where it has one.
type expected struct {
	alarm            string
	cause, within    int
	end, overWithin  int
	atLeast, notMore int
}

const (
	hour   = 60
	sunday = 6 * 24 * hour
)

// scenarios are what a pipeline goes through, and all alarms that go off then. No other does.
var scenarios = []struct {
	name    string
	set     map[string]string
	minutes int
	// starts is the first minute, counted from a Monday at 0:00 UTC.
	starts int
	// step changes the world before each minute.
	step func(w *world, m int)
	want []expected
	// row says what the table has it as.
	row string
}{
	{
		name: "nothing happens for a day", minutes: 24 * hour, row: "an idle stack",
		set: map[string]string{"silenceMinutes": "0"}, step: func(*world, int) {},
	},
	{
		name: "a steady flow", minutes: 10 * hour, row: "a steady flow of events",
		step: func(w *world, _ int) { w.arrive("a", 300) },
	},
	{
		name: "bursts with idle hours between them", minutes: 30 * hour, row: "bursts with idle hours between them",
		set: map[string]string{"silenceMinutes": "0"},
		step: func(w *world, m int) {
			if m%(7*hour) == 100 {
				w.arrive("a", 4000)
			}
		},
	},
	{
		name: "a burst that takes ten minutes", minutes: 3 * hour, row: "a burst that takes ten minutes",
		step: func(w *world, m int) {
			w.arrive("a", 10)
			if m == 100 {
				w.arrive("a", 9000)
			}
		},
	},
	{
		name: "one batch at a time that takes as long as it may", minutes: 12 * hour, row: "one batch after another that takes two minutes",
		step: func(w *world, m int) {
			if w.batch = 2; m%3 == 0 {
				w.arrive("a", 5)
			}
		},
	},
	{
		name: "batches that take fifteen minutes", minutes: 12 * hour, row: "one batch after another that takes 15 minutes",
		set: map[string]string{"functionTimeoutSeconds": "900"},
		step: func(w *world, m int) {
			if w.batch = 15; m%16 == 0 {
				w.arrive("a", 5)
			}
		},
	},
	{
		name: "a few events fail twice", minutes: 6 * hour, row: "events that fail now and then and are delivered at the last try",
		step: func(w *world, m int) {
			w.arrive("a", 100)
			w.fate = func(string) fate {
				if m%40 < 2 {
					return fails
				}
				return delivered
			}
		},
	},
	{
		name: "a topic is paused", minutes: 8 * hour, row: "a paused topic beside others",
		step: func(w *world, m int) {
			w.tries = 20
			w.arrive("a", 100)
			w.arrive("p", 20)
			w.fate = func(topic string) fate {
				if topic == "p" && m > 100 {
					return isPaused
				}
				return delivered
			}
		},
	},
	{
		name: "the consumer is stopped", minutes: 8 * hour, row: "the consumer can't receive",
		step: func(w *world, m int) {
			w.arrive("a", 50)
			if w.capacity = 1000; m >= 100 && m < 300 {
				w.capacity = 0
			}
		},
		want: []expected{
			{alarm: "oldest-message-age", cause: 100, within: 15, end: 300, overWithin: 20},
			{alarm: "no-messages-deleted", cause: 100, within: 20, end: 300, overWithin: 10},
		},
	},
	{
		name: "the consumer is too slow", minutes: 8 * hour, row: "the consumer receives less than comes in",
		step: func(w *world, m int) {
			w.capacity = 600
			if w.arrive("a", 300); m >= 100 && m < 200 {
				w.arrive("a", 700)
			}
		},
		want: []expected{{alarm: "oldest-message-age", cause: 100, within: 25, end: 325, overWithin: 15}},
	},
	{
		name: "the function can't start, after an idle day", minutes: 30 * hour, row: "nothing succeeds, on a stack that was idle",
		set: map[string]string{"silenceMinutes": "0"},
		step: func(w *world, m int) {
			w.tries, w.capacity = 1000, 1000
			w.fate = func(string) fate { return fails }
			if m == 24*hour {
				w.arrive("a", 1)
			}
			if m >= 26*hour {
				w.fate = func(string) fate { return delivered }
			}
		},
		want: []expected{{alarm: "no-messages-deleted", cause: 24 * hour, within: 40, end: 26 * hour, overWithin: 20}},
	},
	{
		name: "the downstream is down and events are dead-lettered", minutes: 12 * hour, row: "the downstream is down",
		step: func(w *world, m int) {
			w.tries = 10
			w.arrive("a", 20)
			w.fate = func(string) fate {
				if m >= 200 && m < 300 {
					return fails
				}
				return delivered
			}
			if m == 500 {
				w.dlq = 0
			}
		},
		want: []expected{
			{alarm: "no-messages-deleted", cause: 200, within: 20, end: 300, overWithin: 10},
			{alarm: "dead-letter-queue-not-empty", cause: 209, within: 20, end: 500, overWithin: 10},
			{alarm: "dead-letter-queue-growing", cause: 209, within: 20, end: 300, overWithin: 30},
		},
	},
	{
		name: "dead letters come one by one", minutes: 20 * hour, row: "a dead letter, and others hours later while it is still there",
		step: func(w *world, m int) {
			w.arrive("a", 100)
			switch m {
			case 200, 500, 900:
				w.dlq++
			case 1000:
				w.dlq, w.dlqInFlight = 2, 1 // someone looks at one
			case 1001:
				w.dlq, w.dlqInFlight = 3, 0
			case 1100:
				w.dlq = 0
			}
		},
		want: []expected{
			{alarm: "dead-letter-queue-not-empty", cause: 200, within: 20, end: 1100, overWithin: 10},
			{alarm: "dead-letter-queue-growing", cause: 200, within: 330, end: 900, overWithin: 30, atLeast: 2, notMore: 3},
		},
	},
	{
		name: "the rule can't deliver", minutes: 12 * hour, row: "EventBridge can't put events on the ingestion queue",
		step: func(w *world, m int) {
			w.arrive("a", 100)
			if m >= 200 && m < 260 {
				w.ruleDLQ += 3
			}
			if m == 400 {
				w.ruleDLQ = 0
			}
		},
		want: []expected{
			{alarm: "rule-dead-letter-queue-not-empty", cause: 200, within: 20, end: 400, overWithin: 10},
			{alarm: "rule-dead-letter-queue-growing", cause: 200, within: 20, end: 260, overWithin: 30},
		},
	},
	{
		name: "a lone event is quarantined", minutes: 12 * hour, row: "a lone event is quarantined",
		step: func(w *world, m int) {
			w.arrive("a", 100)
			if m == 200 {
				w.arrive("bad", 1)
			}
			w.fate = func(topic string) fate {
				if topic == "bad" {
					return isQuarantined
				}
				return delivered
			}
		},
		want: []expected{{alarm: "validation-queue-growing", cause: 200, within: 3, end: 200, overWithin: 40}},
	},
	{
		name: "an event is quarantined and the function's line gets lost", minutes: 12 * hour, row: "the same, and the function's metric is lost",
		step: func(w *world, m int) {
			if w.arrive("a", 100); m == 200 {
				w.validation = 1
				w.count("validation NumberOfMessagesSent", 1)
			}
		},
		want: []expected{{alarm: "validation-queue-growing", cause: 200, within: 20, end: 200, overWithin: 40}},
	},
	{
		name: "flags are refused", minutes: 12 * hour, row: "the function refuses flags, on an idle stack",
		set: map[string]string{"silenceMinutes": "0"},
		step: func(w *world, m int) {
			if m == 300 {
				w.count("FlagsRefused", 1)
			}
		},
		want: []expected{{alarm: "flags-rollback", cause: 300, within: 3, end: 300, overWithin: 10}},
	},
	{
		name: "flags quarantine a whole topic", minutes: 12 * hour, row: "flags send a large part of the events to the validation queue",
		step: func(w *world, m int) {
			w.arrive("a", 100)
			w.arrive("b", 30)
			w.fate = func(topic string) fate {
				if topic == "b" && m >= 200 && m < 230 {
					return isQuarantined
				}
				return delivered
			}
		},
		want: []expected{
			{alarm: "flags-rollback", cause: 200, within: 4, end: 230, overWithin: 10},
			{alarm: "validation-queue-growing", cause: 200, within: 3, end: 230, overWithin: 40},
		},
	},
	{
		name: "batches don't fit", minutes: 12 * hour, row: "messages are received and not started",
		step: func(w *world, m int) {
			w.tries = 10
			w.arrive("a", 100)
			if m == 200 {
				w.arrive("slow", 50)
			}
			w.fate = func(topic string) fate {
				if topic == "slow" && m < 204 {
					return neverRuns
				}
				return delivered
			}
		},
		want: []expected{{alarm: "events-never-run", cause: 200, within: 3, end: 204, overWithin: 10}},
	},
	{
		name: "events are lost, by the bus's metric", minutes: 12 * hour, row: "EventBridge loses an event",
		step: func(w *world, m int) {
			if w.arrive("a", 100); m == 200 {
				w.count("InvocationsFailedToBeSentToDlq/2", 1)
			}
		},
		want: []expected{{alarm: "events-lost", cause: 200, within: 3, end: 200, overWithin: 20}},
	},
	{
		name: "events are lost, by the rule's metric", minutes: 12 * hour, row: "the same, by the other metric",
		step: func(w *world, m int) {
			if w.arrive("a", 100); m == 200 {
				w.count("InvocationsFailedToBeSentToDlq/1", 1)
			}
		},
		want: []expected{{alarm: "events-lost", cause: 200, within: 3, end: 200, overWithin: 20}},
	},
	{
		name: "someone sets a delay", minutes: 6 * hour, row: "messages are delayed",
		step: func(w *world, m int) {
			if w.arrive("a", 100); m >= 100 && m < 200 {
				w.count("ingestion ApproximateNumberOfMessagesDelayed", 7)
			}
		},
		want: []expected{{alarm: "messages-delayed", cause: 100, within: 10, end: 200, overWithin: 10}},
	},
	{
		name: "the intake stops", minutes: 10 * hour, row: "nothing arrives for an hour",
		step: func(w *world, m int) {
			if m < 200 || m >= 400 {
				w.arrive("a", 5)
			}
		},
		want: []expected{{alarm: "silence", cause: 200, within: 65, end: 400, overWithin: 5}},
	},
	{
		name: "the intake is dead after a weekend", starts: sunday + 8*hour, minutes: 26 * hour, row: "nothing arrives on Monday after a quiet weekend, with silenceHours mon-fri 08-20",
		set: map[string]string{"silenceHours": "mon-fri 08-20"},
		step: func(w *world, m int) {
			if m < 100 {
				w.arrive("a", 5)
			}
		},
		want: []expected{{alarm: "silence", cause: 24 * hour, within: 65}},
	},
	{
		name: "nobody polls any more, and nothing arrives", minutes: 20 * hour, row: "nothing arrives, and nobody polls the queue",
		step: func(w *world, m int) {
			if w.capacity = 1000; m >= 200 {
				w.capacity = 0
			} else {
				w.arrive("a", 5)
			}
		},
		want: []expected{{alarm: "silence", cause: 200, within: 65}},
	},
}

// TestAlarms draws what pipelines go through, in all readings of what is published and when, and holds each alarm against what
// it is for: it goes off, is over again, and no other alarm is on. With -update it writes the table of docs/alarms.md.
func TestAlarms(t *testing.T) {
	unseen := alarms(t, nil)
	var noise, rows []string
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld()
			for m := range s.minutes {
				s.step(w, m)
				w.pass()
			}
			all := alarms(t, s.set)
			seen := map[string]map[bool]*seenAlarm{} // by whether an idle queue publishes zeros
			for _, r := range readings {
				metrics := w.publish(r)
				for name, alarm := range all {
					if !alarm.reads(r) {
						continue
					}
					on := alarm.on(t, metrics, s.minutes, s.starts, r)
					i := slices.IndexFunc(s.want, func(e expected) bool { return e.alarm == name })
					if i < 0 {
						if at := slices.Index(on, true); at >= 0 {
							t.Errorf("%s is on from minute %d on, and nothing is wrong (%+v)", name, at, r)
						}
						continue
					}
					delete(unseen, name)
					if seen[name] == nil {
						seen[name] = map[bool]*seenAlarm{true: {}, false: {}}
					}
					seen[name][r.zeros].hold(t, s.want[i], on, r)
				}
			}
			for _, e := range s.want {
				if seen[e.alarm] == nil {
					t.Fatalf("no alarm is called %s", e.alarm)
				}
				zeros, nothing := seen[e.alarm][true], seen[e.alarm][false]
				rows = append(rows, fmt.Sprintf("| %s | `%s` | %s | %s | %s | %s |",
					s.row, e.alarm, zeros.after, nothing.after, zeros.over, nothing.over))
			}
			if len(s.want) == 0 {
				noise = append(noise, "- "+s.row+"\n")
			}
		})
	}
	runbook, err := os.ReadFile(filepath.Join("..", "..", "docs", "runbook.md"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range alarms(t, nil) {
		if !strings.Contains(string(runbook), "prod-cc-eventbridge-"+name+"\n") {
			t.Errorf("docs/runbook.md has no heading for the alarm %s", name)
		}
	}
	for name := range unseen {
		t.Errorf("no scenario is for the alarm %s", name)
	}
	if !t.Failed() {
		compare(t, filepath.Join("..", "..", "docs", "alarms.md"), []byte(fmt.Sprintf(alarmsPage, strings.Join(rows, "\n"), strings.Join(noise, ""))))
	}
}

// alarmsPage is the page that the scenarios fill.
const alarmsPage = `# When alarms go off

[The runbook](runbook.md) says what each alarm means and what to do. This page is written by a test:
` + "`cd infra && go test ./pipeline -run 'TestAlarms$' -update`" + `. It draws the metrics of a pipeline minute by minute,
and evaluates each alarm's definition by the rules of the CloudWatch User Guide. It does so for each way in which AWS's guides can
be read and metrics can come. The table has a column for each answer to what an idle queue publishes: zeros, or nothing. A range
is over all else: values come one or three minutes late (15 after a queue was idle), and two open questions of CloudWatch's
math.

| what happens | alarm | goes off after minutes: zeros | nothing | is over after minutes: zeros | nothing |
|---|---|---|---|---|---|
%s

Whatever an idle queue publishes, no alarm goes off in:

%s
What remains:

- A queue that nobody uses for six hours may publish nothing, though messages are in it: AWS does not say whether they keep it
  active. The alarm on a dead-letter queue that is not empty would then be over before the queue is. The next message raises it
  again.
- A new stack with ` + "`silenceMinutes`" + ` is silent until its first event, and says so.
- A topic that is paused does not raise the alarm on old messages. If nothing but paused topics comes in, nothing is acknowledged,
  and ` + "`no-messages-deleted`" + ` goes off.
`

// span is the least and the most of a number of minutes.
type span struct{ least, most int }

func (s *span) add(n int) {
	if *s == (span{}) {
		s.least, s.most = n, n
	}
	s.least, s.most = min(s.least, n), max(s.most, n)
}

func (s span) String() string {
	switch {
	case s == span{}:
		return "stays on" // its cause has no end
	case s.least == s.most:
		return fmt.Sprint(s.least)
	}
	return fmt.Sprintf("%d to %d", s.least, s.most)
}

// seenAlarm is what an alarm did in a scenario, over all readings with one answer to what an idle queue publishes.
type seenAlarm struct{ after, over span }

func (s *seenAlarm) hold(t *testing.T, want expected, on []bool, r reading) {
	t.Helper()
	first := slices.Index(on, true)
	if first < want.cause || first > want.cause+want.within {
		t.Errorf("%s goes off at minute %d, want %d and at most %d later (%+v)", want.alarm, first, want.cause, want.within, r)
		return
	}
	s.after.add(first - want.cause)
	times := 0
	for m := range on {
		times += int(truth(on[m] && (m == 0 || !on[m-1])))
	}
	if least, most := max(want.atLeast, 1), max(want.notMore, 1); times < least || times > most {
		t.Errorf("%s goes off %d times, want %d to %d (%+v)", want.alarm, times, least, most, r)
	}
	last := len(on) - 1
	for last >= 0 && !on[last] {
		last--
	}
	switch {
	case want.end == 0 && last < len(on)-1:
		t.Errorf("%s is over at minute %d, and its cause is not (%+v)", want.alarm, last+1, r)
	case want.end > 0 && (last < want.end || last+1 > want.end+want.overWithin):
		t.Errorf("%s is over at minute %d, want %d and at most %d later (%+v)", want.alarm, last+1, want.end, want.overWithin, r)
	case want.end > 0:
		s.over.add(last + 1 - want.end)
	}
}

// TestWhatAlarmsDo: all notify when they go off and when they are over, but for one, while the consumer is stopped on purpose.
func TestWhatAlarmsDo(t *testing.T) {
	for name, a := range alarms(t, map[string]string{"consumerEnabled": "false"}) {
		const topic = "arn:of:topic:Topic:dev-cc-eventbridge-alarms"
		if !slices.Equal(a.AlarmActions, []string{topic}) || !slices.Equal(a.OKActions, []string{topic}) {
			t.Errorf("%s does %v and %v, want the topic", name, a.AlarmActions, a.OKActions)
		}
		if off := a.ActionsEnabled != nil && !*a.ActionsEnabled; off != (name == "no-messages-deleted") {
			t.Errorf("the actions of %s are disabled: %v", name, off)
		}
	}
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

// TestFlagsAreTakenBackWhateverComesLate is about the border between a bad document and a bad event.
func TestFlagsAreTakenBackWhateverComesLate(t *testing.T) {
	type metrics = map[string]series
	alarm := alarms(t, nil)["flags-rollback"]
	for name, test := range map[string]struct {
		has  metrics
		want bool
	}{
		"no metric has come":                                     {nil, false},
		"flags are refused while no event comes":                 {metrics{"FlagsRefused": minutes(1, late)}, true},
		"flags were refused a while ago":                         {metrics{"FlagsRefused": minutes(1, late, late, late, late)}, true},
		"flags are refused while events are handled":             {metrics{"FlagsRefused": minutes(1, late), "deleted": minutes(9000, 9000)}, true},
		"all events are quarantined":                             {metrics{"QuarantinedMessages": minutes(50, late), "deleted": minutes(50, late)}, true},
		"all events are quarantined, and the queue's comes late": {metrics{"QuarantinedMessages": minutes(50, 60, late), "deleted": minutes(50, late, late)}, true},
		"one in a hundred is quarantined":                        {metrics{"QuarantinedMessages": minutes(10, late), "deleted": minutes(1000, late)}, true},
		"fewer than one in a hundred is":                         {metrics{"QuarantinedMessages": minutes(10, late), "deleted": minutes(1001, late)}, false},
		"few of few are quarantined":                             {metrics{"QuarantinedMessages": minutes(9, 9, 9, 9), "deleted": minutes(9, 9, 9, 9)}, false},
		"few of very many, and the queue's metric is late":       {metrics{"QuarantinedMessages": minutes(20, 20), "deleted": minutes(9000, late)}, false},
		"few of very many, and the queue has no metric yet":      {metrics{"QuarantinedMessages": minutes(20, 20)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			all, length := map[string]published{}, settled+5
			for metric, values := range test.has {
				if metric == "deleted" {
					metric = "ingestion NumberOfMessagesDeleted"
				}
				values = append(make(series, length-len(values)), values...) // what a case leaves out is before
				all[metric] = published{values: values, known: make([]int, length)}
			}
			for _, r := range readings {
				if got := alarm.on(t, all, length, 0, r)[length-1]; got != test.want {
					t.Errorf("it goes off: %v, want %v (%+v)", got, test.want, r)
				}
			}
		})
	}
}
