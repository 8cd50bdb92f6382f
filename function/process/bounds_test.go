package process

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"cc-eventbridge/function/batch"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/event"
)

// working returns an invocation with an hour, in the bubble of a test.
func working(t *testing.T, messages ...message) *invocation {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	config := Config{}.withDefaults()
	in := &invocation{
		processor: &Processor{memory: &memory{size: 1000}, table: dedup.NewTable(nil, "dedup", time.Hour, time.Now)},
		config:    &config, budget: newBudget(ctx, DefaultDeadlineGuard), messages: messages,
		seeds: rand.New(rand.NewPCG(1, 0)),
	}
	in.writes = newWrites(in)
	t.Cleanup(func() { in.budget.close(); cancel() })
	return in
}

func TestTheTimeOfAnInvocationIsDividedFromItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			guard, left, want time.Duration // want is the guard that it comes to
		}{{8 * time.Second, 2 * time.Minute, 8 * time.Second}, {8 * time.Second, 8 * time.Second, 4 * time.Second}} {
			ctx, cancel := context.WithTimeout(t.Context(), c.left)
			b := newBudget(ctx, c.guard)
			deadline := time.Now().Add(c.left)
			of := func(ctx context.Context) time.Duration { at, _ := ctx.Deadline(); return deadline.Sub(at) }
			got := []time.Duration{of(b.work), deadline.Sub(b.abandon), of(b.quarantine), of(b.settle), of(b.finish), deadline.Sub(b.deadline)}
			want := []time.Duration{c.want, c.want * 3 / 4, c.want * 3 / 8, c.want / 4, c.want / 8, 0}
			if !slices.Equal(got, want) || b.timeForWork() != c.left-c.want {
				t.Errorf("work, abandon, quarantine, settle, finish and all end %v before the deadline, want %v", got, want)
			}
			cancel()
			if b.work.Err() == nil || b.quarantine.Err() != nil || b.settle.Err() != nil || b.finish.Err() != nil {
				t.Error("only work ends with the invocation's own context")
			}
			b.close()
		}
		without := newBudget(t.Context(), time.Second)
		if got := time.Until(without.deadline); got != 15*time.Minute {
			t.Errorf("without a deadline an invocation has %v", got)
		}
		without.close()
	})
}

func TestPausesBetweenRoundsDoubleUpToFourSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := working(t)
		for i, want := range []time.Duration{250, 500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000, 4000} {
			start := time.Now()
			in.pause()
			if got := time.Since(start); got != want*time.Millisecond {
				t.Errorf("pause %d takes %v, want %v", i+1, got, want*time.Millisecond)
			}
		}
		in.budget.endWork()
		start := time.Now()
		if in.pause(); time.Since(start) > 0 {
			t.Errorf("a pause takes %v after the end of work", time.Since(start))
		}
	})
}

func TestARoundAfterOneThatDecidedNothingComesAfterAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for decided, want := range map[Kind]time.Duration{None: 250 * time.Millisecond, Delivered: 0} {
			in := working(t, message{record: &batch.Record{}, postponed: true}, message{record: &batch.Record{}, outcome: Outcome{Kind: decided}})
			in.rounds, in.round = 1, []*message{&in.messages[0], &in.messages[1]}
			start := time.Now()
			if !in.nextRound() || len(in.round) != 1 || in.round[0] != &in.messages[0] || time.Since(start) != want {
				t.Errorf("after %v: a round of %d after %v, want %v", decided, len(in.round), time.Since(start), want)
			}
		}
	})
}

func TestDeliveriesAreLeftBehindWithoutWaitingForReports(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := working(t, message{record: &batch.Record{}, held: true}, message{record: &batch.Record{}, held: true})
		in.round = []*message{&in.messages[0], &in.messages[1]}
		d := newDeliveries(in, 2)
		d.reports <- delivered{message: &in.messages[0], outcome: Outcome{Kind: Transient}}
		d.leaveBehind()
		if got := in.messages[0].outcome.Kind; got != Transient {
			t.Errorf("the one that was reported is %v", got)
		}
		if got := in.messages[1].outcome.Kind; got != NotStarted {
			t.Errorf("the other one is %v", got)
		}
	})
}

