package simulation

import (
	"maps"
	"slices"
	"time"
)

// ending is what a message has become.
type ending string

const (
	delivered   ending = "delivered"
	duplicate   ending = "duplicate"
	quarantined ending = "quarantined"
	discarded   ending = "dead-lettered"
	dropped     ending = "dropped"
	outlived    ending = "expired in the queue"
	nowhere     ending = "nowhere"
)

// settle checks what can only be said at the end: that every message has become one thing, and that it is the right one.
func (l *ledger) settle() {
	taken := map[string]bool{}
	for _, m := range l.world.queue.messages {
		ended := l.ending(m, taken)
		l.world.count("ended " + string(ended))
		if m.replayed {
			l.world.count("replayed, then " + string(ended))
		}
		if l.paused[m.id] {
			l.world.count("paused, then " + string(ended))
		}
		if m.replay && ended == duplicate {
			l.world.count("replay of an archive taken for a duplicate")
		}
		l.judge(m, ended)
	}
}

// ending is what a message has become. The first acknowledged one of an event is the one that was delivered.
func (l *ledger) ending(m *queued, taken map[string]bool) ending {
	switch {
	case m.fate == deadLettered:
		return discarded
	case m.fate == expired:
		return outlived
	case m.fate != acknowledged:
		return nowhere
	case l.quarantined[m.id] != nil:
		return quarantined
	case l.dropped[m.id]:
		return dropped
	case !l.everywhere(m.message) && l.twinQuarantined(m.message):
		return quarantined // with another message of its batch that carries the same
	case taken[m.key]:
		return duplicate
	default:
		taken[m.key] = true
		return delivered
	}
}

// judge holds what a message has become against what it is.
func (l *ledger) judge(m *queued, ended ending) {
	w := l.world
	switch ended {
	case nowhere:
		w.violate("%s ended nowhere: %q", m.id, m.fate)
		return
	case outlived:
		return // the queue has judged it
	default:
	}
	if (ended == delivered || ended == duplicate) && !l.everywhere(m.message) {
		w.violate("%s is lost: acknowledged, and its event was neither run nor quarantined, at one of its targets", m.id)
	}
	if i := l.idle(m.message); i != nil && ended == discarded && m.of.temper == healthy && !m.of.mixed {
		w.violate("%s is dead-lettered and its event was never run, although nothing kept %s from it", m.id, i.name)
	}
	if !w.plan.calm {
		return
	}
	if due := m.due(w); !slices.Contains(due, ended) {
		w.violate("%s ended %s, should have ended %q: nothing was wrong but its temper %d", m.id, ended, due, m.of.temper)
	}
	if ended == discarded && l.quarantined[m.id] != nil {
		w.violate("%s is in the validation queue and in the dead-letter queue", m.id)
	}
}

// idle is an invocation that was handed a message of an event that has never been run, and that nothing kept from
// running it: neither the flags nor what lay beside the message, and neither it nor those who held the claim when it asked
// were hindered.
func (l *ledger) idle(m *message) *invocation {
	if l.ran(m.key) {
		return nil
	}
	for _, i := range l.receives[m] {
		blocked := func(by held) bool { return by.by.wasHindered(m.key) && !i.couldOutlast(m.key, by) }
		if !i.keptFrom(m) && !i.wasHindered(m.key) && !slices.ContainsFunc(i.had(m.key).met, blocked) {
			return i
		}
	}
	return nil
}

// couldOutlast reports whether an invocation that found a claim held could have taken it over: at its last receive a message
// waits within the invocation for the end of a killed one's lease, if there is time for that and for its delivery.
func (i *invocation) couldOutlast(key string, by held) bool {
	const longestWait = 6 * time.Second // between two looks, and for a good call of the table
	return i.lastReceive(key) && by.by.isKilled() && by.until.Add(longestWait).Before(i.startedAt.Add(i.world.plan.timeout-guard))
}

// lastReceive reports whether a message of an event is in an invocation's batch for the last time.
func (i *invocation) lastReceive(key string) bool {
	return slices.ContainsFunc(i.batch, func(r received) bool { return r.key == key && r.count >= i.world.plan.maxReceives })
}

// due is what a message can become in a world without faults.
func (m *queued) due(w *world) []ending {
	var due []ending
	p, relentsAt := w.plan, time.Duration(0)
	if m.of.relents && len(w.plan.replayAt) > 0 {
		relentsAt = w.plan.replayAt[0]
	}
	switch m.of.temper {
	case malformed:
		due = []ending{quarantined}
	case rejecting:
		if due = []ending{quarantined}; relentsAt > 0 {
			due = []ending{delivered, duplicate}
			if m.sentAt.Sub(w.start) < relentsAt {
				due = append(due, quarantined)
			}
		}
	case poison:
		due = []ending{discarded}
	case slow: // every call may be cut off by the deadline
		due = []ending{delivered, duplicate, discarded}
	default:
		due = []ending{delivered, duplicate}
	}
	if p.drops(m.of) {
		due = []ending{dropped}
	}
	if m.of.mixed || p.ever(func(s flagState) bool { return s.refuses(m.of) }) {
		due = append(due, quarantined)
	}
	if p.ever(func(s flagState) bool { return s.switchesOff(m.message) }) {
		due = append(due, quarantined)
	}
	if p.ever(func(s flagState) bool { return s.drops(m.of) }) {
		due = append(due, dropped)
	}
	if p.ever(func(s flagState) bool { return s.pauses(m.of) }) {
		due = append(due, discarded) // it may be paused at every receive
	}
	if p.tight && (m.takes > 0 || m.object != "") && slices.ContainsFunc(p.entities, func(e *entity) bool { return e.temper == slow }) {
		due = append(due, discarded) // it may wait for the memory of a slow one at every receive
	}
	return due
}

// twinQuarantined reports whether another message with the same event and payload is in the validation queue.
func (l *ledger) twinQuarantined(m *message) bool {
	if m.key == "" {
		return false
	}
	return slices.ContainsFunc(slices.Collect(maps.Keys(l.quarantined)), func(id string) bool {
		other := l.world.queue.find(id)
		return other.key == m.key && other.hash == m.hash
	})
}
