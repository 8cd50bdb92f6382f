package pipeline_test

import (
	"slices"
	"strings"
)

// world draws what the metrics of a pipeline are, minute by minute from a Monday at 0:00 UTC. It is a model of the flow, with
// the messages of a minute as one: what a scenario changes in it is in its fields.
type world struct {
	now int
	// capacity is how many messages the consumer receives in a minute; 0 is a consumer that is stopped.
	capacity int
	// batch is how many minutes it takes to handle a message.
	batch int
	// tries is maxReceiveCount.
	tries int
	// fate is what becomes of a message that is received.
	fate func(topic string) fate

	waiting, inFlight []messages
	dlq, dlqInFlight  int
	ruleDLQ           int
	validation        int
	values            map[string][]float64
}

type fate uint8

const (
	delivered fate = iota
	fails
	isPaused
	isQuarantined
	neverRuns
)

// messages are of one minute and one topic.
type messages struct {
	n, sent, receives, due int
	topic                  string
	done                   bool
}

// retention is how long values are looked back at: beyond any alarm's periods.
func newWorld() *world {
	return &world{capacity: 1000, tries: 3, fate: func(string) fate { return delivered }, values: map[string][]float64{}}
}

// count adds to the value of a metric in this minute.
func (w *world) count(metric string, n int) {
	if n != 0 {
		list := w.values[metric]
		list = append(list, make([]float64, w.now+1-len(list))...)
		list[w.now] += float64(n)
		w.values[metric] = list
	}
}

func (w *world) arrive(topic string, n int) {
	if n > 0 {
		w.waiting = append(w.waiting, messages{n: n, sent: w.now, topic: topic})
		w.count("ingestion NumberOfMessagesSent", n)
	}
}

func (w *world) handle(m messages) {
	m.receives++
	w.count("ingestion NumberOfMessagesReceived", m.n)
	switch w.fate(m.topic) {
	case isQuarantined:
		w.count("QuarantinedMessages", m.n)
		w.count("validation NumberOfMessagesSent", m.n)
		w.validation += m.n
		m.done = true
	case delivered:
		m.done = true
	case fails:
		m.due = w.now + 1
	case neverRuns:
		w.count("NeverRun", m.n)
		m.due = w.now + 1
	case isPaused:
		w.count("PausedEvents", m.n)
		m.due = w.now + 60
	}
	if m.done {
		if m.due = w.now + w.batch; w.batch == 0 {
			w.count("ingestion NumberOfMessagesDeleted", m.n)
			return
		}
	}
	w.inFlight = append(w.inFlight, m)
}

// pass ends a minute: what is due is visible again, dead-lettered or deleted, the consumer receives, and SQS looks at its queues.
func (w *world) pass() {
	var still []messages
	for _, m := range w.inFlight {
		switch {
		case m.due > w.now:
			still = append(still, m)
		case m.done:
			w.count("ingestion NumberOfMessagesDeleted", m.n)
		case m.receives >= w.tries:
			w.dlq += m.n
		default:
			w.waiting = append(w.waiting, m)
		}
	}
	w.inFlight = still
	left := w.capacity
	var unreceived []messages
	for _, m := range w.waiting {
		take := min(m.n, left)
		left -= take
		if rest := m; take < m.n {
			rest.n -= take
			unreceived = append(unreceived, rest)
		}
		if m.n = take; take > 0 {
			w.handle(m)
		}
	}
	w.waiting = unreceived
	if w.capacity > 0 && left > 0 {
		w.count("ingestion NumberOfEmptyReceives", 15)
	}
	oldest := 0
	for _, m := range slices.Concat(w.waiting, w.inFlight) {
		if m.receives < 3 {
			oldest = max(oldest, (w.now-m.sent)*60+1)
		}
	}
	number := func(list []messages) (n int) {
		for _, m := range list {
			n += m.n
		}
		return n
	}
	w.count("ingestion ApproximateNumberOfMessagesVisible", number(w.waiting))
	w.count("ingestion ApproximateNumberOfMessagesNotVisible", number(w.inFlight))
	w.count("ingestion ApproximateAgeOfOldestMessage", oldest)
	w.count("dlq ApproximateNumberOfMessagesVisible", w.dlq)
	w.count("dlq ApproximateNumberOfMessagesNotVisible", w.dlqInFlight)
	w.count("rule-dlq ApproximateNumberOfMessagesVisible", w.ruleDLQ)
	w.count("validation ApproximateNumberOfMessagesVisible", w.validation)
	w.now++
}

// activeMinutes is how long SQS calls a queue active after its last use.
const activeMinutes = 6 * 60

// reading is one way in which metrics may be published.
type reading struct {
	// zeros is whether an active queue publishes a 0, or nothing instead.
	zeros bool
	// late is how many minutes after its own a value is there.
	late int
	mathReading
}

var readings = func() (all []reading) {
	for i := range 1 << 4 {
		on := func(bit int) bool { return i>>bit&1 == 1 }
		r := reading{zeros: on(0), late: 1, mathReading: mathReading{emptyStays: on(1), diffNeedsBoth: on(2)}}
		if on(3) {
			r.late = 3
		}
		all = append(all, r)
	}
	return all
}()

// published is a metric as CloudWatch has it: its values, and from which minute on each is known.
type published struct {
	values series
	known  []int
}

// publish has all metrics of a world as a reading publishes them.
func (w *world) publish(r reading) map[string]published {
	lastUse := map[string][]int{} // by queue, the last minute with anything in it
	for metric, values := range w.values {
		queue, _, isQueue := strings.Cut(metric, " ")
		if !isQueue {
			continue
		}
		if lastUse[queue] == nil {
			lastUse[queue] = slices.Repeat([]int{-1 << 30}, w.now)
		}
		for m, value := range values {
			if value != 0 {
				lastUse[queue][m] = m
			}
		}
	}
	for _, uses := range lastUse {
		for m := 1; m < len(uses); m++ {
			uses[m] = max(uses[m], uses[m-1])
		}
	}
	all := map[string]published{}
	add := func(metric string, values []float64) {
		queue, _, isQueue := strings.Cut(metric, " ")
		p := published{values: make(series, w.now), known: make([]int, w.now)}
		began := -1 << 30 // when the queue was last taken into use after it was idle
		for m := range w.now {
			value := 0.0
			if m < len(values) {
				value = values[m]
			}
			p.known[m] = m + r.late
			active := false
			if isQueue {
				active = m-lastUse[queue][m] < activeMinutes
				if active && (m == 0 || m-1-lastUse[queue][m-1] >= activeMinutes) {
					began = m
				}
				if m < began+15 {
					p.known[m] = max(p.known[m], began+15)
				}
			}
			if value != 0 || active && r.zeros {
				p.values[m] = &value
			}
		}
		all[metric] = p
	}
	for metric, values := range w.values {
		add(metric, values)
	}
	for _, queue := range []string{"ingestion", "dlq", "rule-dlq", "validation"} {
		if lastUse[queue] == nil {
			lastUse[queue] = slices.Repeat([]int{-1 << 30}, w.now)
		}
		for _, metric := range sqsMetrics {
			if _, there := all[queue+" "+metric]; !there {
				add(queue+" "+metric, nil)
			}
		}
	}
	return all
}

var sqsMetrics = []string{
	"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
	"ApproximateAgeOfOldestMessage", "NumberOfMessagesSent", "NumberOfMessagesReceived", "NumberOfMessagesDeleted",
	"NumberOfEmptyReceives",
}
