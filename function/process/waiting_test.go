package process_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/process"
)

// inProgress puts event 0 into the hands of another invocation until its lease ends, and has it completed earlier unless done is 0.
func (w *world) inProgress(t *testing.T, lease, done time.Duration) (stop func() bool) {
	t.Helper()
	now, hash := time.Now(), hashOfEvent0(t)
	seed := func(state string) {
		if err := w.table.Seed(seeded(state, "other", now.Add(lease), now.Add(24*time.Hour), hash)); err != nil {
			t.Error(err)
		}
	}
	seed("in-progress")
	if done == 0 {
		return func() bool { return true }
	}
	return time.AfterFunc(done, func() { seed("completed") }).Stop
}

func TestAWaitingMessageReadsItsPayloadOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		reads := 0
		w.payloads["payloads/0"] = func(context.Context) ([]byte, error) {
			reads++
			time.Sleep(5 * time.Second)
			return []byte(directBody(0, "hello")), nil
		}
		w.inProgress(t, 90*time.Second, 0)
		waiting := claimChecks(1)
		waiting[0].receives = 3
		same(t, "failed", w.invoke(t, waiting...), nil)
		if w.downstream.total() != 1 || reads != 1 {
			t.Errorf("ran %d times after %d reads, want one of each", w.downstream.total(), reads)
		}
	})
}

// TestAThrottledCompletionHoldsUpNoneThatWaits has a message wait for a lease that ends soon, beside an event that is delivered and
// whose completion the table does not take.
func TestAThrottledCompletionHoldsUpNoneThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		started := time.Now()
		w.table.SetHooks(dynamofake.Hooks{Statement: func(_ context.Context, call dynamofake.Call, i int) types.BatchStatementErrorCodeEnum {
			if call.Keys[i] == keyOf(1) && call.Statements[i] == "UPDATE" {
				return types.BatchStatementErrorCodeEnumThrottlingError
			}
			return ""
		}})
		w.inProgress(t, 10*time.Second, 0)
		ran := map[string]time.Duration{}
		w.downstream.answer = func(_ context.Context, d deliver.Delivery) error {
			ran[d.IdempotencyKey] = time.Since(started)
			return nil
		}
		// The duplicate takes part in what becomes of the completion, which is not known when its round ends.
		duplicate := event(1)
		duplicate.id = "duplicate"
		same(t, "failed", w.invoke(t, message{id: "m0", body: directBody(0, "hello"), receives: 3}, event(1), duplicate), []string{"m1", "duplicate"})
		if got := ran[keyOf(0)]; got < 10*time.Second || got > 15*time.Second {
			t.Errorf("the waiting event ran after %v, want after the 10 s of the lease", got)
		}
	})
}

// turning are flags that change after a while.
type turning struct {
	process.Flags
	at          time.Time
	then        *flagsSet
	thenIsStale bool
}

func (f turning) Current() *flagsSet {
	if f.then != nil && !time.Now().Before(f.at) {
		return f.then
	}
	return f.Flags.Current()
}

func (f turning) Fresh(context.Context) bool { return time.Now().Before(f.at) || !f.thenIsStale }

// TestEachRoundGoesByTheFlagsOfItsTime has a message wait for a minute, in which the flags change or become old.
func TestEachRoundGoesByTheFlagsOfItsTime(t *testing.T) {
	const drop = `{"topics":{"telephony.call.created":{"state":"dropped"}}}`
	for name, c := range map[string]struct {
		then   string
		stale  bool
		failed []string
		runs   int
	}{
		"as they were":                  {runs: 1},
		"the topic is dropped":          {then: drop},
		"dropped by flags that are old": {then: drop, stale: true, failed: []string{"m0"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				later := turning{at: time.Now().Add(30 * time.Second), thenIsStale: c.stale}
				if c.then != "" {
					w.set(t, c.then)
					later.then = w.flags
				}
				w.set(t, `{}`)
				w.wrap = func(config *process.Config) {
					later.Flags = config.Flags
					config.Flags = later
				}
				w.inProgress(t, time.Minute, 0)
				same(t, "failed", w.invoke(t, message{id: "m0", body: directBody(0, "hello"), receives: 3}), c.failed)
				if got := w.downstream.total(); got != c.runs {
					t.Errorf("ran %d times, want %d", got, c.runs)
				}
			})
		})
	}
}

// TestAPayloadThatWasKeptIsDecodedAnewByNewFlags has a message wait with its payload while its decoder is switched off.
func TestAPayloadThatWasKeptIsDecodedAnewByNewFlags(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.set(t, `{"decoders":{"claim-check":false}}`)
		later := turning{at: time.Now().Add(30 * time.Second), then: w.flags}
		w.set(t, `{}`)
		w.wrap = func(config *process.Config) {
			later.Flags = config.Flags
			config.Flags = later
		}
		w.payloads.holds("payloads/0", directBody(0, "hello"))
		w.inProgress(t, time.Minute, 0)
		waiting := claimChecks(1)
		waiting[0].receives = 3
		same(t, "failed", w.invoke(t, waiting...), nil)
		same(t, "quarantined", w.queues.reasons(), []string{"decoder-off"})
		if got := w.downstream.total(); got != 0 {
			t.Errorf("ran %d times", got)
		}
	})
}

// TestALastLookAtWhatWasWaitedFor has a message wait beside a delivery that hangs to the end: the event is completed elsewhere
// meanwhile, or not.
func TestALastLookAtWhatWasWaitedFor(t *testing.T) {
	for name, c := range map[string]struct {
		done   time.Duration
		failed []string
	}{
		"completed":     {done: time.Minute, failed: []string{"m1"}},
		"not completed": {failed: []string{"m0", "m1"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				defer w.inProgress(t, time.Hour, c.done)()
				end := make(chan struct{})
				defer close(end)
				w.downstream.answer = func(context.Context, deliver.Delivery) error { <-end; return nil }
				same(t, "failed", w.invoke(t, message{id: "m0", body: directBody(0, "hello"), receives: 3}, event(1)), c.failed)
			})
		})
	}
}
