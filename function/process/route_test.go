package process_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/process"
)

// targets are the targets of a world, by name.
type targets map[string]*downstream

// routed gives a world these routes: "name: topic topic > target target", a line each. Without topics it is the default.
func (w *world) routed(lines ...string) targets {
	all := targets{}
	var routes []process.Route
	for _, line := range lines {
		head, names, _ := strings.Cut(line, ">")
		name, topics, _ := strings.Cut(head, ":")
		route := process.Route{Name: name, Topics: strings.Fields(topics)}
		for _, name := range strings.Fields(names) {
			if all[name] == nil {
				all[name] = &downstream{runs: map[string]int{}}
			}
			route.Targets = append(route.Targets, process.Target{Name: name, Downstream: all[name]})
		}
		routes = append(routes, route)
	}
	w.wrap = func(config *process.Config) { config.Downstream, config.Routes = nil, routes }
	return all
}

// runs says how often each target was sent an event, in the order of names.
func (all targets) runs(key string, names ...string) string {
	var runs []string
	for _, name := range names {
		runs = append(runs, fmt.Sprintf("%s %d", name, all[name].runs[key]))
	}
	return strings.Join(runs, ", ")
}

func (all targets) fail(name string, err error) {
	all[name].answers(func(context.Context, deliver.Delivery) error { return err })
}

func (all targets) works(name string) { all[name].answers(nil) }

// remembered are the targets that the record of an event has, and whether anyone may claim it.
func (w *world) remembered(key string) (names string, free bool) {
	item, found := w.table.Peek(key)
	if !found {
		return "no record", true
	}
	if value, ok := item[contract.TableDelivered].(*types.AttributeValueMemberS); ok {
		names = value.Value
	}
	return names, item[contract.TableLeaseEnd].(*types.AttributeValueMemberN).Value == "0"
}

func ofType(n int, eventType string) message {
	m := event(n)
	m.body = strings.Replace(m.body, "telephony.call.created", eventType, 1)
	return m
}

// again is the same message, received once more.
func again(m message, receives int) message {
	m.receives = receives
	return m
}

func TestTheFirstRouteThatMatchesIsTheEvents(t *testing.T) {
	w := newWorld()
	all := w.routed(
		"calls: telephony.call.created telephony.call.completed > crm",
		"telephony: telephony.* > wfm",
		"noise: *.noise >",
		"rest: > log")
	types := []string{"telephony.call.created", "telephony.call.completed", "telephony.noise", "routing.noise", "routing.queue.member.status.changed"}
	var batch []message
	for n, eventType := range types {
		batch = append(batch, ofType(n, eventType))
	}
	duplicate := ofType(3, "routing.noise")
	duplicate.id = "m9"
	same(t, "failed", w.invoke(t, append(batch, duplicate)...), nil)
	for n, want := range []string{"crm 1, wfm 0, log 0", "crm 1, wfm 0, log 0", "crm 0, wfm 1, log 0", "crm 0, wfm 0, log 0", "crm 0, wfm 0, log 1"} {
		if got := all.runs(strings.Replace(keyOf(n), "telephony.call.created", types[n], 1), "crm", "wfm", "log"); got != want {
			t.Errorf("%s went to %s, want %s", types[n], got, want)
		}
	}
	if n := w.table.Len(); n != 4 {
		t.Errorf("%d records, want none of what was dropped", n)
	}
	if line := w.said(t, "batch")[0]; line["dropped"] != 2.0 || line["delivered"] != 4.0 || line["duplicate"] != 0.0 {
		t.Errorf("the log counts %v", line)
	}
	if !strings.Contains(w.metrics.String(), `"DroppedEvents":2`) {
		t.Errorf("the metrics are %s", w.metrics.String())
	}
}

