package simulation

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/internal/dynamofake"
)

// record is an item of the table as the ledger reads it.
type record struct {
	owner, hash string
	completed   bool
	leaseEnd    time.Time
	expires     time.Time
}

func read(item dynamofake.Item) *record {
	if item == nil {
		return nil
	}
	return &record{
		owner: text(item[contract.TableOwner]), hash: text(item[contract.TablePayloadHash]),
		completed: text(item[contract.TableState]) == contract.StateCompleted,
		leaseEnd:  time.UnixMilli(number(item[contract.TableLeaseEnd])),
		expires:   time.Unix(number(item[contract.TableExpires]), 0),
	}
}

func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func number(v types.AttributeValue) int64 {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0
	}
	i, err := strconv.ParseInt(n.Value, 10, 64)
	if err != nil {
		return 0
	}
	return i
}

// observe judges every change of a record: by whom, on what, and with what right.
func (l *ledger) observe(m dynamofake.Mutation) {
	i := invocationOf(m.Context)
	if i == nil {
		return // TTL, which the table decides by its own clock
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if m.Context.Value(strayKey{}) != nil {
		i.on(m.Key, func(t *trouble) { t.strayed, t.hindered = true, true })
	}
	before, after := read(m.Before), read(m.After)
	now := time.Now().Add(i.environment.skew) // the actor's clock
	l.world.trace("%s: %s %s", i.name, m.Operation, m.Key)
	if after != nil && (before == nil || before.owner != after.owner) {
		if other := l.owners[after.owner]; other != nil && other != i {
			l.world.violate("%s uses the owner token of %s", i.name, other.name)
		}
		l.owners[after.owner] = i
	}
	if after != nil && !after.completed && (before == nil || before.owner != after.owner) {
		i.on(m.Key, func(t *trouble) { t.claimed, t.told = true, time.Time{} })
	}
	switch {
	case before == nil:
		if after.completed {
			l.world.violate("%s creates a completed record of %s", i.name, m.Key)
		}
	case !before.expires.After(now):
		l.world.count("expired record renewed")
	case before.completed:
		if after == nil || !after.completed || l.owners[before.owner] != i {
			l.world.violate("%s overwrites or removes the completed record of %s", i.name, m.Key)
		}
	case after == nil:
		l.mustOwn(i, before, m.Key, "releases")
		if slices.ContainsFunc(l.history(m.Key).runs, func(run *call) bool { return run.by == i && !run.cut }) {
			l.world.violate("%s releases the claim on %s, which it has run", i.name, m.Key)
		}
	case after.completed:
		l.mustOwn(i, before, m.Key, "completes")
		l.complete(i, m.Key, after)
	case after.owner == before.owner:
		l.mustOwn(i, before, m.Key, "extends")
		l.world.count("lease extended")
	default:
		l.steal(i, before, m.Key, now)
	}
}

func (l *ledger) mustOwn(i *invocation, before *record, key, does string) {
	if owner := l.owners[before.owner]; owner != i {
		l.world.violate("%s %s the claim of %s on %s", i.name, does, owner.name, key)
	}
}

func (l *ledger) complete(i *invocation, key string, after *record) {
	if l.completedWithoutCause(i, key) {
		l.world.violate("%s completes the record of %s and has neither run nor quarantined it", i.name, key)
	}
	for _, run := range l.history(key).runs {
		if run.by == i {
			run.recorded, run.expires = true, after.expires
		}
	}
}

func (l *ledger) steal(i *invocation, before *record, key string, now time.Time) {
	l.world.count("lapsed lease stolen")
	if before.leaseEnd.After(now) {
		l.world.violate("%s steals a lease on %s that has %v to go", i.name, key, before.leaseEnd.Sub(now))
	}
	if owner := l.owners[before.owner]; owner.alive() {
		l.world.violate("%s steals the claim on %s of %s, which is alive", i.name, key, owner.name)
	}
}

// answered judges a response: what it acknowledges must be safe, and no claim may be left behind.
func (l *ledger) answered(i *invocation, response []byte) {
	ids := map[string]bool{}
	for _, r := range i.batch {
		ids[r.id] = true
	}
	failed, whole := interpret(response, ids)
	if whole != nil {
		return // reported by the mapping
	}
	if !bytes.HasPrefix(response, []byte(`{"batchItemFailures":[`)) || bytes.Count(response, []byte(`"itemIdentifier"`)) != len(failed) {
		l.world.violate("%s answers without a list, or names a message twice: %s", i.name, response)
	}
	if i.flags() != i.environment.flags.known() {
		l.world.count("flags changed under an invocation")
	}
	if slices.ContainsFunc(i.batch, func(r received) bool { return i.crowded(r.message) }) {
		l.world.count("batch larger than the room")
	}
	i.judgeOrder()
	for _, r := range i.batch {
		i.judgeBackOff(r)
		had := i.had(r.key)
		// A message that waited for the next round, for memory or because of another payload, may not have been tried at all.
		postponed := had.failedHash != r.hash || i.outOfTime() && i.crowded(r.message)
		if !had.failedAt.IsZero() && l.world.plan.calm && !postponed {
			l.world.queue.backOff(r, had.failedAt)
		}
		item, _ := l.world.table.Peek(r.key)
		record := read(item)
		l.mu.Lock()
		quarantined := l.isQuarantined(r.message, i)
		by := i.verdict(r.message)
		dropped := by.drops && l.quarantined[r.id] == nil // itself, whatever became of its twin
		holds := record != nil && !record.completed && l.owners[record.owner] == i
		l.mu.Unlock()
		switch {
		case !holds:
		case i.couldNotWrite(r.key, i.settles()):
			l.world.count("claim left, the table failed")
		case had.strayed:
			l.world.count("claim left by a request that had been given up")
		case i.leftBehind(r.key):
			l.world.count("claim left with a delivery that did not end")
		default:
			l.world.violate("%s has answered and still holds the claim on %s", i.name, r.id)
		}
		if failed[r.id] {
			l.failed(i, r)
			continue
		}
		if quarantined && !dropped {
			continue
		}
		switch {
		case by.allows && record != nil && record.completed && record.hash == r.hash:
		case by.drops:
			l.mu.Lock()
			l.dropped[r.id] = true
			l.mu.Unlock()
		case !by.allows:
			l.world.violate("%s acknowledges %s, %s", i.name, r.id, by.why)
		case r.key == "":
			l.world.violate("%s acknowledges %s, which has no identity and is not in the validation queue", i.name, r.id)
		case record == nil || !record.completed:
			l.world.violate("%s acknowledges %s, whose event has no completed record", i.name, r.id)
		case record.hash != r.hash:
			l.world.violate("%s acknowledges %s, whose record is of another payload", i.name, r.id)
		}
	}
}

// verdict is what the flags of an invocation's rounds say of a message together.
type verdict struct {
	// allows: those of a round let it go on. drops: those of a round had its topic dropped, and were fresh.
	allows, drops bool
	// why is what the last ones had against it.
	why string
	// onlyDrops and onlyPauses: all said so; pauses, stale and switchedOff: any did.
	onlyDrops, pauses, onlyPauses, stale, switchedOff bool
}

func (i *invocation) verdict(m *message) verdict {
	v := verdict{onlyDrops: true, onlyPauses: true}
	for _, f := range i.flagsOfRounds() {
		v.onlyDrops, v.onlyPauses = v.onlyDrops && f.drops(m.of), v.onlyPauses && f.pauses(m.of)
		v.switchedOff = v.switchedOff || f.switchesOff(m)
		v.pauses, v.stale = v.pauses || f.pauses(m.of), v.stale || f.stale
		switch {
		case f.switchesOff(m):
			v.why = "whose decoder is switched off"
		case f.pauses(m.of):
			v.why = "whose topic is paused"
		case f.drops(m.of) && f.stale:
			v.why = "whose topic is dropped by flags that are old"
		case f.drops(m.of):
			v.drops = true
		default:
			v.allows = true
		}
	}
	return v
}

// failed judges a message that goes back to the queue, where the flags have a say in it.
func (l *ledger) failed(i *invocation, r received) {
	by := i.verdict(r.message)
	waited := i.outOfTime() && (i.crowded(r.message) || i.world.plan.sharing > 1) // for memory, in vain
	reached := !i.unread(r.message) && !waited && !by.switchedOff                 // the step at which flags are looked at
	switch {
	case waited:
		l.world.count("message without room")
	case by.stale:
		l.world.count("message comes again beside old flags")
	case reached && by.onlyDrops && !r.of.mixed: // another payload is for the validation queue, which may fail
		l.world.violate("%s has %s come again, whose topic is dropped", i.name, r.id)
	}
	if !by.pauses {
		return
	}
	l.mu.Lock()
	l.paused[r.id] = true
	l.mu.Unlock()
	if l.world.plan.calm && reached && by.onlyPauses {
		l.world.queue.pause(r, i.startedAt)
	}
}

// isQuarantined reports whether a message is in the validation queue, or shared the fate of its twin in the batch that is.
// The lock must be held.
func (l *ledger) isQuarantined(m *message, i *invocation) bool {
	if len(l.quarantined) == 0 {
		return false
	}
	for _, r := range i.batch {
		if twin := r.key == m.key && r.hash == m.hash && m.key != ""; (r.message == m || twin) && l.quarantined[r.id] != nil {
			return true
		}
	}
	return false
}
