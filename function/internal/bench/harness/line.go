package harness

import (
	"runtime"
	"time"
)

// waiting is how many answers can be held before Wait itself has to queue.
const waiting = 4096

// Line holds answers back.
type Line struct {
	latency time.Duration
	held    chan entry
}

// entry is one answer and when it may go.
type entry struct {
	due  time.Time
	done chan struct{}
}

// NewLine returns a line that holds every answer for the given time. Close ends it.
func NewLine(latency time.Duration) *Line {
	l := &Line{latency: latency, held: make(chan entry, waiting)}
	go l.run()
	return l
}

// Close ends the line once it holds nothing any more; Wait must not be called afterwards.
func (l *Line) Close() { close(l.held) }

// Hold starts the time of one answer; the channel is closed when it may go.
func (l *Line) Hold() <-chan struct{} {
	done := make(chan struct{})
	l.held <- entry{due: time.Now().Add(l.latency), done: done}
	return done
}

// run releases the answers in the order they came.
func (l *Line) run() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for e := range l.held {
		if left := time.Until(e.due); left > 0 {
			sleep(left)
		}
		close(e.done)
	}
}