func TestAnEventOfNoRouteComesAgain(t *testing.T) {
	w := newWorld()
	w.routed("calls: telephony.call.completed > crm")
	same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
	if line := w.said(t, "message failed"); len(line) != 1 || line[0]["stage"] != "route" || line[0]["outcome"] != "transient" || w.table.Len() != 0 {
		t.Errorf("the log says %v, and there are %d records", line, w.table.Len())
	}
}

// TestOneTargetCostsWhatItDid holds a route of one target against the one downstream of a stack without routes.
func TestOneTargetCostsWhatItDid(t *testing.T) {
	usage := func(routes ...string) (dynamofake.Usage, string) {
		var used dynamofake.Usage
		var statements []string
		synctest.Test(t, func(t *testing.T) {
			w := newWorld()
			var mutex sync.Mutex
			w.table.SetHooks(dynamofake.Hooks{Before: func(_ context.Context, call dynamofake.Call) error {
				mutex.Lock()
				defer mutex.Unlock()
				statements = append(statements, strings.Join(call.Statements, " "))
				return nil
			}})
			failing := func(ctx context.Context, d deliver.Delivery) error {
				switch d.MessageID {
				case "m1":
					return errDown
				case "m2":
					return deliver.Permanent(errDown)
				}
				return nil
			}
			w.downstream.answer = failing
			if routes != nil {
				w.routed(routes...)["crm"].answer = failing
			}
			w.invoke(t, events(0, 30)...)
			w.invoke(t, events(0, 30)...)
			used = w.table.Usage()
		})
		slices.Sort(statements)
		return used, strings.Join(statements, ", ")
	}
	before, wants := usage()
	for name, routes := range map[string][]string{
		"one route":       {"rest: > crm"},
		"several routes":  {"calls: telephony.* > crm", "noise: x >", "rest: > log wfm"},
		"one of the many": {"noise: x >", "other: y > log wfm", "rest: > crm"},
	} {
		now, has := usage(routes...)
		if now.WriteUnits != before.WriteUnits || now.ReadUnits != before.ReadUnits || now.TotalCalls() != before.TotalCalls() {
			t.Errorf("%s: %+v, want %+v", name, now, before)
		}
		if has != wants {
			t.Errorf("%s: the statements are %s, want %s", name, has, wants)
		}
	}
}

// TestSeveralTargetsCostWhatOneDoes when all have the event.
func TestSeveralTargetsCostWhatOneDoes(t *testing.T) {
	w := newWorld()
	all := w.routed("rest: > crm wfm log")
	same(t, "failed", w.invoke(t, events(0, 20)...), nil)
	if used := w.table.Usage(); used.WriteUnits != 40 || used.ReadUnits != 0 || used.TotalCalls() != 2 {
		t.Errorf("20 events cost %+v, want a claim and a completion each", used)
	}
	for n := range 20 {
		if got := all.runs(keyOf(n), "crm", "wfm", "log"); got != "crm 1, wfm 1, log 1" {
			t.Errorf("event %d: %s", n, got)
		}
	}
	same(t, "failed", w.invoke(t, events(0, 20)...), nil)
	if got := all.runs(keyOf(0), "crm", "wfm", "log"); got != "crm 1, wfm 1, log 1" {
		t.Errorf("after a duplicate: %s", got)
	}
}

func TestTargetsAreDeliveredToAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		for name, target := range w.routed("rest: > crm wfm log") {
			target.answer = func(context.Context, deliver.Delivery) error {
				time.Sleep(map[string]time.Duration{"crm": 5 * time.Second, "wfm": 3 * time.Second}[name])
				return nil
			}
		}
		start := time.Now()
		same(t, "failed", w.invoke(t, event(0)), nil)
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("it took %v, want as long as the slowest", took)
		}
	})
}

