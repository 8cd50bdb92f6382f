package simulation

import (
	"fmt"
	"sync"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/internal/dynamofake"
)

const (
	tableName     = "dedup"
	ingestionURL  = "https://sqs.eu-west-1.amazonaws.com/123456789012/ingestion"
	validationURL = "https://sqs.eu-west-1.amazonaws.com/123456789012/validation"

	// horizon is the virtual time after which a world that is not quiet will never be.
	horizon = 400 * 24 * time.Hour
)

// world is one simulated installation. It lives in a synctest bubble.
type world struct {
	plan     *plan
	mutation mutation
	start    time.Time

	queue     *queue
	table     *dynamofake.Table
	functions *functions
	ledger    *ledger
	parts     sync.WaitGroup // whatever goes on by itself

	mu         sync.Mutex
	deliveries int
	unsent     int
	operated   int // replays that the operator is done with
	counts     map[string]int
	violations []string
	tracing    bool
	traces     []string
}

// result is what a world shows when it has become quiet.
type result struct {
	seed       uint64
	deliveries int
	messages   int
	counts     map[string]int
	violations []string
	traces     []string
}

// run plays the world of a seed to its end. It must be called in a synctest bubble.
func run(seed uint64, m mutation, tracing bool) result {
	p := newPlan(seed)
	w := &world{
		plan: p, mutation: m, start: time.Now(), unsent: len(p.messages),
		counts: map[string]int{}, tracing: tracing,
	}
	w.queue = newQueue(w)
	w.ledger = newLedger(w)
	w.functions = &functions{world: w}
	w.table = dynamofake.New(tableName, contract.TableKey, dynamofake.WithHooks(w.tableHooks()))
	w.trace("%s", p)
	if p.calm {
		w.count("world without faults")
	}

	w.parts.Go(w.produce)
	w.parts.Go(w.sweep)
	w.parts.Go(w.operate)
	for n := range p.pollers {
		w.parts.Go(func() { w.poll(n) })
	}
	w.parts.Wait()
	w.ledger.settle()
	return result{seed, w.deliveries, len(p.messages), w.counts, w.violations, w.traces}
}

// produce sends the messages when they are due.
func (w *world) produce() {
	for _, m := range w.plan.inOrder() {
		time.Sleep(time.Until(w.start.Add(m.sendAt)))
		w.queue.send(m)
		w.mu.Lock()
		w.unsent--
		w.mu.Unlock()
	}
}

// sweep lets TTL delete expired records now and then, as late as it pleases.
func (w *world) sweep() {
	for n := range 3 {
		time.Sleep(w.plan.dice.between(0, 2*w.plan.dedupRetention, "sweep", itoa(n)))
		if w.table.DeleteExpired(contract.TableExpires) > 0 {
			w.count("record deleted by TTL")
		}
	}
}

// violate records that a promise is broken.
func (w *world) violate(format string, arguments ...any) {
	text := fmt.Sprintf(format, arguments...)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violations = append(w.violations, fmt.Sprintf("at %v: %s", time.Since(w.start), text))
	w.record("VIOLATION: " + text)
}

// count notes that something worth exercising has happened.
func (w *world) count(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[what]++
}

func (w *world) trace(format string, arguments ...any) {
	if !w.tracing {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.record(fmt.Sprintf(format, arguments...))
}

func (w *world) record(text string) {
	if w.tracing {
		w.traces = append(w.traces, fmt.Sprintf("%16v  %s", time.Since(w.start), text))
	}
}
