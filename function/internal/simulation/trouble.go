package simulation

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/process"
)

// What the function allows itself before it gives a write to the table up, as its own constants have it.
const (
	// completionLinger is how long a completion may wait for others to share its call with.
	completionLinger = 100 * time.Millisecond
	// longestPause is the longest wait between two attempts, and longestRound what may pass beside it: other statements of
	// the round may be waiting for an answer, and then for that of a read, when one has long failed.
	longestPause = time.Second + time.Millisecond
	longestRound = longestPause + 4*time.Second
	// releaseAttempts is how often a release is tried: a lease that can't be given up ends by itself.
	releaseAttempts = 4
	// guard is the time before the deadline that is for writing things down. At abandon before it the deliveries that
	// have not returned are left behind, at settleEnd before it the writes to the table end.
	guard     = process.DefaultDeadlineGuard
	settleEnd = guard / 4
	abandon   = guard * 3 / 4
)

// trouble is what an invocation has had with one event. It stays as it is when the process is killed.
type trouble struct {
	claimed    bool          // a claim was written
	resent     bool          // the SDK has sent a call about it again, so that its caller was told later
	told       time.Time     // when the call that wrote it was over
	started    time.Time     // when its delivery was first begun
	running    int           // deliveries under way
	delivered  time.Time     // when the latest one returned
	wait       time.Duration // that was asked for after that
	asked      bool          // one was
	failedHash string        // of the message whose delivery failed
	failedAt   time.Time     // when one failed for a reason that may be gone after a while
	calls      int           // of the table, under way
	called     bool          // a completion or release was tried since the latest delivery returned
	failed     bool          // the latest one failed, or its answer was lost or late
	at         time.Time     // when it was over
	releasing  bool          // the claim is being released
	// remembering is true from when the record is to say which targets have the event, in the place of a release.
	remembering bool
	unreleased  int    // attempts at that which failed, one after the other
	stuck       bool   // as many as there are: the claim of a round was left
	strayed     bool   // a request took effect after it had been given up
	hindered    bool   // anything went wrong
	met         []held // who held the claim when it was looked for
}

// held is an invocation that was found to hold a claim, and when its lease ends by the clock of whoever found it.
type held struct {
	by    *invocation
	until time.Time
}

// on changes what is known about a key, unless the process is dead: what it seems to do then, nobody does.
func (i *invocation) on(key string, change func(*trouble)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.killed {
		return
	}
	if i.troubles[key] == nil {
		i.troubles[key] = &trouble{}
	}
	change(i.troubles[key])
}

// had is what the invocation has had with a key so far.
func (i *invocation) had(key string) trouble {
	i.mu.Lock()
	defer i.mu.Unlock()
	if t := i.troubles[key]; t != nil {
		return *t
	}
	return trouble{}
}

// callBegins notes that a call of the table is made about a key.
func (i *invocation) callBegins(key string, releases bool) {
	i.on(key, func(t *trouble) {
		t.calls++
		t.failed = false
		t.called = t.called || releases
		t.releasing = releases || t.remembering
	})
}

// completing notes that a call is made which completes events: heartbeats look like it to the table.
func (i *invocation) completing(statements []types.BatchStatementRequest) {
	for _, s := range statements {
		if isCompletion(s) {
			const keyParameter = 2
			i.on(text(s.Parameters[keyParameter]), func(t *trouble) { t.called = true })
		}
		if aws.ToString(s.Statement) == dedup.RememberStatement(tableName) {
			const keyParameter = 2
			i.on(text(s.Parameters[keyParameter]), func(t *trouble) { t.called, t.remembering = true, true })
		}
	}
}

func isCompletion(s types.BatchStatementRequest) bool {
	return aws.ToString(s.Statement) == dedup.CompleteStatement(tableName)
}

// fault notes that the call under way about each of the keys does not go well.
func (i *invocation) fault(keys ...string) {
	for _, key := range keys {
		i.on(key, func(t *trouble) { t.failed, t.hindered = true, true })
	}
}

// callEnds notes that a call about keys is over.
func (i *invocation) callEnds(keys []string) {
	now := time.Now()
	for _, key := range keys {
		i.on(key, func(t *trouble) {
			t.calls--
			t.at = now
			if t.claimed && t.told.IsZero() {
				t.told = now
			}
			switch {
			case !t.releasing:
			case !t.failed:
				t.unreleased = 0
			default:
				t.unreleased++
				t.stuck = t.stuck || t.unreleased >= releaseAttempts
			}
		})
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.killed {
		i.lastCall = now
	}
}

// hinder notes that something else stood in the way of an event.
func (i *invocation) hinder(key string) { i.on(key, func(t *trouble) { t.hindered = true }) }

// tryingAt reports whether the invocation could still be trying to write at a given time: the latest attempt has failed,
// and the pause after it was not over, or a call that is made before the next one.
func (i *invocation) tryingAt(end time.Time, t trouble) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !t.failed || end.Sub(t.at) > longestRound {
		return false
	}
	for _, other := range i.troubles { // an attempt waits for the reads of those that it shared a call with
		if other.calls > 0 {
			return true
		}
	}
	return end.Sub(i.lastCall) <= longestPause
}

// settles is when an invocation stops writing to the table.
func (i *invocation) settles() time.Time {
	return i.startedAt.Add(i.world.plan.timeout - settleEnd)
}

// couldNotWrite reports whether the table kept an invocation from writing for as long as it tries, or until its end.
func (i *invocation) couldNotWrite(key string, end time.Time) bool {
	t := i.had(key)
	if settles := i.settles(); end.After(settles) {
		end = settles
	}
	stalled := !i.stalledUntil.Before(end.Add(-time.Millisecond)) // an instant later it gets on, too late
	return stalled || i.tryingAt(end, t) || t.stuck
}

// leftBehind reports whether a delivery had not returned when the invocation stopped waiting for it, although it was
// cancelled.
func (i *invocation) leftBehind(key string) bool {
	t := i.had(key)
	return t.running > 0 || !t.delivered.Before(i.startedAt.Add(i.world.plan.timeout-abandon))
}

// couldNotComplete reports whether an invocation that has run an event and is gone had no way of saying so: it was killed
// before the completion was due, or in the midst of it, or the table did not take it.
func (i *invocation) couldNotComplete(key string) bool {
	i.mu.Lock()
	killed, at := i.killed, i.endedAt
	i.mu.Unlock()
	t := i.had(key)
	switch {
	case i.leftBehind(key):
		return true
	case !killed:
		return i.couldNotWrite(key, i.settles())
	case !t.called:
		// Where the process stands still, a beat of the heartbeat does as well, and settling waits for its end.
		return at.Sub(t.delivered) <= completionLinger || i.stalledUntil.After(t.delivered)
	default:
		return t.calls > 0 || i.couldNotWrite(key, at)
	}
}

// wasHindered reports whether anything has kept an invocation from running an event: a fault of the table or the
// downstream on this event, or one that befell the whole process.
func (i *invocation) wasHindered(key string) bool {
	if i.startedAt.IsZero() {
		return true // it was never started
	}
	i.mu.Lock()
	all := i.killed || i.stalledUntil.After(i.startedAt) || i.endedAt.Sub(i.startedAt) >= i.world.plan.timeout-guard
	i.mu.Unlock()
	return all || i.had(key).hindered
}

// over notes how an invocation has ended. The environment's lock must be held.
func (i *invocation) over(killed bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.killed, i.finished = killed, !killed
	i.endedAt, i.stalledUntil = time.Now(), i.environment.stalledUntil
}
