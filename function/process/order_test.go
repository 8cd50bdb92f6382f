package process_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/process"
)

// TestMessagesWithTheFewestReceivesLeftComeFirst: where there is no time for all, the others still have a receive to come.
func TestMessagesWithTheFewestReceivesLeftComeFirst(t *testing.T) {
	w := newWorld()
	w.wrap = func(config *process.Config) { config.Workers = 1 }
	var order []string
	w.downstream.answer = func(_ context.Context, delivery deliver.Delivery) error {
		order = append(order, delivery.MessageID)
		return nil
	}
	batch := events(0, 6)
	for i, receives := range []int{1, 3, 2, 1, 3, 2} {
		batch[i].receives = receives
	}
	if failed := w.invoke(t, batch...); len(failed) != 0 {
		t.Errorf("failed %v, want none", failed)
	}
	if want := []string{"m1", "m4", "m2", "m5", "m0", "m3"}; !slices.Equal(order, want) {
		t.Errorf("delivered in the order %v, want %v", order, want)
	}
}

// TestALeaseInTheWayExtendsTheWait has the release of a claim fail, so that the message waits for the end of the lease or for
// what the failure asks for, whichever is later.
func TestALeaseInTheWayExtendsTheWait(t *testing.T) {
	for _, c := range []struct {
		name        string
		retryAfter  time.Duration
		least, most int32
	}{
		{"the lease ends later", time.Second, 120, 125},
		{"the downstream asks for more than the lease", 10 * time.Minute, 600, 600},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.downstream.answer = func(context.Context, deliver.Delivery) error { return deliver.Transient(errDown, c.retryAfter) }
				w.table.SetHooks(dynamofake.Hooks{Statement: func(_ context.Context, call dynamofake.Call, index int) types.BatchStatementErrorCodeEnum {
					if call.Statements[index] == "DELETE" {
						return types.BatchStatementErrorCodeEnumAccessDenied
					}
					return ""
				}})
				if failed := w.invoke(t, event(0)); !slices.Equal(failed, []string{"m0"}) {
					t.Errorf("failed %v, want m0", failed)
				}
				if waits := w.queues.visibility["r-m0"]; len(waits) != 1 || waits[0] < c.least || waits[0] > c.most {
					t.Errorf("waits %v s, want %d to %d", waits, c.least, c.most)
				}
			})
		})
	}
}
