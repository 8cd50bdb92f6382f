package process_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cc-eventbridge/function/internal/dynamofake"
)

// TestDuplicatesAreCounted delivers a duplicate in the same batch and one in another, and counts both.
func TestDuplicatesAreCounted(t *testing.T) {
	w := newWorld()
	w.invoke(t, event(0), message{id: "twin", body: directBody(0, "hello")}, event(1))
	if got := w.metrics.String(); !strings.Contains(got, `"DuplicateEvents":1`) {
		t.Errorf("two messages of one event in a batch: metrics %s", got)
	}
	w.metrics.Reset()
	w.invoke(t, message{id: "m2", body: directBody(0, "hello")}, message{id: "m3", body: directBody(1, "hello")})
	if got := w.metrics.String(); !strings.Contains(got, `"DuplicateEvents":2`) {
		t.Errorf("two events that were delivered before: metrics %s", got)
	}
}

// TestEventsWithoutATimeAreNoDuplicates has an agent join, leave and join again, in events whose detail has no time.
func TestEventsWithoutATimeAreNoDuplicates(t *testing.T) {
	body := func(id, at, action string) string {
		return `{"version":"0","id":"` + id + `","detail-type":"v2.users.{id}.activity","source":"aws.partner/genesys.com/cloud/org/bus","time":"` + at +
			`","detail":{"topicName":"v2.users.u-1.activity","eventBody":{"action":"` + action + `"}}}`
	}
	w := newWorld()
	same(t, "failed", w.invoke(t, message{id: "m0", body: body("a", "2026-01-02T08:00:00Z", "join")}, message{id: "m1", body: body("b", "2026-01-02T12:00:00Z", "leave")}), nil)
	same(t, "failed", w.invoke(t, message{id: "m2", body: body("c", "2026-01-02T13:00:00Z", "join")}), nil)
	if got := w.downstream.total(); got != 3 {
		t.Errorf("%d events were delivered, want 3: %v", got, w.downstream.runs)
	}
	same(t, "failed", w.invoke(t, message{id: "m3", body: body("c", "2026-01-02T13:00:00Z", "join")}), nil)
	if got := w.downstream.total(); got != 3 {
		t.Errorf("the queue's duplicate of one was delivered: %d, want 3", got)
	}
}

// TestADuplicateDoesNotDelayTheRecordOfItsNeighbours has new events and duplicates in turn: what is new is completed, in one call,
// while the others are read.
func TestADuplicateDoesNotDelayTheRecordOfItsNeighbours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var known, mixed []message
		for n := range 10 {
			mixed = append(mixed, event(n))
			if n%2 == 0 {
				known = append(known, event(n))
			}
		}
		w.invoke(t, known...)
		var completed, read []string
		started := time.Now()
		w.table.SetHooks(dynamofake.Hooks{Before: func(_ context.Context, call dynamofake.Call) error {
			time.Sleep(6 * time.Millisecond)
			switch {
			case call.Operation == dynamofake.OpBatchGetItem:
				read = append(read, time.Since(started).String())
			case call.Statements[0] == "UPDATE":
				completed = append(completed, time.Since(started).String())
			}
			return nil
		}})
		same(t, "failed", w.invoke(t, mixed...), nil)
		same(t, "reads", read, []string{"12ms"})
		same(t, "completions", completed, []string{"12ms"})
	})
}
