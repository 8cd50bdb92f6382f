package process_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
)

// TestWhatTimeDoesNotDoIsCountedAsNeverRun holds what the stack warns of against what the function does: of a batch that is
// larger than contract.Started no more than that are started, nearly as many are, and the metric counts the others.
func TestWhatTimeDoesNotDoIsCountedAsNeverRun(t *testing.T) {
	for _, c := range []struct{ takes, timeout time.Duration }{
		{30 * time.Second, 2 * time.Minute},
		{2 * time.Second, time.Minute},
		{10 * time.Second, 15 * time.Minute},
		{9 * time.Second, 10 * time.Second},
		{1500 * time.Millisecond, 4 * time.Second},
	} {
		t.Run(fmt.Sprintf("%v each within %v", c.takes, c.timeout), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				var started atomic.Int32
				w.downstream.answer = func(ctx context.Context, _ deliver.Delivery) error {
					started.Add(1)
					select {
					case <-time.After(c.takes):
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}
				most := contract.Started(c.takes, c.timeout, 512)
				ctx, cancel := context.WithTimeout(t.Context(), c.timeout)
				defer cancel()
				messages := events(0, most+most/2)
				w.invokeWith(ctx, t, w.processor(), messages...)
				got := int(started.Load())
				if got > most || got < most*9/10 {
					t.Errorf("started %d of %d, want %d or a little less", got, len(messages), most)
				}
				if want := fmt.Sprintf(`"NeverRun":%d`, len(messages)-got); !strings.Contains(w.metrics.String(), want) {
					t.Errorf("the metrics are %s, want %s", &w.metrics, want)
				}
			})
		})
	}
}

func TestNothingIsCountedAsNeverRunWhereAllIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.invoke(t, events(0, 20)...)
		if strings.Contains(w.metrics.String(), "NeverRun") {
			t.Errorf("the metrics are %s", &w.metrics)
		}
	})
}
