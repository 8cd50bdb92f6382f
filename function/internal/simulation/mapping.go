package simulation

import "time"

// poll is one poller of the event source mapping: it receives messages, gathers a batch, invokes the function and acts
// on the response. As many pollers as the mapping's maximum concurrency run side by side.
func (w *world) poll(poller int) {
	name := "poller " + itoa(poller)
	for step := 0; ; step++ {
		if now := time.Since(w.start); now >= w.plan.offFrom && now < w.plan.offUntil {
			w.count("mapping switched off")
			time.Sleep(w.plan.offUntil - now + w.plan.dice.between(time.Millisecond, 20*time.Millisecond, "switched on", name))
		}
		batch := w.gather(name, step)
		if len(batch) > 0 {
			w.handle(name, step, batch)
			continue
		}
		next, more := w.next()
		if !more || time.Since(w.start) > horizon {
			if more && poller == 0 {
				w.violate("the queue is not empty after %v", horizon)
			}
			return
		}
		// A poll of its own at a time of its own: no two pollers compete for a message.
		time.Sleep(max(0, time.Until(next)) + w.plan.dice.between(time.Millisecond, 20*time.Millisecond, "poll", name, itoa(step)))
	}
}

// next is when there may be something to receive, and whether there will ever be.
func (w *world) next() (next time.Time, more bool) {
	next, more = w.queue.next()
	w.mu.Lock()
	unsent, operated := w.unsent, w.operated
	w.mu.Unlock()
	if operated < len(w.plan.replayAt) {
		due := w.start.Add(w.plan.replayAt[operated])
		if !more || due.Before(next) {
			next, more = due, true
		}
	}
	if unsent > 0 {
		due := w.start.Add(w.plan.inOrder()[len(w.plan.messages)-unsent].sendAt)
		if !more || due.Before(next) {
			next, more = due, true
		}
	}
	// While the function runs it can make messages visible earlier than they were to be.
	if soon := time.Now().Add(time.Second); w.functions.running() && more && next.After(soon) {
		next = soon
	}
	return next, more
}

// gather receives until the batch is full or the window closes.
func (w *world) gather(name string, step int) []received {
	if next, found := w.queue.next(); !found || next.After(time.Now()) {
		return nil
	}
	receiveMost := 10 // ReceiveMessage's MaxNumberOfMessages: SQS API reference
	if w.plan.huge() {
		receiveMost *= 100 // calls side by side
	}
	batch := w.queue.receive(min(receiveMost, w.plan.batchSize))
	closes := time.Now().Add(w.plan.window)
	for round := 0; len(batch) > 0 && len(batch) < w.plan.batchSize && time.Now().Before(closes); round++ {
		time.Sleep(w.plan.dice.between(w.plan.window/8, w.plan.window/3, "gather", name, itoa(step), itoa(round)))
		batch = append(batch, w.queue.receive(min(receiveMost, w.plan.batchSize-len(batch)))...)
	}
	return batch
}

// handle invokes the function with a batch and deletes what it does not report as failed.
func (w *world) handle(name string, step int, batch []received) {
	if len(batch) >= 1000 {
		w.count("batch of a thousand or more")
	}
	w.doubled(name, step, batch)
	response, ok := w.functions.invoke(batch)
	// A crash ends several invocations at once; their pollers go on one by one.
	time.Sleep(w.plan.dice.between(time.Microsecond, time.Millisecond, "answer", name, itoa(step)))
	if !ok {
		return // the messages come back when they become visible again
	}
	ids, keys := make(map[string]bool, len(batch)), make(map[string]wrapping, len(batch))
	for _, r := range batch {
		if first, twice := keys[r.key]; twice && r.key != "" {
			w.count("event twice in a batch")
			if r.wrapping != first {
				w.count("event twice in a batch, wrapped in two ways")
			}
		}
		if ids[r.id] {
			w.count("message twice in a batch")
		}
		ids[r.id], keys[r.key] = true, r.wrapping
	}
	failed, whole := interpret(response, ids)
	if whole != nil {
		w.violate("a response fails the whole batch: %v", whole)
		return
	}
	for _, r := range batch {
		if failed[r.id] {
			continue
		}
		time.Sleep(w.plan.dice.between(time.Millisecond, 10*time.Millisecond, "delete", name, itoa(step), r.handle))
		if w.plan.dice.chance(w.plan.rates.lostDelete, "lost delete", r.handle) {
			w.count("acknowledged message not deleted")
			continue
		}
		w.queue.delete(r.handle)
	}
}

// doubled now and then hands a batch to a second invocation, of which the poller knows nothing: it gets the same receipt
// handles, while the first one is under way or has just ended, and nobody reads its response. In half of the cases its
// process is about to be killed, as was seen of an emulator.
func (w *world) doubled(poller string, step int, batch []received) {
	d, about := w.plan.dice, itoa(step)
	if !d.chance(w.plan.rates.doubled, "doubled", poller, about) {
		return
	}
	w.count("batch handed to two invocations")
	w.parts.Go(func() {
		time.Sleep(d.between(time.Millisecond, w.plan.timeout, "doubled", poller, about))
		w.functions.invokeDoomed(batch, d.chance(0.5, "doomed", poller, about))
	})
}
