package simulation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"cc-eventbridge/function/payload"
	"cc-eventbridge/function/process"
)

const (
	// latestKill is how late Lambda was seen to kill after the timeout.
	latestKill = 700 * time.Millisecond
	// largestSkew is how far a process's clock is off: two are twice that apart, which the lease margin covers.
	largestSkew = time.Second
)

// errKilled is what a call of a process that was killed returns: nobody is there to read it.
var errKilled = errors.New("the process was killed")

// functions is Lambda with the function deployed to it.
type functions struct {
	world *world

	mu          sync.Mutex
	processes   []*environment
	started     int
	invocations int
	active      int
}

func (f *functions) running() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.active > 0
}

// invoke runs the function on a batch. It returns false when there is no response: the function failed, timed out or
// was killed.
func (f *functions) invoke(batch []received) (response []byte, ok bool) {
	return f.invokeDoomed(batch, false)
}

// invokeDoomed does so in a process that, when doomed, is killed right after the invocation's first claims.
func (f *functions) invokeDoomed(batch []received, doomed bool) (response []byte, ok bool) {
	w, d := f.world, f.world.plan.dice
	i := f.begin(batch)
	i.doomed = doomed
	defer f.end()
	if d.chance(w.plan.rates.notInvoked, "not invoked", i.name) {
		w.count("invocation throttled")
		return nil, false
	}
	i.environment = f.environment()
	ctx, cancel := context.WithDeadline(context.WithValue(context.Background(), invocationKey{}, i), time.Now().Add(w.plan.timeout))
	defer cancel()
	i.cancel = cancel
	i.environment.start(i)
	w.trace("%s starts in %s with %s", i.name, i.environment.name, i.ids())

	type answer struct {
		response []byte
		err      error
	}
	answers := make(chan answer, 1)
	w.parts.Go(func() {
		defer func() {
			if r := recover(); r != nil {
				w.violate("a panic escaped the function: %v", r)
				answers <- answer{err: errKilled}
			}
		}()
		response, err := i.environment.processor.Invoke(ctx, event(w.mutation.batch(w, batch)))
		answers <- answer{response, err}
	})
	kill := time.NewTimer(w.plan.timeout + d.between(time.Millisecond, latestKill, "late kill", i.name))
	defer kill.Stop()
	select {
	case a := <-answers:
		if i.isKilled() {
			return nil, false
		}
		if time.Since(i.startedAt) > w.plan.timeout {
			w.count("response after the timeout")
			i.environment.kill("answered too late", w)
			return nil, false
		}
		i.environment.stop(i)
		if a.err != nil {
			w.violate("%s: the function failed: %v", i.name, a.err)
			return nil, false
		}
		response := w.mutation.answer(i, a.response)
		w.trace("%s answers %s", i.name, response)
		w.ledger.answered(i, response)
		return response, true
	case <-kill.C:
		w.count("process killed at the timeout")
		i.environment.kill("timed out", w)
	case <-i.environment.dead:
	}
	return nil, false
}

func (f *functions) begin(batch []received) *invocation {
	f.mu.Lock()
	f.invocations++
	f.active++
	name := fmt.Sprintf("i%d", f.invocations)
	f.mu.Unlock()
	f.world.mu.Lock()
	f.world.deliveries += len(batch)
	f.world.mu.Unlock()
	i := newInvocation(f.world, name, batch)
	f.world.ledger.received(i)
	return i
}

func (f *functions) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active--
}

// environment finds a warm process with room for one more invocation, or starts one, which takes its time.
func (f *functions) environment() *environment {
	d := f.world.plan.dice
	f.mu.Lock()
	for _, e := range f.processes {
		if !e.reserve(f.world.plan.sharing) {
			continue
		}
		if d.chance(f.world.plan.rates.recycle, "recycle", e.name, itoa(e.served)) {
			e.retire()
			continue
		}
		f.mu.Unlock()
		return e
	}
	f.started++
	e := &environment{name: fmt.Sprintf("p%d", f.started), dead: make(chan struct{}), active: map[*invocation]bool{}, served: 1}
	f.processes = append(f.processes, e)
	f.mu.Unlock()

	e.skew = pick(d, []time.Duration{-largestSkew, largestSkew, d.between(-largestSkew, largestSkew, "skew", e.name)}, "skewed", e.name)
	if f.world.plan.calm {
		e.skew = 0
	}
	time.Sleep(d.between(40*time.Millisecond, 400*time.Millisecond, "cold start", e.name))
	f.world.count("cold start")
	e.mu.Lock()
	defer e.mu.Unlock()
	e.flags = newFlagClient(f.world, e.name)
	e.processor = f.world.newProcessor(e)
	return e
}

func (w *world) newProcessor(e *environment) *process.Processor {
	config := process.Config{
		TableName: tableName, IngestionQueueURL: ingestionURL, ValidationQueueURL: validationURL,
		DedupRetention: w.plan.dedupRetention, QueueVisibilityTimeout: w.plan.visibility,
		MessageRetention: w.plan.retention, MaxReceiveCount: w.plan.maxReceives,
		ClaimChecks: rules, MaximumPayloadBytes: w.plan.maximumPayload, ExpansionBytes: w.plan.expansion,
		DynamoDB: w.mutation.table(w, tableClient{w}), SQS: w.mutation.queue(w, queueClient{w}), Downstream: downstream{w, onlyTarget}, Routes: w.routes(),
		Payloads: w.mutation.bucket(w, payloads{w, payload.NewBucket(bucketClient{w}, payloadBucket)}),
		Oversize: payload.NewBucket(bucketClient{w}, payloadBucket),
		Flags:    w.mutation.flagged(e.flags),
		Now:      func() time.Time { return time.Now().Add(e.skew) },
		Log:      slog.New(slog.DiscardHandler),
		Random:   rand.NewPCG(w.plan.dice.roll("random", e.name), 0),
	}
	if !w.plan.calm {
		config.Workers = pick(w.plan.dice, []int{0, 0, 2}, "workers")
	}
	w.mutation.configure(&config)
	return process.New(config)
}