func TestMemoryIsTakenUpToItsLastByte(t *testing.T) {
	m := &memory{size: 1000}
	for i, step := range []struct {
		own, bytes int
		want, full bool
	}{
		{0, 600, true, false}, // the first
		{0, 401, false, false},
		{0, 400, true, true},
		{0, 1, false, true},
		{0, 0, true, true},
	} {
		if got := m.take(step.own, step.bytes); got != step.want || m.full() != step.full {
			t.Errorf("step %d: taken is %t, full is %t", i, got, m.full())
		}
	}
	alone := &memory{size: 1000}
	if !alone.take(0, 1500) || !alone.take(1500, 500) || !alone.full() {
		t.Error("a payload is too large to be processed alone")
	}
	if alone.take(0, 1) || !alone.take(0, 0) {
		t.Error("beside a payload that is larger than the memory, only one that takes none has a place")
	}
	if alone.giveBack(2000); alone.taken != 0 || alone.full() {
		t.Errorf("%d bytes are left", alone.taken)
	}
}

// TestWhatHasBeenTakenIsNotTakenAgain is about a claim check in a notification: what the notification took counts when the object
// is opened.
func TestWhatHasBeenTakenIsNotTakenAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := working(t, message{record: &batch.Record{}})
		m := &in.messages[0]
		for _, expanded := range []int{100, 250, 250} {
			in.opened(m, func() (decode.Opened, error) { return decode.Opened{Expanded: expanded}, nil })
			if m.takes != expanded || in.processor.memory.taken != expanded {
				t.Errorf("of %d bytes it takes %d", expanded, m.takes)
			}
		}
	})
}

func TestMemoryIsGivenBackWithWhatTookIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		opened := decode.Opened{Event: event.Event{Type: "t"}, Path: "direct"}
		in := working(t, message{record: &batch.Record{}, opened: opened}, message{record: &batch.Record{}, opened: opened})
		large := &in.messages[1]
		in.take(large, 100)
		in.giveBack((*message).holdsMemory)
		if in.processor.memory.taken != 0 || large.opened.Event.Type != "" || large.opened.Path != "direct" {
			t.Errorf("%d bytes are taken, and the event is %q", in.processor.memory.taken, large.opened.Event.Type)
		}
		if in.messages[0].opened.Event.Type != "t" {
			t.Error("an event that took no memory is gone")
		}
		large.opened = opened
		in.take(large, 100)
		in.budget.endWork()
		if in.giveBack((*message).holdsMemory); in.processor.memory.taken != 0 || large.opened.Event.Type != "t" {
			t.Error("after the end of work, a delivery that was left behind reads an event that is gone")
		}
	})
}

func TestAThousandTopicsAreNamedInTheLog(t *testing.T) {
	var o onceEach
	for i := range 1000 {
		if name := strconv.Itoa(i); !o.first(name) || o.first(name) {
			t.Fatalf("topic %d is not named once", i)
		}
	}
	if o.first("one more") {
		t.Error("one more is named")
	}
}

func TestDefaultsStandInForWhatIsNotSetAlone(t *testing.T) {
	set := Config{}.withDefaults()
	if set.LeaseMargin != 3*time.Second || set.ExpansionBytes != 64<<20 || set.MaximumPayloadBytes != 16<<20 {
		t.Errorf("a margin of %v, %d bytes of memory, payloads of %d bytes", set.LeaseMargin, set.ExpansionBytes, set.MaximumPayloadBytes)
	}
	if _, own := set.Random.(systemSource); !own || set.Now == nil || set.Log == nil || set.Flags == nil {
		t.Errorf("tokens are drawn from %T", set.Random)
	}
	set = Config{Random: rand.NewPCG(1, 2)}.withDefaults()
	if got, want := set.Random.Uint64(), rand.NewPCG(1, 2).Uint64(); got != want {
		t.Errorf("another source than the one that was set has %d, want %d", got, want)
	}
}
