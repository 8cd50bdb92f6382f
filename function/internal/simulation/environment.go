package simulation

import (
	"sync"
	"time"

	"cc-eventbridge/function/process"
)

// environment is an execution environment: one process of the function, with a clock of its own.
type environment struct {
	name      string
	skew      time.Duration
	processor *process.Processor
	flags     *flagClient
	dead      chan struct{}

	mu           sync.Mutex
	killed       bool
	stalledUntil time.Time
	served       int
	active       map[*invocation]bool
}

// reserve takes a place in the process if it is alive and has one.
func (e *environment) reserve(places int) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.killed || e.processor == nil || len(e.active) >= places {
		return false
	}
	e.served++
	return true
}

// retire ends a process that is idle, as Lambda does at will; one that is not lives on.
func (e *environment) retire() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.active) == 0 {
		e.killed = true
		close(e.dead)
	}
}

// stall stops the process for a while, as a host short of CPU does: nothing that it has under way gets further. Of two
// standstills at a time the later end counts.
func (e *environment) stall(d time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if until := time.Now().Add(d); until.After(e.stalledUntil) {
		e.stalledUntil = until
	}
}

// thaw waits until the process gets on, and a moment longer, or is dead.
func (e *environment) thaw(moment time.Duration) {
	e.mu.Lock()
	left := time.Until(e.stalledUntil)
	e.mu.Unlock()
	if left <= 0 {
		return
	}
	timer := time.NewTimer(left + moment)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-e.dead:
	}
}

// start puts an invocation into the process. One that comes just as the process dies dies with it.
func (e *environment) start(i *invocation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	i.startedAt, i.workFrom = time.Now(), time.Now()
	if e.killed {
		i.over(true)
		i.cancel()
	}
	if len(e.active) > 0 {
		i.world.count("two invocations in one process")
	}
	e.active[i] = true
}

// stop takes an invocation that has answered out of the process, which Lambda freezes then.
func (e *environment) stop(i *invocation) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.active, i)
	i.over(false)
}

// kill ends the process and everything in it.
func (e *environment) kill(why string, w *world) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.killed {
		return
	}
	e.killed = true
	close(e.dead)
	w.trace("%s is killed: %s", e.name, why)
	for i := range e.active {
		i.over(true)
		i.cancel()
	}
}
