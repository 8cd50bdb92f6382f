package process_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/process"
)

// said returns the log's lines of a message.
func (w *world) said(t *testing.T, text string) (found []map[string]any) {
	t.Helper()
	for line := range strings.Lines(w.log.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if fields["msg"] == text {
			found = append(found, fields)
		}
	}
	return found
}

func TestTheBatchsLineCountsWhatHappened(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		now, hash := time.Now(), hashOfEvent0(t)
		if err := w.table.Seed(seeded("in-progress", "dead", now.Add(-time.Minute), now.Add(time.Hour), hash)); err != nil {
			t.Fatal(err)
		}
		w.downstream.answer = func(context.Context, deliver.Delivery) error { time.Sleep(2 * time.Second); return nil }
		w.invoke(t, event(0), message{id: "again", body: directBody(0, "hello")}, event(1))
		line := w.said(t, "batch")
		if len(line) != 1 {
			t.Fatalf("%d lines", len(line))
		}
		for name, want := range map[string]float64{"messages": 3, "rounds": 1, "stolen": 1, "renewed": 0, "coalesced": 1, "fenced": 0, "milliseconds": 2000} {
			if got := line[0][name]; got != want {
				t.Errorf("%s is %v, want %v", name, got, want)
			}
		}
	})
}

func TestTheBatchsLineCountsRenewedAndFencedClaims(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		now, hash := time.Now(), hashOfEvent0(t)
		if err := w.table.Seed(seeded("completed", "old", now.Add(-time.Hour), now.Add(-time.Minute), hash)); err != nil {
			t.Fatal(err)
		}
		w.downstream.answer = func(context.Context, deliver.Delivery) error {
			return w.table.Seed(seeded("completed", "next", now.Add(time.Hour), now.Add(time.Hour), hash))
		}
		same(t, "failed", w.invoke(t, event(0)), nil)
		if line := w.said(t, "batch"); len(line) != 1 || line[0]["renewed"] != 1.0 || line[0]["fenced"] != 1.0 || line[0]["stolen"] != 0.0 {
			t.Errorf("%v", line)
		}
	})
}

func TestTheLineOfAMessageHasWhatThereIsToSay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.set(t, enforced)
		w.downstream.answer = func(context.Context, deliver.Delivery) error { return errDown }
		w.invoke(t, message{id: "bad", body: "nope"}, message{id: "refused", body: directBody(1, refused)}, event(2))
		has := func(line map[string]any) []string {
			var names []string
			for _, name := range []string{"reason", "schemaPath", "envelopes", "error"} {
				if value, ok := line[name]; ok {
					names = append(names, name)
					if value == "" {
						t.Errorf("%s of %v is empty", name, line["messageId"])
					}
				}
			}
			return names
		}
		lines := append(w.said(t, "message quarantined"), w.said(t, "message failed")...)
		want := map[any][]string{"bad": {"reason", "error"}, "refused": {"reason", "schemaPath", "envelopes", "error"}, "m2": {"envelopes", "error"}}
		for _, line := range lines {
			if got := has(line); !slices.Equal(got, want[line["messageId"]]) {
				t.Errorf("the line of %v has %v, want %v", line["messageId"], got, want[line["messageId"]])
			}
		}
		if len(lines) != 3 {
			t.Errorf("%d lines", len(lines))
		}
	})
}

func TestACancelledDeliverySaysWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.downstream.answer = func(ctx context.Context, delivery deliver.Delivery) error {
			if delivery.MessageID == "m0" {
				return errDown
			}
			<-ctx.Done()
			return errors.New("interrupted")
		}
		w.invoke(t, events(0, 2)...)
		for _, line := range w.said(t, "message failed") {
			if why, _ := line["error"].(string); strings.Contains(why, "cancelled") != (line["messageId"] == "m1") {
				t.Errorf("%v: %s", line["messageId"], why)
			}
		}
	})
}

// TestFailuresBesideTheWayOfAMessageAreLogged: nothing else shows them.
func TestFailuresBesideTheWayOfAMessageAreLogged(t *testing.T) {
	const (
		notExtended = "a lease was not extended"
		notHidden   = "the visibility of messages under way was not extended"
		notSet      = "messages come back only after the queue's visibility timeout"
	)
	for name, failing := range map[string]bool{"all is well": false, "table and queue refuse": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.config.QueueVisibilityTimeout = 30 * time.Second
				w.downstream.answer = func(context.Context, deliver.Delivery) error {
					if failing {
						w.queues.mutex.Lock()
						w.queues.changeErr = errors.New("refused")
						w.queues.mutex.Unlock()
						w.table.SetHooks(dynamofake.Hooks{Before: func(context.Context, dynamofake.Call) error {
							return &smithy.GenericAPIError{Code: "AccessDeniedException", Fault: smithy.FaultClient}
						}})
					}
					time.Sleep(15 * time.Second) // one beat
					return errDown
				}
				w.invoke(t, event(0))
				for _, text := range []string{notExtended, notHidden, notSet} {
					if got := len(w.said(t, text)); (got == 1) != failing || got > 1 {
						t.Errorf("%q is logged %d times", text, got)
					}
				}
			})
		})
	}
}

