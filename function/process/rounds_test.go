package process_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/process"
)

// enforced is a schema that the body of refused does not match.
const (
	enforced = `{"topics":{"telephony.call.created":{"schema":"enforce","version":"9"}},` +
		`"schemas":{"telephony.call.created":{"9":{"type":"object","properties":{"text":{"maxLength":6}}}}}}`
	refused = "hello, and more"
)

// TestOneIdentityWithTwoPayloads: only an event that is in progress or done makes another payload a mismatch, in one batch
// as in two.
func TestOneIdentityWithTwoPayloads(t *testing.T) {
	const good = "hello"
	carrying := func(id, text string) message { return message{id: id, body: directBody(0, text)} }
	cases := []struct {
		name        string
		flags       string
		before      []message
		batch       []message
		rejects     bool // the downstream rejects the first delivery
		quarantined []string
		runs        int
	}{
		{
			name: "the first is refused by its schema: the second runs", flags: enforced,
			batch: []message{carrying("m0", refused), carrying("m1", good)}, quarantined: []string{"schema-mismatch"}, runs: 1,
		},
		{
			name: "the second is refused by its schema: the first runs", flags: enforced,
			batch:       []message{carrying("m0", good), carrying("m1", refused)},
			quarantined: []string{"schema-mismatch"}, runs: 1,
		},
		{
			name: "the first is rejected by the downstream: the second runs", rejects: true,
			batch: []message{carrying("m0", "other"), carrying("m1", good)}, quarantined: []string{"rejected-by-downstream"}, runs: 2,
		},
		{
			name: "a stranger before a duplicate does not take it along", before: []message{carrying("m0", good)},
			batch: []message{carrying("m1", "other"), carrying("m2", good)}, quarantined: []string{"payload-mismatch"}, runs: 1,
		},
		{
			name: "three payloads: the first runs, the others are mismatches", batch: []message{carrying("m0", "a"), carrying("m1", "b"), carrying("m2", "c"), carrying("m3", "a"), carrying("m4", "b")},
			quarantined: []string{"payload-mismatch", "payload-mismatch"}, runs: 1,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				if c.flags != "" {
					w.set(t, c.flags)
				}
				w.downstream.answer = func(_ context.Context, d deliver.Delivery) error {
					if c.rejects && d.MessageID == "m0" {
						return deliver.Permanent(errDown)
					}
					return nil
				}
				w.invoke(t, c.before...)
				same(t, "failed", w.invoke(t, c.batch...), nil)
				same(t, "quarantined", w.queues.reasons(), c.quarantined)
				if got := w.downstream.total(); got != c.runs {
					t.Errorf("ran %d times, want %d", got, c.runs)
				}
			})
		})
	}
}

// TestLastReceiveWhileTheEventRunsElsewhere: a message that goes to the dead-letter queue when it is next received is not
// given up while another invocation acts on its event.
func TestLastReceiveWhileTheEventRunsElsewhere(t *testing.T) {
	duplicate := func(receives int) message { return message{id: "m0", body: directBody(0, "hello"), receives: receives} }
	cases := []struct {
		name     string
		lease    time.Duration // of the other invocation
		done     time.Duration // when it has completed the event; 0: it never does
		messages []message
		failed   []string
		runs     int
		within   time.Duration
	}{
		{name: "completed in a moment: a duplicate", lease: time.Minute, done: 2 * time.Second, messages: []message{duplicate(3)}, within: 5 * time.Second},
		{name: "killed: it runs here when the lease is over", lease: 20 * time.Second, messages: []message{duplicate(3)}, runs: 1, within: 25 * time.Second},
		{name: "in progress to the end: it fails", lease: time.Hour, messages: []message{duplicate(3)}, failed: []string{"m0"}, within: 2 * time.Minute},
		{name: "with receives left: it waits in the queue", lease: time.Minute, done: 2 * time.Second, messages: []message{duplicate(2)}, failed: []string{"m0"}, within: time.Second},
		{
			name: "another message of the event in the batch has receives left", lease: time.Minute, done: 2 * time.Second, within: 5 * time.Second,
			messages: []message{{id: "first", body: directBody(0, "hello"), receives: 1}, duplicate(3)},
		},
		{
			name: "its neighbours don't wait", lease: time.Minute, done: 2 * time.Second, within: 5 * time.Second,
			messages: []message{duplicate(3), event(1)}, runs: 1,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				now, hash := time.Now(), hashOfEvent0(t)
				seed := func(state string) {
					if err := w.table.Seed(seeded(state, "other", now.Add(c.lease), now.Add(time.Hour), hash)); err != nil {
						t.Error(err)
					}
				}
				seed("in-progress")
				if c.done > 0 {
					defer time.AfterFunc(c.done, func() { seed("completed") }).Stop()
				}
				var ranAt time.Duration
				w.downstream.answer = func(context.Context, deliver.Delivery) error { ranAt = time.Since(now); return nil }
				same(t, "failed", w.invoke(t, c.messages...), c.failed)
				if got := w.downstream.total(); got != c.runs {
					t.Errorf("ran %d times, want %d", got, c.runs)
				}
				if took := time.Since(now); took > c.within {
					t.Errorf("took %v, want at most %v", took, c.within)
				}
				if c.runs == 1 && len(c.messages) == 2 && ranAt != 0 {
					t.Errorf("the neighbour ran after %v, want at once", ranAt)
				}
			})
		})
	}
}

