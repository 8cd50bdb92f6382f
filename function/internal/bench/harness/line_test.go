package harness

import (
	"testing"
	"time"
)

func TestAnswersAreHeldSideBySideAndNeverTooShort(t *testing.T) {
	const latency, answers = 5 * time.Millisecond, 200
	l := newLine(latency)
	defer close(l.held)
	started := time.Now()
	held := make([]<-chan struct{}, answers)
	for i := range held {
		held[i] = l.hold()
	}
	for _, done := range held {
		<-done
	}
	elapsed := time.Since(started)
	if elapsed < latency {
		t.Errorf("%d answers went after %v, before the latency of %v", answers, elapsed, latency)
	}
	if serial := answers * latency; elapsed > serial/2 {
		t.Errorf("%d answers took %v: they were held one after another, which takes %v", answers, elapsed, serial)
	}
}

func TestALineWithoutLatencyHoldsNothing(t *testing.T) {
	l := newLine(0)
	defer close(l.held)
	<-l.hold()
}
