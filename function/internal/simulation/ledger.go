package simulation

import (
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
)

// ledger sees everything that matters and holds it against the promises.
type ledger struct {
	world *world

	mu          sync.Mutex
	owners      map[string]*invocation // owner tokens, by who wrote them first
	events      map[string]*history    // by key
	names       map[string]string      // idempotency keys, by key
	quarantined map[string]*invocation // messages in the validation queue
	dropped     map[string]bool        // messages that were acknowledged because their topic was dropped
	paused      map[string]bool        // messages that have waited for a topic
	receives    map[*message][]*invocation
	letters     []letter       // in the validation queue
	sealed      map[string]int // how many letters there were of a message
}

// history is what the downstream knows of one event.
type history struct {
	attempts int
	runs     []*call // that had an effect, in order
	acting   map[*call]bool
}

// call is one call of the downstream.
type call struct {
	by  *invocation
	of  *message
	at  time.Time
	cut bool // its caller does not know whether it took effect
	// recorded is true once the caller has completed the event's record, which lives until expires.
	recorded bool
	expires  time.Time
}

func newLedger(w *world) *ledger {
	return &ledger{
		world: w, owners: map[string]*invocation{}, events: map[string]*history{}, names: map[string]string{},
		quarantined: map[string]*invocation{}, dropped: map[string]bool{}, paused: map[string]bool{}, receives: map[*message][]*invocation{},
		sealed: map[string]int{},
	}
}

func (l *ledger) history(key string) *history {
	h := l.events[key]
	if h == nil {
		h = &history{acting: map[*call]bool{}}
		l.events[key] = h
	}
	return h
}

// begin notes that the downstream is called. No other invocation may be calling it about the same event.
func (l *ledger) begin(i *invocation, m *message, idempotencyKey string) (c *call, attempt int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if why := i.flags().forbids(m); why != "" {
		l.world.violate("%s runs %s, %s", i.name, m.id, why)
	}
	if known, found := l.names[m.key]; found && known != idempotencyKey {
		l.world.violate("%s: the event goes under the idempotency key %q, and went under %q", m.id, idempotencyKey, known)
	}
	l.names[m.key] = idempotencyKey
	h := l.history(m.key)
	for other := range h.acting {
		if other.by.alive() && !other.cut {
			l.world.violate("%s runs %s while %s does", i.name, m.id, other.by.name)
		}
	}
	h.attempts++
	c = &call{by: i, of: m, at: time.Now()}
	h.acting[c] = true
	l.world.trace("%s delivers %s, attempt %d", i.name, m.id, h.attempts)
	return c, h.attempts
}

// received notes which messages an invocation is handed.
func (l *ledger) received(i *invocation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range i.batch {
		l.receives[r.message] = append(l.receives[r.message], i)
	}
}

// meet notes whose claim an invocation finds on a key that it reads.
func (l *ledger) meet(i *invocation, key string) {
	item, _ := l.world.table.Peek(key)
	holder := read(item)
	if holder == nil {
		return
	}
	l.mu.Lock()
	other := l.owners[holder.owner]
	l.mu.Unlock()
	if other == nil || other == i {
		return
	}
	until := holder.leaseEnd.Add(-i.environment.skew)
	i.on(key, func(t *trouble) { t.met = append(t.met, held{other, until}) })
	if holder.completed || !time.Now().Before(until) || !other.isKilled() {
		return
	}
	l.world.count("claim of a killed invocation met")
	if i.lastReceive(key) {
		l.world.count("claim of a killed invocation met at the last receive")
	}
}

func (l *ledger) end(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.history(c.of.key).acting, c)
}

// cut notes that the caller of the downstream will not learn what became of the call.
func (l *ledger) cut(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.cut = true
}

// effect notes that the downstream has acted. Every earlier run of the same event must have an excuse.
func (l *ledger) effect(c *call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.history(c.of.key)
	now := time.Now()
	for _, before := range h.runs {
		switch {
		case before.recorded && now.Before(before.expires.Add(-largestSkew-time.Second)):
			l.world.violate("%s runs %s, which %s has completed", c.by.name, c.of.id, before.by.name)
		case before.recorded || before.cut:
		case before.by.alive():
			l.world.violate("%s runs %s, and %s, which has run it, is still there to say so", c.by.name, c.of.id, before.by.name)
		case !before.by.couldNotComplete(c.of.key):
			l.world.violate("%s runs %s, which %s had run and could have completed", c.by.name, c.of.id, before.by.name)
		default:
			l.world.count("event run again, excused")
		}
	}
	if len(h.runs) > 0 && c.at.Sub(h.runs[len(h.runs)-1].at) > l.world.plan.dedupRetention {
		l.world.count("event run again, record expired")
	}
	h.runs = append(h.runs, c)
	l.world.count("run out of " + string(c.of.wrapping))
	if c.of.offloaded {
		l.world.count("run out of what was offloaded")
	}
	if c.of.inner {
		l.world.count("run out of a claim check in what was offloaded")
	}
	if c.of.replay && c.by.flags().again {
		l.world.count("replay of an archive run again")
	}
	if c.of.of.misfit {
		l.world.count("schema mismatch run, not enforced")
	}
	l.world.trace("%s has run %s", c.by.name, c.of.id)
}

// quarantine notes a message in the validation queue. Only one that can never be processed belongs there.
func (l *ledger) quarantine(i *invocation, id string, e types.SendMessageBatchRequestEntry) {
	m := l.world.queue.find(id)
	if m == nil {
		return
	}
	reason := aws.ToString(e.MessageAttributes[contract.QuarantineReason].StringValue)
	sealed, body := l.world.sealed(m.message, e)
	l.mu.Lock()
	defer l.mu.Unlock()
	if body != m.body {
		l.world.violate("%s is in the validation queue with another body", id)
	}
	if !m.deserves(reason, i.flags()) {
		l.world.violate("%s is in the validation queue for %q and should not be", id, reason)
	}
	l.world.count("quarantined for " + reason)
	l.quarantined[id] = i
	l.sealed[id]++
	sealed.number = l.sealed[id]
	l.letters = append(l.letters, sealed)
	l.world.trace("%s is in the validation queue", id)
}

// deserves reports whether a message belongs into the validation queue for a reason, under the flags of an invocation.
func (m *message) deserves(reason string, state flagState) bool {
	switch {
	case m.of.temper == malformed:
		return reason == m.of.flaw.reason || reason == string(decode.DecoderOff) && state.off != ""
	case reason == string(decode.DecoderOff):
		return state.switchesOff(m)
	case reason == "schema-mismatch":
		return state.refuses(m.of)
	case reason == "payload-mismatch":
		return m.of.mixed
	default:
		return m.of.temper == rejecting
	}
}

// completedWithoutCause reports whether an invocation completes a record of an event that it neither ran nor quarantined.
func (l *ledger) completedWithoutCause(i *invocation, key string) bool {
	for _, run := range l.history(key).runs {
		if run.by == i {
			return false
		}
	}
	for _, r := range i.batch {
		if r.key == key && l.quarantined[r.id] != nil {
			return false
		}
	}
	return true
}
