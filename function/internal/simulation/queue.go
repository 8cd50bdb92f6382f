package simulation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// maximumVisibility is how long a message can stay invisible after one receive: SQS quotas, "Visibility timeout".
const maximumVisibility = 12 * time.Hour

// fate is where a message has ended.
type fate string

const (
	waiting      fate = ""
	acknowledged fate = "acknowledged"
	deadLettered fate = "dead-lettered"
	expired      fate = "expired in the queue"
)

// queue is a Standard queue with a redrive policy.
type queue struct {
	world *world

	mu       sync.Mutex
	messages []*queued
	handles  map[string]*queued
	ids      map[string]*queued
}

func newQueue(w *world) *queue {
	return &queue{world: w, handles: map[string]*queued{}, ids: map[string]*queued{}}
}

// queued is a message in the queue.
type queued struct {
	*message
	fate       fate
	sentAt     time.Time
	visibleAt  time.Time
	receives   int
	receivedAt time.Time
	handle     string        // of the latest receive
	order      uint64        // in which visible messages are received
	notBefore  time.Time     // before which it should not be received again
	waitsFor   string        // what it waits for until then
	backlog    time.Duration // for how long it was visible and nobody received it
}

// received is one receive of a message.
type received struct {
	*message
	handle string
	count  int
	sentAt time.Time
}

func (q *queue) send(m *message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	sent := &queued{message: m, sentAt: now, visibleAt: now, order: q.world.plan.dice.roll("order", m.id, "0")}
	q.messages = append(q.messages, sent)
	q.ids[m.id] = sent
	q.world.trace("%s sent", m.id)
}

// receive hands out up to most visible messages, in no particular order. A message that has been received as often as
// the redrive policy allows goes to the dead-letter queue instead, as it does in SQS: at the receive after the last.
func (q *queue) receive(most int) []received {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	visible := slices.DeleteFunc(slices.Clone(q.messages), func(m *queued) bool { return !q.visible(m, now) })
	slices.SortFunc(visible, func(a, b *queued) int { return cmp.Compare(a.order, b.order) })
	var batch []received
	for _, m := range visible {
		if len(batch) == most {
			break
		}
		if now.Before(m.notBefore) {
			q.world.violate("%s is received again %v before its %s may end", m.id, m.notBefore.Sub(now), m.waitsFor)
		}
		if m.receives >= q.world.plan.maxReceives {
			q.end(m, deadLettered)
			continue
		}
		m.receives++
		m.order = q.world.plan.dice.roll("order", m.id, itoa(m.receives))
		m.backlog += now.Sub(m.visibleAt)
		m.receivedAt, m.visibleAt = now, now.Add(q.world.plan.visibility)
		m.handle = handleOf(m.message, m.receives)
		q.handles[m.handle] = m
		batch = append(batch, received{m.message, m.handle, m.receives, m.sentAt})
		if q.world.plan.dice.chance(q.world.plan.rates.ghost, "ghost", m.handle) {
			// At-least-once delivery: one of the hosts that store the message has missed that it was received.
			// It is visible there for a while or until the receive ends, and never invisible for longer than by the receive alone.
			longest := min(2*q.world.plan.timeout, q.world.plan.visibility)
			m.visibleAt = now.Add(q.world.plan.dice.between(0, longest, "ghost delay", m.handle))
			q.world.count("message received twice at a time")
		}
	}
	return batch
}

// handleOf is the receipt handle of one receive of a message.
func handleOf(m *message, receives int) string { return m.id + "#" + itoa(receives) }

func (q *queue) visible(m *queued, now time.Time) bool {
	if m.fate != waiting {
		return false
	}
	if expires := q.expires(m); !now.Before(expires) {
		m.backlog += max(expires.Sub(m.visibleAt), 0)
		q.end(m, expired)
		return false
	}
	return !m.visibleAt.After(now)
}

func (q *queue) expires(m *queued) time.Time { return m.sentAt.Add(q.world.plan.retention) }

// longestBacklog is how long a message can be visible in all before it is received, and still be dead-lettered within its
// retention, whatever its receives come to. The retention of a plan has room for that.
const longestBacklog = time.Minute

func (q *queue) end(m *queued, f fate) {
	m.fate = f
	q.world.trace("%s %s after %d receives", m.id, f, m.receives)
	switch {
	case f != expired:
	case m.backlog > longestBacklog:
		q.world.count("expired behind a backlog")
	default:
		q.world.violate("%s expired in the queue after %d receives, %v after it was sent, and was never dead-lettered", m.id, m.receives, q.world.plan.retention)
	}
}