// TestMemoryIsTheProcesss has three invocations in one process, each with a payload that takes more than half of the memory:
// they are processed one after another.
func TestMemoryIsTheProcesss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.config.ExpansionBytes = 2000
		for n := range 3 {
			w.payloads.holds(fmt.Sprintf("payloads/%d", n), directBody(n, strings.Repeat("hello", 300)))
		}
		var under, most atomic.Int32
		w.downstream.answer = func(context.Context, deliver.Delivery) error {
			if n := under.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Second)
			under.Add(-1)
			return nil
		}
		p := w.processor()
		failed := make(chan int)
		for n := range 3 {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				failed <- len(w.invokeWith(ctx, t, p, message{id: fmt.Sprint("m", n), body: claimCheck(fmt.Sprintf("payloads/%d", n))}))
			}()
		}
		if n := <-failed + <-failed + <-failed; n != 0 {
			t.Errorf("%d messages failed", n)
		}
		if most.Load() != 1 {
			t.Errorf("%d payloads were in memory at a time, want 1", most.Load())
		}
	})
}

// TestMemoryIsGivenBack: whatever becomes of a batch, the next one finds all of the memory.
func TestMemoryIsGivenBack(t *testing.T) {
	for name, answer := range map[string]error{"delivered": nil, "transient": errDown, "rejected": deliver.Permanent(errDown)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.config.ExpansionBytes = 2000
				w.downstream.answer = func(context.Context, deliver.Delivery) error { return answer }
				p := w.processor()
				for n := range 3 {
					w.payloads.holds("payloads/0", directBody(n, strings.Repeat("hello", 300)))
					began := time.Now()
					w.invokeWith(t.Context(), t, p, message{id: "m", body: claimCheck("payloads/0")})
					if took := time.Since(began); took > time.Second {
						t.Errorf("batch %d waited for memory for %v", n, took)
					}
				}
				if got := w.downstream.total(); got != 3 {
					t.Errorf("ran %d times, want 3", got)
				}
			})
		})
	}
}

// TestNoMessageIsLeftWithoutATry has batches that the usual number of workers could not get done in the time there is.
func TestNoMessageIsLeftWithoutATry(t *testing.T) {
	cases := []struct {
		name     string
		messages int
		takes    time.Duration // a delivery
		most     int           // deliveries at a time
		failed   int
	}{
		{name: "10,000 at 2 s", messages: 10_000, takes: 2 * time.Second, most: 256},
		{name: "100 at 2 s: the usual workers will do", messages: 100, takes: 2 * time.Second, most: process.DefaultWorkers},
		{name: "10,000 at 20 ms: the usual workers will do", messages: 10_000, takes: 20 * time.Millisecond, most: process.DefaultWorkers},
		{name: "more than the most workers can do", messages: 10_000, takes: 10 * time.Second, most: 256, failed: 10_000 - 256*11},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				var under, most atomic.Int32
				w.downstream.answer = func(ctx context.Context, _ deliver.Delivery) error {
					n := under.Add(1)
					defer under.Add(-1)
					for last := most.Load(); n > last && !most.CompareAndSwap(last, n); last = most.Load() {
					}
					select {
					case <-time.After(c.takes):
						return nil
					case <-ctx.Done():
						return errors.New("cancelled")
					}
				}
				failed := w.invoke(t, events(0, c.messages)...)
				if len(failed) > c.failed+c.failed/10 || len(failed) < c.failed {
					t.Errorf("%d of %d failed, want about %d", len(failed), c.messages, c.failed)
				}
				if got := int(most.Load()); got > c.most {
					t.Errorf("%d deliveries at a time, want at most %d", got, c.most)
				}
			})
		})
	}
}