// TestOnlyTheMissingTargetsAreSentToAgain is the way of an event of which one target is down for two receives.
func TestOnlyTheMissingTargetsAreSentToAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.config.MaxReceiveCount = 10
		all := w.routed("rest: > wfm crm audit")
		all.fail("crm", deliver.Transient(errDown, 300*time.Second))
		all.fail("wfm", deliver.Transient(errors.New("busy"), 100*time.Second))
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		if names, free := w.remembered(keyOf(0)); names != "audit" || !free {
			t.Errorf("the record has %q, free %t; want the one that has it, and anyone to claim it", names, free)
		}
		if got := w.queues.visibility["r-m0"]; !slices.Equal(got, []int32{300}) {
			t.Errorf("it is hidden for %v, want as long as the target that wants the longest", got)
		}
		line := w.said(t, "message failed")[0]
		if line["outcome"] != "transient" || line["route"] != "rest" || line["error"] != "target wfm: busy; target crm: downstream is down" {
			t.Errorf("the log says %v", line)
		}
		all.works("wfm")
		same(t, "failed", w.invoke(t, again(event(0), 2)), []string{"m0"})
		if names, free := w.remembered(keyOf(0)); names != "audit,wfm" || !free {
			t.Errorf("then the record has %q, free %t", names, free)
		}
		// One target is left, and it fails once more: what the record says stays.
		same(t, "failed", w.invoke(t, again(event(0), 3)), []string{"m0"})
		if names, free := w.remembered(keyOf(0)); names != "audit,wfm" || !free {
			t.Errorf("then the record has %q, free %t", names, free)
		}
		all.works("crm")
		same(t, "failed", w.invoke(t, again(event(0), 4)), nil)
		if got := all.runs(keyOf(0), "audit", "wfm", "crm"); got != "audit 1, wfm 2, crm 4" {
			t.Errorf("sent to %s", got)
		}
		same(t, "states", w.states(), []string{"completed"})
		same(t, "failed", w.invoke(t, again(event(0), 5)), nil)
		if got := all.runs(keyOf(0), "audit", "wfm", "crm"); got != "audit 1, wfm 2, crm 4" {
			t.Errorf("a duplicate is sent to %s", got)
		}
	})
}

// TestTheRouteOfTodayDecidesWhoIsMissing: routes change while an event waits.
func TestTheRouteOfTodayDecidesWhoIsMissing(t *testing.T) {
	for _, c := range []struct{ name, routes, want string }{
		{"the one that failed is gone: done", "rest: > crm", "crm 1"},
		{"none is left that lacks it", "rest: > crm audit", "crm 1, audit 1"},
		{"another one is there", "rest: > other crm", "crm 1, other 1"},
		{"all are others", "rest: > other", "other 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			all := w.routed("rest: > crm wfm audit")
			all.fail("wfm", errDown)
			same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
			runs := map[string]int{"crm": all["crm"].runs[keyOf(0)], "audit": all["audit"].runs[keyOf(0)]}
			all = w.routed(c.routes)
			for name, n := range runs {
				if all[name] != nil {
					all[name].runs[keyOf(0)] = n
				}
			}
			same(t, "failed", w.invoke(t, again(event(0), 2)), nil)
			var names []string
			for _, part := range strings.Split(c.want, ", ") {
				names = append(names, strings.Fields(part)[0])
			}
			if got := all.runs(keyOf(0), names...); got != c.want {
				t.Errorf("sent to %s, want %s", got, c.want)
			}
			same(t, "states", w.states(), []string{"completed"})
		})
	}
}

// TestATargetThatRefuses has the others get the event, then the message quarantined, and a replay go to the rest.
func TestATargetThatRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		all := w.routed("rest: > crm wfm audit")
		all.fail("wfm", &deliver.PermanentError{Reason: "downstream-422", Err: errDown})
		all.fail("crm", errDown)
		// While one may still get it, the message comes again.
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		same(t, "quarantined", w.queues.reasons(), nil)
		all.works("crm")
		same(t, "failed", w.invoke(t, again(event(0), 2)), nil)
		same(t, "quarantined", w.queues.reasons(), []string{"downstream-422"})
		if names, free := w.remembered(keyOf(0)); names != "audit,crm" || !free {
			t.Errorf("the record has %q, free %t", names, free)
		}
		all.works("wfm")
		replayed := message{id: "replay", body: *w.queues.quarantined[0].MessageBody}
		same(t, "failed", w.invoke(t, replayed), nil)
		if got := all.runs(keyOf(0), "crm", "wfm", "audit"); got != "crm 2, wfm 3, audit 1" {
			t.Errorf("sent to %s", got)
		}
		same(t, "states", w.states(), []string{"completed"})
	})
}

