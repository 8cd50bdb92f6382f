package process

import (
	"context"
	"testing"
	"time"
)

// TestNothingStartsOnceDeliveriesAreLeftBehind has a process that stood still past the end of work and past the time for
// reports wake up to the second first: the end of work has cancelled nothing yet, and a worker would still start.
func TestNothingStartsOnceDeliveriesAreLeftBehind(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	in := &invocation{config: &Config{}, budget: newBudget(ctx, DefaultDeadlineGuard)}
	defer in.budget.close()
	in.writes = newWrites(in)
	in.budget.abandon = time.Now()
	decisions := make(chan decision, 1)
	in.decisions = decisions
	go func() { // the claims end when the time for work does
		<-in.budget.work.Done()
		close(decisions)
	}()
	in.deliver()
	if started := in.deliverOne(in.budget.work, &message{}); in.budget.work.Err() == nil {
		t.Errorf("work goes on after the deliveries under way were left behind: %v", started)
	}
}
