package harness_test

import (
	"testing"
	"time"

	"cc-eventbridge/function/internal/bench/harness"
)

func TestAnswersAreHeldSideBySideAndNeverTooShort(t *testing.T) {
	const latency, answers = 5 * time.Millisecond, 200
	line := harness.NewLine(latency)
	defer line.Close()
	started := time.Now()
	held := make([]<-chan struct{}, answers)
	for i := range held {
		held[i] = line.Hold()
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
	line := harness.NewLine(0)
	defer line.Close()
	<-line.Hold()
}
