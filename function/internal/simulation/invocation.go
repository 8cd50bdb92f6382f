package simulation

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
)

// invocation is one run of the function on one batch, and what happened to it.
type invocation struct {
	world       *world
	name        string
	batch       []received
	environment *environment
	cancel      context.CancelFunc
	startedAt   time.Time
	workFrom    time.Time // when it had waited for the flags of the first round

	takes  int  // memory that its batch expands to
	doomed bool // its process is killed right after its first claims

	mu       sync.Mutex
	rounds   []flagsOfRound
	finished bool      // it has answered
	killed   bool      // it never will
	endedAt  time.Time // either of them
	// stalledUntil is the end of the latest time that its process stood still, at its own end.
	stalledUntil time.Time
	lastCall     time.Time           // when the latest call of the table was over
	troubles     map[string]*trouble // by key
	nth          map[string]int      // how often a call was made
	calls        map[int]string      // names of the table's calls, by number
	// reads are payloads being read, since readingSince, after others were for readingFor.
	reads        int
	readingSince time.Time
	readingFor   time.Duration
}

// flagsOfRound are the flags that the environment knew of when a round began, and whether they were old.
type flagsOfRound struct {
	flagState
	stale bool
}

// flags are those of the round under way.
func (i *invocation) flags() flagState {
	rounds := i.flagsOfRounds()
	return rounds[len(rounds)-1].flagState
}

// flagsOfRounds are those of each round.
func (i *invocation) flagsOfRounds() []flagsOfRound {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.rounds)
}

// forbiddenOnce reports whether flags of a round forbade to run a message.
func (i *invocation) forbiddenOnce(m *message) bool {
	return slices.ContainsFunc(i.flagsOfRounds(), func(f flagsOfRound) bool { return f.forbids(m) != "" })
}

type invocationKey struct{}

func newInvocation(w *world, name string, batch []received) *invocation {
	takes := 0
	for _, r := range batch {
		takes += r.takes
	}
	return &invocation{
		world: w, name: name, batch: batch, takes: takes,
		troubles: map[string]*trouble{}, nth: map[string]int{}, calls: map[int]string{},
	}
}

// invocationOf is the invocation that a call belongs to.
func invocationOf(ctx context.Context) *invocation {
	i, _ := ctx.Value(invocationKey{}).(*invocation)
	return i
}

func (i *invocation) ids() string {
	var b strings.Builder
	for _, r := range i.batch {
		b.WriteString(" " + r.handle)
	}
	return b.String()
}

func (i *invocation) isKilled() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.killed
}

// alive reports whether the invocation can still act.
func (i *invocation) alive() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return !i.killed && !i.finished
}

// enter begins a call: it gives it a name that says what it is about and the how manieth it is, and lets the process
// crash just before it. A call after the answer is a violation: a frozen process would make it at any later time.
func (i *invocation) enter(ctx context.Context, call string) (name string, err error) {
	i.mu.Lock()
	i.nth[call]++
	name = i.name + " " + call + " " + itoa(i.nth[call])
	i.mu.Unlock()
	return name, i.pass(ctx, name)
}

// pass begins a call that has a name.
func (i *invocation) pass(ctx context.Context, name string) error {
	i.mu.Lock()
	killed, finished := i.killed, i.finished
	i.mu.Unlock()
	if killed {
		return errKilled
	}
	i.world.trace("%s", name)
	i.stall(name)
	i.environment.thaw(i.tick(name))
	if finished {
		i.world.violate("%s calls %s after it has answered", i.name, name)
	}
	if err := i.crash("before " + name); err != nil {
		return err
	}
	return ctx.Err()
}

// crash ends the process here, for a few of all the places there are.
func (i *invocation) crash(where string) error {
	if i.isKilled() {
		return errKilled
	}
	if !i.world.plan.dice.chance(i.world.plan.rates.crash, "crash", where) {
		return nil
	}
	what, _, _ := strings.Cut(where, " ")
	i.world.count("process crashed " + what + " a call")
	time.Sleep(i.tick(where))
	i.environment.kill("crashed "+where, i.world)
	return errKilled
}

// crashAfterClaims ends the process when claims have just been written, which then stay until their leases end.
func (i *invocation) crashAfterClaims(name string) error {
	if !i.doomed && !i.world.plan.dice.chance(i.world.plan.rates.claimCrash, "claim crash", name) {
		return nil
	}
	i.world.count("process killed right after its claims")
	i.environment.kill("right after its claims: "+name, i.world)
	return errKilled
}

// crashDuring ends the process while a call is under way, for a few of all calls.
func (i *invocation) crashDuring(name string, latency time.Duration) {
	d := i.world.plan.dice
	if !d.chance(i.world.plan.rates.crash, "crash", "during", name) {
		return
	}
	i.world.count("process crashed during a call")
	i.world.parts.Go(func() {
		time.Sleep(d.between(0, latency, "crash", name))
		i.environment.kill("crashed during "+name, i.world)
	})
}

// stall stops the process for a while, more often when its time is nearly over, where it hurts most.
func (i *invocation) stall(name string) {
	const oftener = 20
	d, p := i.world.plan.dice, i.world.plan.rates.stall
	if time.Now().After(i.endsSoon()) {
		p *= oftener
	}
	if d.chance(p, "stall", name) {
		i.world.count("process stalled")
		time.Sleep(i.tick(name))
		i.environment.stall(d.between(100*time.Millisecond, 8*time.Second, "stall", name))
	}
}

// untilAbandoned waits, after the end of work has cancelled a delivery, for the very instant at which it is left behind. It
// reports whether the process got there.
func (i *invocation) untilAbandoned() bool {
	instant := i.startedAt.Add(i.world.plan.timeout - abandon)
	if time.Until(instant) > guard-abandon || !i.alive() {
		return false
	}
	timer := time.NewTimer(time.Until(instant))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-i.environment.dead:
	}
	return i.alive() && time.Now().Equal(instant)
}

// endsSoon is when the last seconds of an invocation begin, in which it has to write down what happened.
func (i *invocation) endsSoon() time.Time {
	return i.startedAt.Add(i.world.plan.timeout - 4*time.Second)
}

// tick is a moment of its own, by which what would happen together happens one by one, in the same order every time.
func (i *invocation) tick(what string) time.Duration {
	return i.world.plan.dice.between(time.Microsecond, time.Millisecond, "tick", what)
}

// wait lets virtual time pass, unless the call is cancelled or the process is killed.
func (i *invocation) wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-i.environment.dead:
	}
	i.environment.thaw(d % time.Millisecond)
	if i.isKilled() {
		return errKilled
	}
	return ctx.Err()
}
