package simulation

import (
	"slices"
	"time"
)

// turn is an event of a batch that was claimed, when the function was told so, and when its delivery began.
type turn struct {
	key           string
	fewest, most  int // receives of its messages in the batch; which of them counts, the function may choose
	told, started time.Time
}

// judgeOrder holds the order of an invocation's deliveries against the receives that are left: an event is not begun while
// one that was known to be claimed, and has fewer receives left, waits or is never begun.
func (i *invocation) judgeOrder() {
	var turns []*turn
	known := map[string]*turn{}
	for _, r := range i.batch {
		if t := known[r.key]; t != nil {
			t.fewest, t.most = min(t.fewest, r.count), max(t.most, r.count)
			continue
		}
		had := i.had(r.key)
		t := &turn{r.key, r.count, r.count, had.told, had.started}
		known[r.key] = t
		if !t.told.IsZero() && !had.strayed && !had.resent {
			turns = append(turns, t)
		}
	}
	end := time.Now().Add(time.Hour)
	for _, t := range turns {
		if t.started.IsZero() {
			t.started = end
		}
	}
	slices.SortStableFunc(turns, func(a, b *turn) int { return a.started.Compare(b.started) })
	begun := map[int]*turn{} // the latest to begin, by its receives
	for from := 0; from < len(turns); {
		sameTime := turns[from:]
		if n := slices.IndexFunc(sameTime, func(t *turn) bool { return !t.started.Equal(sameTime[0].started) }); n > 0 {
			sameTime = sameTime[:n]
		}
		from += len(sameTime)
		for _, late := range sameTime {
			for receives := range late.fewest {
				early := begun[receives]
				if early != nil && late.told.Before(early.started) && !i.had(late.key).hindered {
					i.world.violate("%s begins with %s, which has more receives left, before %s", i.name, early.key, late.key)
					return
				}
			}
		}
		for _, t := range sameTime {
			begun[t.most] = t
		}
	}
	if len(turns) > 0 && !turns[0].started.Equal(end) && turns[len(turns)-1].started.Equal(end) {
		i.world.count("no time for some of a batch")
	}
}

// retrying is the trouble with the delivery of one received message that has failed for a reason that may be gone later.
func retrying(handle string) string { return "retrying " + handle }

// asked notes how long a message is to stay invisible, in seconds, whether the queue hears of it or not.
func (i *invocation) asked(handle string, seconds int32) {
	i.on(retrying(handle), func(t *trouble) { t.wait, t.asked = time.Duration(seconds)*time.Second, true })
}

// The certain half of the wait after a failure: doubled with every receive, up to a limit.
const (
	leastBackOff        = 5 * time.Second
	leastBackOffAtLimit = 450 * time.Second
)

// judgeBackOff holds the wait of a message whose delivery has failed against the back-off that its receives call for. A
// lease in the way makes it longer, never shorter.
func (i *invocation) judgeBackOff(r received) {
	const slack = 3 * time.Second // clocks, whole seconds, and the time between the wait and the answer
	had, p := i.had(retrying(r.handle)), i.world.plan
	left := p.maxReceives - r.count
	if had.failedAt.IsZero() || had.wait == 0 && left <= 0 || had.wait == p.visibility {
		return
	}
	least := min(leastBackOff<<min(r.count-1, 10), leastBackOffAtLimit, i.world.queue.share(r, left))
	if had.asked && had.wait < least-slack {
		i.world.violate("%s has %s wait %v after a failure at receive %d: the back-off is %v or more", i.name, r.id, had.wait, r.count, least)
	}
	i.world.count("back-off begun")
}