// waits judges how long a received message is to stay invisible, in seconds: every receive that is left may take the whole
// of its visibility timeout, and must be over before the message expires. What renews the visibility timeout of a message
// under way is no wait.
func (q *queue) waits(m *queued, until time.Time, seconds int32) {
	const slack = 5 * time.Second // clocks that are apart, and whole seconds
	p := q.world.plan
	left := time.Duration(p.maxReceives - m.receives)
	wait := time.Duration(seconds) * time.Second
	if wait > 0 && wait != p.visibility && q.expires(m).Sub(until) < left*p.visibility-slack {
		q.world.violate("%s is made to wait %v, %v before it expires: too late for %d receives that may time out", m.id, wait, q.expires(m).Sub(until), left)
	}
}

// delete acknowledges the message of a receipt handle. A handle that is not the latest may or may not work.
func (q *queue) delete(handle string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	m := q.handles[handle]
	if m.fate != waiting || m.handle != handle && q.world.plan.dice.chance(0.5, "stale delete", handle) {
		q.world.count("delete with a stale receipt handle")
		return
	}
	q.end(m, acknowledged)
}

// changeVisibility answers with an SQS error code, or "".
func (q *queue) changeVisibility(handle string, seconds int32) string {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := time.Now()
	m := q.handles[handle]
	until := now.Add(time.Duration(seconds) * time.Second)
	switch {
	case m == nil:
		return "ReceiptHandleIsInvalid"
	case seconds < 0 || until.Sub(m.receivedAt) > maximumVisibility:
		return "InvalidParameterValue"
	case m.fate != waiting || m.handle != handle || m.visibleAt.Before(now):
		return "MessageNotInflight"
	}
	if seconds == 0 {
		q.world.count("message made visible at once")
	}
	q.waits(m, until, seconds)
	m.visibleAt = until
	q.world.trace("%s visible in %ds", m.id, seconds)
	return ""
}

// shortestBackOff is the least that a message is to wait after a transient failure: half of the first wait is certain.
const shortestBackOff = 5 * time.Second

// backOff notes that a received message has failed, at a given time, for a reason that may be gone after a while. Only
// the retention, of which every receive that is left has its share, and the last receive, after which nothing is waited
// for, shorten the wait.
func (q *queue) backOff(r received, failed time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	left := q.world.plan.maxReceives - r.count
	if left <= 0 {
		return
	}
	q.handles[r.handle].notBefore, q.handles[r.handle].waitsFor = failed.Add(min(shortestBackOff, q.share(r, left))), "back-off"
	q.world.count("back-off begun")
}

// share is the longest wait that the retention has room for when a number of receives is left: beside a visibility timeout
// for each of them, they and the one that dead-letters the message have equal shares of it.
func (q *queue) share(r received, left int) time.Duration {
	free := time.Until(r.sentAt.Add(q.world.plan.retention)) - time.Duration(left)*q.world.plan.visibility
	return max(free/time.Duration(left+1), 0)
}

// What a message of a paused topic waits, at its last receive and before; and how much less it may be, because the wait
// begins before the answer and is in whole seconds.
const (
	pauseWait     = time.Hour
	lastPauseWait = 12*time.Hour - 20*time.Minute
	pauseSlack    = 2 * time.Second
)

// pause notes that a message was received, at a given time, while its topic is paused. Its wait may be shortened by the
// retention alone.
func (q *queue) pause(r received, began time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	wait, left := pauseWait, q.world.plan.maxReceives-r.count
	if left <= 0 {
		wait, left = lastPauseWait, 1
	}
	q.handles[r.handle].notBefore, q.handles[r.handle].waitsFor = began.Add(min(wait, q.share(r, left))-pauseSlack), "pause"
	q.world.count("pause begun")
}

// next is the time at which some message becomes visible or is to be looked at again, and whether there is one.
func (q *queue) next() (next time.Time, found bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range q.messages {
		if m.fate == waiting && (!found || m.visibleAt.Before(next)) {
			next, found = m.visibleAt, true
		}
	}
	return next, found
}

// find is the queued message of a receipt handle or a message id.
func (q *queue) find(name string) *queued {
	q.mu.Lock()
	defer q.mu.Unlock()
	if m := q.handles[name]; m != nil {
		return m
	}
	return q.ids[name]
}

// event is the batch as the function is invoked with it.
func event(batch []received) []byte {
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	for i, r := range batch {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"messageId":%q,"receiptHandle":%q,"body":%q,"attributes":{"ApproximateReceiveCount":"%d",`+
			`"SentTimestamp":"%d","SenderId":"AROAEXAMPLE","ApproximateFirstReceiveTimestamp":"%d"},"messageAttributes":{},`+
			`"md5OfBody":"0","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:123456789012:q","awsRegion":"eu-west-1"}`,
			r.id, r.handle, r.body, r.count, r.sentAt.UnixMilli(), r.sentAt.UnixMilli())
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}
