package harness

import (
	"runtime"
	"time"
)

// line holds answers back for a fixed time, many at once, as a network and the service behind it would.
//
// The runtime's timers wake up to a millisecond late when the process is otherwise idle, which is a sixth of what is
// simulated here and would be charged to whoever waits. As every answer is held equally long they become due in the
// order they came, so one thread can sleep by the kernel's high-resolution clock until the next one is.
type line struct {
	latency time.Duration
	held    chan entry
}

// entry is one answer and when it may go.
type entry struct {
	due  time.Time
	done chan struct{}
}

// newLine returns a line that holds every answer for the given time. It ends when held is closed.
func newLine(latency time.Duration) *line {
	const waiting = 4096 // answers can be held before hold itself has to queue
	l := &line{latency: latency, held: make(chan entry, waiting)}
	go l.run()
	return l
}

// hold starts the time of one answer; the channel is closed when it may go.
func (l *line) hold() <-chan struct{} {
	done := make(chan struct{})
	l.held <- entry{due: time.Now().Add(l.latency), done: done}
	return done
}

// run releases the answers in the order they came.
func (l *line) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for e := range l.held {
		if left := time.Until(e.due); left > 0 {
			sleep(left)
		}
		close(e.done)
	}
}