// TestATargetThatSomeoneMustPutRightIsCounted has its own metric and, in the log, its reason; what passes by itself has the reason only.
func TestATargetThatSomeoneMustPutRightIsCounted(t *testing.T) {
	for reason, broken := range map[string]bool{
		deliver.ReasonGone: true, deliver.ReasonDenied: true, deliver.ReasonUnusable: true, deliver.ReasonSecret: true, deliver.ReasonTokenRefused: true,
		deliver.ReasonUnavailable: false, deliver.ReasonThrottled: false, deliver.ReasonBusy: false, deliver.ReasonTokenUnavailable: false, deliver.ReasonBucket: false,
	} {
		t.Run(reason, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				all := w.routed("rest: > crm wfm")
				all.fail("wfm", &deliver.TransientError{Reason: reason, Err: errDown})
				same(t, "failed", w.invoke(t, event(0), event(1)), []string{"m0", "m1"})
				if got := strings.Contains(w.metrics.String(), `"BrokenTargets":2`); got != broken {
					t.Errorf("counted: %t, the metrics are %s", got, &w.metrics)
				}
				said := w.said(t, "message failed")
				if len(said) != 2 || said[0]["reason"] != reason || !strings.Contains(fmt.Sprint(said[0]["error"]), "target wfm") {
					t.Errorf("the log has %v", said)
				}
			})
		})
	}
}

// TestTheLastReceiveQuarantinesWhatOneRefuses though another one failed: a replay goes to both.
func TestTheLastReceiveQuarantinesWhatOneRefuses(t *testing.T) {
	for _, c := range []struct {
		name           string
		receives, most int
		crm, wfm       error
		failed         []string
		quarantined    []string
		remembered     string
	}{
		{name: "before it", receives: 2, most: 3, crm: errDown, wfm: deliver.Permanent(errDown), failed: []string{"m0"}, remembered: "audit"},
		{name: "at it", receives: 3, most: 3, crm: errDown, wfm: deliver.Permanent(errDown), quarantined: []string{deliver.ReasonRejected}, remembered: "audit"},
		{name: "none is the last", receives: 9, most: 0, crm: errDown, wfm: deliver.Permanent(errDown), failed: []string{"m0"}, remembered: "audit"},
		{name: "nobody refuses it", receives: 3, most: 3, crm: errDown, wfm: errDown, failed: []string{"m0"}, remembered: "audit"},
		{name: "two refuse it", receives: 1, most: 3, crm: &deliver.PermanentError{Reason: "first", Err: errDown}, wfm: deliver.Permanent(errDown), quarantined: []string{"first"}, remembered: "audit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.config.MaxReceiveCount = c.most
				all := w.routed("rest: > crm wfm audit")
				all.fail("crm", c.crm)
				all.fail("wfm", c.wfm)
				same(t, "failed", w.invoke(t, again(event(0), c.receives)), c.failed)
				same(t, "quarantined", w.queues.reasons(), c.quarantined)
				if names, _ := w.remembered(keyOf(0)); names != c.remembered {
					t.Errorf("the record has %q, want %q", names, c.remembered)
				}
			})
		})
	}
}