// TestAWaitingMessageStarvesNoOther has the first message wait for another invocation with a payload that leaves no memory for
// the second one's.
func TestAWaitingMessageStarvesNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.config.ExpansionBytes = 2000
		w.payloads.holds("payloads/0", strings.Repeat(" ", 1500)+directBody(0, "hello"))
		w.payloads.holds("payloads/1", directBody(1, strings.Repeat("hello", 300)))
		now := time.Now()
		if err := w.table.Seed(seeded("in-progress", "other", now.Add(time.Hour), now.Add(time.Hour), hashOfEvent0(t))); err != nil {
			t.Fatal(err)
		}
		messages := claimChecks(2)
		messages[0].receives = 3
		same(t, "failed", w.invoke(t, messages...), []string{"m0"})
		if got := w.downstream.runs[keyOf(1)]; got != 1 {
			t.Errorf("the second message ran %d times, want once", got)
		}
	})
}

// TestPayloadsAreNotReadInVain has many payloads of which one fits at a time, and a bucket that takes a second for each.
func TestPayloadsAreNotReadInVain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const messages = 15
		w := newWorld()
		w.config.ExpansionBytes = 2000
		var reads atomic.Int32
		for n := range messages {
			w.payloads[fmt.Sprintf("payloads/%d", n)] = func(context.Context) ([]byte, error) {
				reads.Add(1)
				time.Sleep(time.Second)
				return []byte(directBody(n, strings.Repeat("hello", 300))), nil
			}
		}
		same(t, "failed", w.invoke(t, claimChecks(messages)...), nil)
		if got := reads.Load(); got > 2*messages {
			t.Errorf("%d reads of %d payloads", got, messages)
		}
	})
}

// TestMemoryGoesToTheFewestReceivesLeft has two payloads of which one fits.
func TestMemoryGoesToTheFewestReceivesLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.config.ExpansionBytes = 2000
		for n := range 2 {
			w.payloads.holds(fmt.Sprintf("payloads/%d", n), directBody(n, strings.Repeat("hello", 300)))
		}
		var order []string
		w.downstream.answer = func(_ context.Context, d deliver.Delivery) error { order = append(order, d.MessageID); return nil }
		messages := claimChecks(2)
		messages[1].receives = 3
		same(t, "failed", w.invoke(t, messages...), nil)
		same(t, "order", order, []string{"m1", "m0"})
	})
}

// TestAMismatchIsCountedOnce has a message go through several rounds.
func TestAMismatchIsCountedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.set(t, strings.ReplaceAll(enforced, "enforce", "warn"))
		now := time.Now()
		body := directBody(0, refused)
		first := w.processor()
		w.downstream.answer = func(context.Context, deliver.Delivery) error { time.Sleep(5 * time.Second); return nil }
		done := make(chan []string)
		go func() { done <- w.invokeWith(t.Context(), t, first, message{id: "m0", body: body}) }()
		time.Sleep(time.Second)
		same(t, "failed", w.invoke(t, message{id: "m1", body: body, receives: 3}), nil)
		same(t, "failed", <-done, nil)
		if took := time.Since(now); took < 5*time.Second {
			t.Fatalf("took %v: the second one did not wait", took)
		}
		if log := w.log.String(); strings.Count(log, `"schemaMismatches":1`) != 2 {
			t.Errorf("want one mismatch in each invocation: %s", log)
		}
	})
}
