package process_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/dynamofake"
)

var errDown = errors.New("downstream is down")

// TestOutcomes is the table of what becomes of a message, row by row.
func TestOutcomes(t *testing.T) {
	answering := func(err error) func(context.Context, deliver.Delivery) error {
		return func(context.Context, deliver.Delivery) error { return err }
	}
	cases := []struct {
		name        string
		before      func(t *testing.T, w *world)
		messages    []message
		failed      []string
		runs        int
		quarantined []string
		states      []string
		visibility  map[string]string // handle: least and most seconds
	}{
		{name: "no messages", messages: nil},
		{
			name:     "new and delivered: completed and acknowledged",
			messages: events(0, 3), runs: 3, states: []string{"completed", "completed", "completed"},
		},
		{
			name:     "a duplicate of a completed one: acknowledged, not run",
			before:   func(t *testing.T, w *world) { w.invoke(t, event(0)); w.downstream.runs = map[string]int{} },
			messages: []message{{id: "again", body: directBody(0, "hello")}}, states: []string{"completed"},
		},
		{
			name: "transient failure: claim released, failed, back-off by receive count",
			before: func(_ *testing.T, w *world) {
				w.downstream.answer = answering(errDown)
			},
			messages: []message{{id: "m0", body: directBody(0, "x"), receives: 2}}, failed: []string{"m0"}, runs: 1,
			visibility: map[string]string{"r-m0": "10-20"},
		},
		{
			name: "transient failure whose claim can't be released: not before that claim has ended",
			before: func(_ *testing.T, w *world) {
				w.downstream.answer = answering(errDown)
				w.table.SetHooks(dynamofake.Hooks{Statement: func(_ context.Context, call dynamofake.Call, index int) types.BatchStatementErrorCodeEnum {
					if call.Statements[index] == "DELETE" {
						return types.BatchStatementErrorCodeEnumThrottlingError
					}
					return ""
				}})
			},
			// The invocation has two minutes, and the claim outlives it by three seconds.
			messages: events(0, 1), failed: []string{"m0"}, runs: 1, states: []string{"in-progress"},
			visibility: map[string]string{"r-m0": "110-125"},
		},
		{
			name: "Retry-After is honoured",
			before: func(_ *testing.T, w *world) {
				w.downstream.answer = answering(deliver.Transient(errDown, 300*time.Second))
			},
			messages: events(0, 1), failed: []string{"m0"}, runs: 1,
			visibility: map[string]string{"r-m0": "300-300"},
		},
		{
			name: "after the last receive it is visible at once",
			before: func(_ *testing.T, w *world) {
				w.downstream.answer = answering(errDown)
			},
			messages: []message{{id: "m0", body: directBody(0, "x"), receives: 3}}, failed: []string{"m0"}, runs: 1,
			visibility: map[string]string{"r-m0": "0-0"},
		},
		{
			name: "permanently rejected: quarantined, its claim released so that it can be replayed, acknowledged",
			before: func(_ *testing.T, w *world) {
				w.downstream.answer = answering(deliver.Permanent(errDown))
			},
			messages: events(0, 1), runs: 1, quarantined: []string{"rejected-by-downstream"},
		},
		{
			name: "quarantine fails: the message fails and its claim is released",
			before: func(_ *testing.T, w *world) {
				w.downstream.answer = answering(deliver.Permanent(errDown))
				w.queues.sendErr = errDown
			},
			messages: events(0, 1), failed: []string{"m0"}, runs: 1, visibility: map[string]string{"r-m0": "5-10"},
		},
		{
			name:     "quarantine answers Failed: the message fails",
			before:   func(_ *testing.T, w *world) { w.queues.rejectSend = true },
			messages: []message{{id: "bad", body: "nope"}}, failed: []string{"bad"}, visibility: map[string]string{"r-bad": "5-10"},
		},
		{
			name: "bad bodies are quarantined and their neighbours delivered",
			messages: append(events(0, 2),
				message{id: "b1", body: "not json"},
				message{id: "b2", body: ""},
				message{id: "b3", body: `{"hello":1}`},
				message{id: "b4", body: `{"event":{"type":"t","data":{"id":"1"}}}`},
				message{id: "b5", body: strings.Repeat("[", 10000) + strings.Repeat("]", 10000)},
				message{id: "b6", body: `{"event":{"type":"t","data":{"id":1e999}},"timestamp":1}`},
				message{id: "b7", body: `{"event":{"type":"t","data":{"id":"\ud800"}},"timestamp":1}`},
			),
			runs: 2, states: []string{"completed", "completed"},
			quarantined: []string{
				"empty-body", "invalid-utf8", "missing-identity", "not-json", "number-out-of-range", "too-deep", "unknown-envelope",
			},
		},
		{
			name:     "the same identity twice in a batch: runs once, both acknowledged",
			messages: []message{event(0), {id: "twin", body: directBody(0, "hello")}}, runs: 1, states: []string{"completed"},
		},
		{
			name:     "the same identity twice in a batch: both share the failure",
			before:   func(_ *testing.T, w *world) { w.downstream.answer = answering(errDown) },
			messages: []message{event(0), {id: "twin", body: directBody(0, "hello")}}, runs: 1, failed: []string{"m0", "twin"},
		},
		{
			name:     "the same identity with another payload in a batch: the later is quarantined",
			messages: []message{event(0), {id: "other", body: directBody(0, "changed")}}, runs: 1, states: []string{"completed"},
			quarantined: []string{"payload-mismatch"},
		},
		{
			name:     "the same identity with another payload later: quarantined",
			before:   func(t *testing.T, w *world) { w.invoke(t, event(0)); w.downstream.runs = map[string]int{} },
			messages: []message{{id: "other", body: directBody(0, "changed")}}, states: []string{"completed"},
			quarantined: []string{"payload-mismatch"},
		},
		{
			name: "a panic fails its message only",
			before: func(_ *testing.T, w *world) {
				w.downstream.answer = func(_ context.Context, d deliver.Delivery) error {
					if d.MessageID == "m1" {
						panic("secret")
					}
					return nil
				}
			},
			messages: events(0, 3), runs: 3, failed: []string{"m1"}, states: []string{"completed", "completed"},
			visibility: map[string]string{"r-m1": "5-10"},
		},
		{
			name: "a failing ChangeMessageVisibility changes nothing else",
			before: func(_ *testing.T, w *world) {
				w.downstream.answer = answering(errDown)
				w.queues.changeErr = errDown
			},
			messages: events(0, 1), runs: 1, failed: []string{"m0"},
		},
		{
			name: "an unreachable table: nothing runs, everything fails",
			before: func(_ *testing.T, w *world) {
				w.table.SetHooks(dynamofake.Hooks{Before: func(context.Context, dynamofake.Call) error { return errDown }})
			},
			messages: events(0, 2), failed: []string{"m0", "m1"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				if c.before != nil {
					c.before(t, w)
				}
				failed := w.invoke(t, c.messages...)
				slices.Sort(failed)
				same(t, "failed", failed, c.failed)
				same(t, "states", w.states(), c.states)
				same(t, "quarantined", w.queues.reasons(), c.quarantined)
				if got := w.downstream.total(); got != c.runs {
					t.Errorf("ran %d times, want %d", got, c.runs)
				}
				for handle, bounds := range c.visibility {
					var least, most int32
					if _, err := fmt.Sscanf(bounds, "%d-%d", &least, &most); err != nil {
						t.Fatal(err)
					}
					got := w.queues.visibility[handle]
					if len(got) != 1 || got[0] < least || got[0] > most {
						t.Errorf("visibility of %s is %v, want one of %s", handle, got, bounds)
					}
				}
				if log := w.log.String(); strings.Contains(log, "hello") || strings.Contains(log, "secret") {
					t.Errorf("the log has a payload's value in it: %s", log)
				}
			})
		})
	}
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// TestNothingIsAcknowledgedByOldFlags has flags that could not be read lately drop a topic, enforce a schema and switch a
// decoder off. The messages come again, and end as the flags ask once these have been read.
func TestNothingIsAcknowledgedByOldFlags(t *testing.T) {
	for name, document := range map[string]string{
		"dropped":     `{"topics":{"telephony.call.created":{"state":"dropped"}}}`,
		"enforced":    `{"topics":{"telephony.call.created":{"schema":"enforce","version":"9"}},"schemas":{"telephony.call.created":{"9":{"type":"object","required":["nothing"]}}}}`,
		"decoder off": `{"decoders":{"direct":false}}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.set(t, document)
				w.staleFlags = true
				if failed := w.invoke(t, event(0)); len(failed) != 1 || len(w.queues.quarantined) != 0 {
					t.Errorf("by old flags: failed %v, %d quarantined; want the message to come again", failed, len(w.queues.quarantined))
				}
				w.staleFlags = false
				if failed := w.invoke(t, event(0)); len(failed) != 0 {
					t.Errorf("by flags that were read: failed %v", failed)
				}
			})
		})
	}
}

// TestAReplayIsNoDuplicateByOldFlags has an archive's replay bring an event that was delivered before. Flags that could not be
// read lately may say that it is to be delivered again by now.
func TestAReplayIsNoDuplicateByOldFlags(t *testing.T) {
	const detail = `"version":"0","id":"1","detail-type":"v2.users.{id}.presence","source":"aws.partner/genesys.com/cloud/org/bus","account":"123456789012",` +
		`"time":"2026-01-02T03:04:05Z","region":"eu-central-1","resources":[],"detail":{"topicName":"v2.users.1.presence","timestamp":"2026-01-02T03:04:05.678Z"}}`
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		first, replayed := message{id: "m0", body: `{` + detail}, message{id: "m1", body: `{"replay-name":"r",` + detail}
		w.set(t, `{}`)
		same(t, "failed", w.invoke(t, first), nil)
		w.staleFlags = true
		same(t, "failed by old flags", w.invoke(t, replayed), []string{"m1"})
		w.set(t, `{"replays":"again"}`)
		w.staleFlags = false
		same(t, "failed by flags that were read", w.invoke(t, replayed), nil)
		if got := w.downstream.total(); got != 2 {
			t.Errorf("ran %d times, want 2: the replay was asked for", got)
		}
	})
}