// TestATargetThatPanicsFailsAlone: the others have the event, and the message comes again.
func TestATargetThatPanicsFailsAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		all := w.routed("rest: > crm wfm")
		all["wfm"].answer = func(context.Context, deliver.Delivery) error { panic("a fault") }
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		if line := w.said(t, "message failed")[0]; line["outcome"] != "panicked" {
			t.Errorf("the log says %v", line)
		}
		if names, free := w.remembered(keyOf(0)); names != "crm" || !free {
			t.Errorf("the record has %q, free %t", names, free)
		}
	})
}

// TestNothingDeliveredIsReleased as an event of one target is: there is nothing to remember.
func TestNothingDeliveredIsReleased(t *testing.T) {
	w := newWorld()
	all := w.routed("rest: > crm wfm")
	all.fail("crm", errDown)
	all.fail("wfm", errDown)
	same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
	if w.table.Len() != 0 {
		t.Errorf("the records are %v, want none", w.table.Items())
	}
}

// TestAPartialRecordThatCantBeWritten keeps its claim until the lease ends, as one does that can't be released.
func TestAPartialRecordThatCantBeWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		all := w.routed("rest: > crm wfm")
		all.fail("wfm", errDown)
		w.table.SetHooks(dynamofake.Hooks{Statement: func(_ context.Context, call dynamofake.Call, index int) types.BatchStatementErrorCodeEnum {
			if call.Statements[index] == "UPDATE" {
				return types.BatchStatementErrorCodeEnumThrottlingError
			}
			return ""
		}})
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		if got := w.queues.visibility["r-m0"]; len(got) != 1 || got[0] < 110 || got[0] > 125 {
			t.Errorf("it is hidden for %v, want until the lease ends", got)
		}
		if lines := w.said(t, "a claim was not released and blocks its event until its lease ends"); len(lines) != 1 {
			t.Errorf("the log says %v", lines)
		}
	})
}

// TestATargetThatHangsDoesNotTakeTheOthersAlong: its delivery may still take effect, so that the claim stays; what the others
// have is written down all the same.
func TestATargetThatHangsDoesNotTakeTheOthersAlong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		all := w.routed("rest: > crm wfm")
		all["wfm"].answer = func(context.Context, deliver.Delivery) error { time.Sleep(time.Hour); return nil }
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		same(t, "failed", w.invokeWith(ctx, t, w.processor(), event(0)), []string{"m0"})
		item, _ := w.table.Peek(keyOf(0))
		end := fmt.Sprint(start.Add(33 * time.Second).UnixMilli())
		if got := item[contract.TableLeaseEnd].(*types.AttributeValueMemberN).Value; got != end {
			t.Errorf("its lease ends at %s, want %s: when the invocation is surely over", got, end)
		}
		if names, _ := w.remembered(keyOf(0)); names != "crm" {
			t.Errorf("the record has %q", names)
		}
		all.works("wfm")
		same(t, "failed", w.invoke(t, again(event(0), 2)), []string{"m0"})
		time.Sleep(time.Minute)
		same(t, "failed", w.invoke(t, again(event(0), 2)), nil)
		if got := all.runs(keyOf(0), "crm", "wfm"); got != "crm 1, wfm 2" {
			t.Errorf("sent to %s", got)
		}
		time.Sleep(time.Hour)
	})
}

// TestAnUncertainClaimKeepsWhatItsRecordSays: the answer to a takeover is lost, and so are those to what asks what became of it.
func TestAnUncertainClaimKeepsWhatItsRecordSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		all := w.routed("rest: > crm wfm")
		all.fail("wfm", errDown)
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		writes := 0
		w.table.SetHooks(dynamofake.Hooks{After: func(_ context.Context, call dynamofake.Call) error {
			if call.Operation == dynamofake.OpBatchExecuteStatement {
				writes++
			}
			if writes >= 2 && writes <= 6 {
				return errors.New("reset")
			}
			return nil
		}})
		same(t, "failed", w.invoke(t, again(event(0), 2)), []string{"m0"})
		if names, free := w.remembered(keyOf(0)); names != "crm" || !free {
			t.Errorf("the record has %q, free %t", names, free)
		}
		w.table.SetHooks(dynamofake.Hooks{})
		all.works("wfm")
		same(t, "failed", w.invoke(t, again(event(0), 3)), nil)
		if got := all.runs(keyOf(0), "crm", "wfm"); got != "crm 1, wfm 2" {
			t.Errorf("sent to %s", got)
		}
	})
}

