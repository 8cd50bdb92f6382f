package simulation

import (
	"testing"
	"testing/synctest"
	"time"
)

// quietWorld has a queue and nothing else, and nothing goes wrong in it.
func quietWorld() *world {
	w := &world{
		plan:   &plan{visibility: 30 * time.Second, retention: time.Hour, maxReceives: 2, timeout: time.Second},
		counts: map[string]int{},
	}
	w.queue = newQueue(w)
	return w
}

func TestQueue(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(t *testing.T, w *world, q *queue)
		fate fate
	}{
		{"a received message is invisible for the visibility timeout", func(t *testing.T, _ *world, q *queue) {
			q.receive(10)
			time.Sleep(29 * time.Second)
			expect(t, "still invisible", len(q.receive(10)), 0)
			time.Sleep(time.Second)
			expect(t, "visible again", len(q.receive(10)), 1)
		}, waiting},
		{"a message is dead-lettered at the receive after the last", func(t *testing.T, _ *world, q *queue) {
			for range 2 {
				expect(t, "received", len(q.receive(10)), 1)
				time.Sleep(30 * time.Second)
			}
			expect(t, "not received", len(q.receive(10)), 0)
		}, deadLettered},
		{"a deleted message is acknowledged", func(_ *testing.T, _ *world, q *queue) {
			q.delete(q.receive(10)[0].handle)
		}, acknowledged},
		{"visibility is changed for this receive only", func(t *testing.T, _ *world, q *queue) {
			expect(t, "code", q.changeVisibility(q.receive(10)[0].handle, 0), "")
			expect(t, "visible at once", len(q.receive(10)), 1)
			time.Sleep(29 * time.Second)
			next, _ := q.next()
			expect(t, "back at the queue's timeout", time.Until(next), time.Second)
		}, waiting},
		{"visibility can't be changed after 12 hours from the receive", func(t *testing.T, _ *world, q *queue) {
			handle := q.receive(10)[0].handle
			time.Sleep(10 * time.Second)
			expect(t, "code", q.changeVisibility(handle, 43200), "InvalidParameterValue")
			expect(t, "code", q.changeVisibility(handle, 43190), "")
		}, waiting},
		{"visibility can't be changed once the message is visible", func(t *testing.T, _ *world, q *queue) {
			handle := q.receive(10)[0].handle
			time.Sleep(31 * time.Second)
			expect(t, "code", q.changeVisibility(handle, 60), "MessageNotInflight")
		}, waiting},
		{"visibility can't be changed with the handle of an earlier receive", func(t *testing.T, _ *world, q *queue) {
			handle := q.receive(10)[0].handle
			time.Sleep(30 * time.Second)
			q.receive(10)
			expect(t, "code", q.changeVisibility(handle, 60), "MessageNotInflight")
			expect(t, "code", q.changeVisibility("unknown", 60), "ReceiptHandleIsInvalid")
		}, waiting},
		{"a message that nobody receives expires behind a backlog", func(t *testing.T, w *world, q *queue) {
			time.Sleep(time.Hour)
			expect(t, "not received", len(q.receive(10)), 0)
			expect(t, "violations", len(w.violations), 0)
			expect(t, "behind a backlog", w.counts["expired behind a backlog"], 1)
		}, expired},
		{"a message that is made to wait for too long expires, which breaks a promise", func(t *testing.T, w *world, q *queue) {
			expect(t, "code", q.changeVisibility(q.receive(10)[0].handle, 3590), "")
			expect(t, "violations of the wait", len(w.violations), 1)
			time.Sleep(time.Hour)
			expect(t, "not received", len(q.receive(10)), 0)
			expect(t, "violations", len(w.violations), 2)
		}, expired},
		{"a wait may leave each receive its visibility timeout", func(t *testing.T, w *world, q *queue) {
			expect(t, "code", q.changeVisibility(q.receive(10)[0].handle, 3570), "")
			expect(t, "violations", len(w.violations), 0)
		}, waiting},
		{"a receive that a host has missed never hides a message for longer than the visibility timeout", func(t *testing.T, w *world, q *queue) {
			w.plan.rates.ghost, w.plan.timeout, w.plan.maxReceives = 1, time.Hour, 1000
			for range 100 {
				q.receive(10)
				next, _ := q.next()
				if hidden := time.Until(next); hidden > 30*time.Second {
					t.Errorf("hidden for %v", hidden)
				}
				time.Sleep(time.Until(next))
			}
		}, waiting},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := quietWorld()
				w.queue.send(&message{id: "m"})
				c.do(t, w, w.queue)
				expect(t, "fate", w.queue.messages[0].fate, c.fate)
			})
		})
	}
}

func TestLaterEndOfTwoStandstillsCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := &environment{dead: make(chan struct{})}
		began := time.Now()
		e.stall(8 * time.Second)
		e.stall(time.Second)
		e.thaw(0)
		expect(t, "stood still for", time.Since(began), 8*time.Second)
	})
}

func expect[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