func TestAClaimThatFailsInTimeIsRetriedAfterABackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.table.SetHooks(dynamofake.Hooks{Statement: func(context.Context, dynamofake.Call, int) types.BatchStatementErrorCodeEnum {
			return types.BatchStatementErrorCodeEnumAccessDenied
		}})
		same(t, "failed", w.invoke(t, event(0)), []string{"m0"})
		if line := w.said(t, "message failed"); len(line) != 1 || line[0]["outcome"] != process.Transient.String() {
			t.Errorf("%v", line)
		}
	})
}

func TestWithoutAKnownMaximumNoReceiveIsTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.config.MaxReceiveCount = 0
		now := time.Now()
		if err := w.table.Seed(seeded("in-progress", "other", now.Add(time.Minute), now.Add(time.Hour), hashOfEvent0(t))); err != nil {
			t.Fatal(err)
		}
		same(t, "failed", w.invoke(t, message{id: "m0", body: directBody(0, "hello"), receives: 9}), []string{"m0"})
		if took := time.Since(now); took > 0 {
			t.Errorf("it was looked at again for %v", took)
		}
	})
}

// TestADeliveryIsRecordedWithinATenthOfASecond though another one of the batch takes long: nobody delivers it again then.
func TestADeliveryIsRecordedWithinATenthOfASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		start := time.Now()
		var (
			mutex    sync.Mutex
			recorded = map[time.Duration]int{}
		)
		w.table.SetHooks(dynamofake.Hooks{Observe: func(m dynamofake.Mutation) {
			if m.Operation == "UPDATE" {
				mutex.Lock()
				defer mutex.Unlock()
				recorded[time.Since(start)]++
			}
		}})
		takes := map[string]time.Duration{"m0": 0, "m1": 50 * time.Millisecond, "m2": 10 * time.Second}
		w.downstream.answer = func(_ context.Context, delivery deliver.Delivery) error {
			time.Sleep(takes[delivery.MessageID])
			return nil
		}
		same(t, "failed", w.invoke(t, events(0, 3)...), nil)
		if recorded[100*time.Millisecond] != 2 || recorded[10*time.Second] != 1 {
			t.Errorf("recorded at %v, want the first two 100 ms after the first one", recorded)
		}
	})
}

// TestADeliveryIsRecordedBesideTheValidationQueue: a queue that hangs must not keep a delivered event unrecorded.
func TestADeliveryIsRecordedBesideTheValidationQueue(t *testing.T) {
	for name, other := range map[string]message{"a bad message": {id: "bad", body: "nope"}, "a message that fails": {id: "fails", body: directBody(7, "hello")}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				start := time.Now()
				w.wrap = func(config *process.Config) { config.SQS = slowQueues{w.queues} }
				recorded := time.Duration(-1)
				w.table.SetHooks(dynamofake.Hooks{Observe: func(m dynamofake.Mutation) {
					if m.Operation == "UPDATE" {
						recorded = time.Since(start)
					}
				}})
				w.downstream.answer = func(_ context.Context, delivery deliver.Delivery) error {
					if delivery.MessageID == "fails" {
						return deliver.Permanent(errDown)
					}
					return nil
				}
				same(t, "failed", w.invoke(t, event(0), other), nil)
				if recorded != 0 {
					t.Errorf("recorded after %v", recorded)
				}
			})
		})
	}
}

// slowQueues take a second for each message to quarantine.
type slowQueues struct{ *queues }

func (q slowQueues) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	time.Sleep(time.Second)
	return q.queues.SendMessageBatch(ctx, in, options...)
}

// TestEventsWithTheFewestReceivesLeftAreClaimedFirst, in one call: where there is no time for all, the others wait.
func TestEventsWithTheFewestReceivesLeftAreClaimedFirst(t *testing.T) {
	w := newWorld()
	batch := events(0, 50)
	for i := range batch {
		batch[i].receives = 1 + i%2
	}
	var (
		mutex sync.Mutex
		calls [][]string
	)
	w.table.SetHooks(dynamofake.Hooks{Before: func(_ context.Context, call dynamofake.Call) error {
		if len(call.Statements) > 0 && call.Statements[0] == "INSERT" {
			mutex.Lock()
			defer mutex.Unlock()
			calls = append(calls, call.Keys)
		}
		return nil
	}})
	same(t, "failed", w.invoke(t, batch...), nil)
	if len(calls) != 2 {
		t.Fatalf("%d calls", len(calls))
	}
	first := slices.IndexFunc(calls, func(keys []string) bool { return slices.Contains(keys, keyOf(1)) })
	for i := range batch {
		if got, want := slices.Contains(calls[first], keyOf(i)), i%2 == 1; got != want {
			t.Errorf("event %d is in the first call: %t", i, got)
		}
	}
}

// unread are flags that wait for a read.
type unread struct{ process.Flags }

func (unread) Fresh(ctx context.Context) bool { <-ctx.Done(); return false }

func TestAQuarterOfTheTimeIsForReadingFlags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.set(t, `{}`)
		start := time.Now()
		w.wrap = func(config *process.Config) { config.Flags = unread{config.Flags} }
		var began time.Duration
		w.downstream.answer = func(context.Context, deliver.Delivery) error { began = time.Since(start); return nil }
		same(t, "failed", w.invoke(t, event(0)), nil)
		if began != (2*time.Minute-process.DefaultDeadlineGuard)/4 {
			t.Errorf("%v went by before the delivery", began)
		}
	})
}