// TestWhatIsReplayedAgainGoesToAll: an archive's replay is another event where the flags say so, whatever the record of the
// first one has.
func TestWhatIsReplayedAgainGoesToAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.set(t, `{"replays":"again"}`)
		all := w.routed("rest: > crm wfm")
		all.fail("wfm", errDown)
		published := func(replay string) message {
			return message{id: "m" + replay, body: `{"version":"0","id":"e-1","detail-type":"v2.users.{id}.presence","source":"aws.partner/genesys.com/cloud/o/s","account":"123456789012",` +
				`"time":"2026-01-02T03:04:05Z","region":"us-east-1","resources":[],` + replay + `"detail":{"topicName":"v2.users.u-1.presence","version":"2","eventBody":{"id":"u-1"},"metadata":{}}}`}
		}
		first, replay := published(""), published(`"replay-name":"after-the-mistake",`)
		total := func() string {
			return fmt.Sprintf("crm %d, wfm %d", all["crm"].total(), all["wfm"].total())
		}
		w.invoke(t, first)
		if got := total(); got != "crm 1, wfm 1" {
			t.Fatalf("sent to %s: %s", got, w.log.String())
		}
		w.invoke(t, replay)
		if got := total(); got != "crm 2, wfm 2" {
			t.Errorf("the replay is sent to %s, want both", got)
		}
		all.works("wfm")
		same(t, "failed", w.invoke(t, again(replay, 2)), nil)
		if got := total(); got != "crm 2, wfm 3" {
			t.Errorf("the replay's second receive is sent to %s, want the missing one", got)
		}
	})
}

// before is the table as a function of before there were routes uses it: it reads nothing of delivered, and has no statement
// that writes it.
type before struct{ *dynamofake.Table }

func (b before) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	for _, statement := range in.Statements {
		if strings.Contains(aws.ToString(statement.Statement), contract.TableDelivered) {
			return nil, errors.New("a statement that it does not have")
		}
	}
	return b.Table.BatchExecuteStatement(ctx, in, options...)
}

func (b before) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	out, err := b.Table.BatchGetItem(ctx, in, options...)
	if err == nil {
		for _, items := range out.Responses {
			for _, item := range items {
				delete(item, contract.TableDelivered)
			}
		}
	}
	return out, err
}

// TestAnUpdateAndARollback have the function of before there were routes, and this one, take each other's records.
func TestAnUpdateAndARollback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		all := w.routed("rest: > crm wfm")
		all.fail("wfm", errDown)
		same(t, "failed", w.invoke(t, events(0, 2)...), []string{"m0", "m1"})

		// Rolled back: the one downstream gets what some targets have, and its failures leave no record.
		w.wrap = func(config *process.Config) { config.DynamoDB = before{w.table} }
		w.downstream.answer = func(_ context.Context, d deliver.Delivery) error {
			if d.MessageID == "m1" {
				return errDown
			}
			return nil
		}
		same(t, "failed", w.invoke(t, again(event(0), 2), again(event(1), 2)), []string{"m1"})
		if got := w.downstream.runs[keyOf(0)]; got != 1 {
			t.Errorf("the downstream got the event %d times", got)
		}
		same(t, "states", w.states(), []string{"completed"})
		w.downstream.answer = func(context.Context, deliver.Delivery) error { return errDown }
		same(t, "failed", w.invoke(t, event(5)), []string{"m5"})

		// Updated again: what it completed is done, and what it failed to deliver goes to all targets.
		all = w.routed("rest: > crm wfm")
		same(t, "failed", w.invoke(t, event(0), event(1), event(5)), nil)
		for n, want := range map[int]string{0: "crm 0, wfm 0", 1: "crm 1, wfm 1", 5: "crm 1, wfm 1"} {
			if got := all.runs(keyOf(n), "crm", "wfm"); got != want {
				t.Errorf("event %d: %s, want %s", n, got, want)
			}
		}
	})
}

