package simulation

import (
	"context"
	"sync"
	"time"
)

const (
	// pollInterval is the time between polls for flags, repollInterval that after one that failed.
	pollInterval   = 30 * time.Second
	repollInterval = 5 * time.Second
	// longestSettle is how long after a poll's start an invocation waits for its end.
	longestSettle = 500 * time.Millisecond
	// longestFresh is how long an invocation waits for a poll when it knows old flags only.
	longestFresh = 2 * time.Second
)

// flagClient is the poller of an environment: what it knows of the flags is what its latest good poll found.
type flagClient struct {
	world *world
	name  string // of the environment

	mu    sync.Mutex
	state flagState
	polls int
	due   time.Time
	// confirmed is when a poll last succeeded.
	confirmed time.Time
	// The poll under way: when it began and ends (zero: there is none), and what it will find.
	began, ends time.Time
	found       flagState
	failed      bool
}

// newFlagClient begins with what an earlier process of the environment has left in a file, or with nothing.
func newFlagClient(w *world, name string) *flagClient {
	c := &flagClient{world: w, name: name}
	// What is the same event must not depend on whether a process knows the flags yet: no ledger could keep up with that.
	if w.plan.changes[0].state.again || w.plan.dice.chance(0.7, "kept flags", name) {
		c.state = w.plan.flagsAt(time.Since(w.start))
	}
	return c
}

// known are the flags that the environment goes by now.
func (c *flagClient) known() flagState {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
	return c.state
}

// end ends the poll under way if it is time. The lock must be held.
func (c *flagClient) end() {
	if c.ends.IsZero() || c.ends.After(time.Now()) {
		return
	}
	c.due = c.ends.Add(pollInterval)
	switch {
	case c.failed:
		c.due = c.ends.Add(repollInterval)
		c.world.count("poll for flags failed")
		c.ends = time.Time{}
		return
	case c.found != c.state:
		c.world.count("flags changed in a process")
		c.state = c.found
	}
	c.confirmed, c.ends = c.ends, time.Time{}
}

// Fresh waits for the poll under way if the flags are old, and sets what the invocation knows in the round that begins.
func (c *flagClient) Fresh(ctx context.Context) bool {
	i := invocationOf(ctx)
	old := func() (bool, time.Duration) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.end()
		harmless := c.state == flagState{}
		return !harmless && time.Since(c.confirmed) > 2*pollInterval, time.Until(c.ends)
	}
	stale, left := old()
	if stale && left > 0 && i != nil {
		c.world.count("invocation waited for flags")
		_ = i.wait(ctx, min(left+i.tick("fresh "+i.name), longestFresh))
		stale, _ = old()
	}
	if i != nil {
		i.mu.Lock()
		defer i.mu.Unlock()
		if len(i.rounds) == 0 {
			i.workFrom = time.Now()
		}
		i.rounds = append(i.rounds, flagsOfRound{c.known(), stale})
	}
	return !stale
}

func (c *flagClient) Current() *flagSet { return setOf(c.known().document()) }

// Poke starts a poll if one is due. It finds the flags of half-way through.
func (c *flagClient) Poke() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end()
	now := time.Now()
	if !c.ends.IsZero() || now.Before(c.due) {
		return
	}
	c.polls++
	w, d := c.world, c.world.plan.dice
	name := "poll " + c.name + " " + itoa(c.polls)
	latency := d.between(10*time.Millisecond, 80*time.Millisecond, "latency", name)
	if d.chance(w.plan.rates.flagsSlow, "slow", name) {
		latency = d.between(200*time.Millisecond, 5*time.Second, "latency", name)
	}
	c.began, c.ends = now, now.Add(latency)
	c.failed = d.chance(w.plan.rates.flagsRefused, "refused", name)
	c.found = w.plan.flagsAt(now.Add(latency / 2).Sub(w.start))
}

// Settle waits for the poll under way, a while.
func (c *flagClient) Settle(ctx context.Context) {
	i := invocationOf(ctx)
	c.mu.Lock()
	c.end()
	left := min(time.Until(c.ends), time.Until(c.began.Add(longestSettle)))
	c.mu.Unlock()
	if i == nil || left <= 0 {
		return
	}
	c.world.count("invocation waited for a poll")
	_ = i.wait(ctx, left+i.tick("settle "+i.name)) // whatever ended it, the invocation is over
}