// TestFlagsComeBeforeRoutes: a topic that the flags drop or pause goes nowhere, whatever its route.
func TestFlagsComeBeforeRoutes(t *testing.T) {
	w := newWorld()
	w.set(t, `{"topics":{"telephony.call.created":{"state":"paused"}}}`)
	all := w.routed("noise: telephony.* >", "rest: > crm")
	same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
	if all["crm"].total() != 0 || w.table.Len() != 0 {
		t.Error("a paused event was handled")
	}
}

// TestFollowersShareTheOutcomeOfAllTargets: messages of one event in one batch share the outcome of all targets.
func TestFollowersShareTheOutcomeOfAllTargets(t *testing.T) {
	w := newWorld()
	all := w.routed("rest: > crm wfm")
	all.fail("wfm", errDown)
	follower := event(0)
	follower.id = "m1"
	same(t, "failed", w.invoke(t, event(0), follower), []string{"m0", "m1"})
	all.works("wfm")
	same(t, "failed", w.invoke(t, event(0), follower), nil)
	if got := all.runs(keyOf(0), "crm", "wfm"); got != "crm 1, wfm 2" {
		t.Errorf("sent to %s", got)
	}
}

// TestAPartialRecordIsWrittenWithinATenthOfASecond though another event of the batch takes long: a process that dies then leaves
// nothing unsaid. Where there is a heartbeat, which could give the lease its length again, it is written at the end, and so is
// that of an event which some target refuses, after its message is in the validation queue.
func TestAPartialRecordIsWrittenWithinATenthOfASecond(t *testing.T) {
	for _, c := range []struct {
		name       string
		visibility time.Duration
		err        error
		wants      time.Duration
	}{
		{"failed", 725 * time.Second, errDown, 100 * time.Millisecond},
		{"failed, with a heartbeat", 300 * time.Second, errDown, 20 * time.Second},
		{"refused", 725 * time.Second, deliver.Permanent(errDown), 20 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.config.QueueVisibilityTimeout = c.visibility
				all := w.routed("rest: > crm wfm")
				all["wfm"].answer = func(_ context.Context, d deliver.Delivery) error {
					if d.MessageID == "m0" {
						return c.err
					}
					time.Sleep(20 * time.Second)
					return nil
				}
				start, written := time.Now(), []time.Duration{}
				w.table.SetHooks(dynamofake.Hooks{Observe: func(m dynamofake.Mutation) {
					if m.Key == keyOf(0) && m.After[contract.TableDelivered] != nil {
						written = append(written, time.Since(start))
						if n := len(w.queues.reasons()); n > 0 != (c.name == "refused") {
							t.Errorf("%d messages are in the validation queue by then", n)
						}
					}
				}})
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				w.invokeWith(ctx, t, w.processor(), event(0), event(1))
				if !slices.Equal(written, []time.Duration{c.wants}) {
					t.Errorf("it was written after %v, want once, after %v", written, c.wants)
				}
			})
		})
	}
}

// TestManyPartialRecordsShareCalls: a call has up to 25.
func TestManyPartialRecordsShareCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		all := w.routed("rest: > crm wfm")
		all.fail("wfm", errDown)
		if failed := w.invoke(t, events(0, 60)...); len(failed) != 60 {
			t.Errorf("failed %v", failed)
		}
		if used := w.table.Usage(); used.TotalCalls() != 6 || used.WriteUnits != 120 {
			t.Errorf("60 events cost %+v, want 3 calls that claim and 3 that remember", used)
		}
	})
}
