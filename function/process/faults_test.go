package process_test

import (
	"context"
	"errors"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/process"
)

var errLost = errors.New("connection reset")

func TestCallsPerRecord(t *testing.T) {
	for _, c := range []struct{ records, calls int }{{1, 2}, {10, 2}, {25, 2}, {26, 4}, {100, 8}} {
		t.Run(strconv.Itoa(c.records), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.invoke(t, events(0, c.records)...)
				if got := w.table.Usage().Calls["BatchExecuteStatement"]; got != c.calls || w.table.Usage().Calls["BatchGetItem"] != 0 {
					t.Errorf("%d new records cost %v, want %d writes", c.records, w.table.Usage().Calls, c.calls)
				}
			})
		})
	}
}

func TestDuplicatesCostOneWriteAndOneRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.invoke(t, events(0, 10)...)
		before := w.table.Usage()
		w.invoke(t, events(0, 10)...)
		after := w.table.Usage()
		if writes, reads := after.WriteUnits-before.WriteUnits, after.ReadUnits-before.ReadUnits; writes > 10 || reads > 10 {
			t.Errorf("10 duplicates cost %v write and %v read units, want 10 and 10 at most", writes, reads)
		}
	})
}

// TestTableFaults has every event run once and end completed, whatever the table answers on the way.
func TestTableFaults(t *testing.T) {
	first := func(n int64) func() bool {
		var calls atomic.Int64
		return func() bool { return calls.Add(1) <= n }
	}
	throttle := func(n int64, code types.BatchStatementErrorCodeEnum) dynamofake.Hooks {
		hit := first(n)
		return dynamofake.Hooks{Statement: func(context.Context, dynamofake.Call, int) types.BatchStatementErrorCodeEnum {
			if hit() {
				return code
			}
			return ""
		}}
	}
	lose := func(operation string, n int64) dynamofake.Hooks {
		hit := first(n)
		return dynamofake.Hooks{After: func(_ context.Context, call dynamofake.Call) error {
			if call.Statements[0] == operation && hit() {
				return errLost
			}
			return nil
		}}
	}
	readFault := lose("INSERT", 1)
	unread := first(2)
	readFault.Unprocessed = func(context.Context, dynamofake.Call, string) bool { return unread() }
	readFault.After = func(after func(context.Context, dynamofake.Call) error) func(context.Context, dynamofake.Call) error {
		return func(ctx context.Context, call dynamofake.Call) error {
			if len(call.Statements) == 0 {
				return nil
			}
			return after(ctx, call)
		}
	}(readFault.After)
	failRead := first(1)
	readFault.Before = func(_ context.Context, call dynamofake.Call) error {
		if call.Operation == dynamofake.OpBatchGetItem && failRead() {
			return errLost
		}
		return nil
	}
	hang := first(1)
	cases := []struct {
		name  string
		hooks dynamofake.Hooks
	}{
		{"throttled statements are sent again", throttle(7, types.BatchStatementErrorCodeEnumThrottlingError)},
		{"exceeded throughput is waited out", throttle(9, types.BatchStatementErrorCodeEnumProvisionedThroughputExceeded)},
		{"internal errors are sent again", throttle(2, types.BatchStatementErrorCodeEnumInternalServerError)},
		{"a claim whose answer was lost is found to be ours", guarded(lose("INSERT", 2))},
		{"a completion whose answer was lost is found to be done", guarded(lose("UPDATE", 2))},
		{"reads that fail or leave keys out are repeated", readFault},
		{"a call that hangs is given up and repeated", dynamofake.Hooks{Before: func(ctx context.Context, _ dynamofake.Call) error {
			if hang() {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.table.SetHooks(c.hooks)
				same(t, "failed", w.invoke(t, events(0, 5)...), nil)
				same(t, "states", w.states(), []string{"completed", "completed", "completed", "completed", "completed"})
				if got := w.downstream.total(); got != 5 {
					t.Errorf("ran %d times, want 5", got)
				}
			})
		})
	}
}

// guarded keeps a hook that looks at statements from calls that have none.
func guarded(hooks dynamofake.Hooks) dynamofake.Hooks {
	after := hooks.After
	hooks.After = func(ctx context.Context, call dynamofake.Call) error {
		if len(call.Statements) == 0 {
			return nil
		}
		return after(ctx, call)
	}
	return hooks
}

func seeded(state, owner string, leaseEnd, expires time.Time, hash string) dynamofake.Item {
	item := dynamofake.Item{
		"eventId":     &types.AttributeValueMemberS{Value: keyOf(0)},
		"state":       &types.AttributeValueMemberS{Value: state},
		"owner":       &types.AttributeValueMemberS{Value: owner},
		"expiresAt":   &types.AttributeValueMemberN{Value: strconv.FormatInt(expires.Unix(), 10)},
		"payloadHash": &types.AttributeValueMemberS{Value: hash},
	}
	if state == "in-progress" {
		item["leaseEnd"] = &types.AttributeValueMemberN{Value: strconv.FormatInt(leaseEnd.UnixMilli(), 10)}
	}
	return item
}

// hashOfEvent0 is the payload hash that an invocation writes for event 0.
func hashOfEvent0(t *testing.T) string {
	t.Helper()
	w := newWorld()
	w.invoke(t, event(0))
	item, found := w.table.Peek(keyOf(0))
	if !found {
		t.Fatalf("no item %s", keyOf(0))
	}
	return item["payloadHash"].(*types.AttributeValueMemberS).Value
}

func TestRecordsOfOthers(t *testing.T) {
	cases := []struct {
		name            string
		state           string
		lease, expires  time.Duration // from now
		hash            string
		runs            int
		failed          []string
		quarantined     []string
		wait            int32
		owner, endState string
	}{
		{
			name: "in progress elsewhere: waits for that lease", state: "in-progress", lease: 40 * time.Second, expires: time.Hour,
			failed: []string{"m0"}, wait: 41, owner: "other", endState: "in-progress",
		},
		{
			name: "a lapsed lease is stolen", state: "in-progress", lease: -time.Millisecond, expires: time.Hour,
			runs: 1, endState: "completed",
		},
		{
			name: "a completed record that has expired is claimed again", state: "completed", expires: -time.Second,
			runs: 1, endState: "completed",
		},
		{
			name: "an expired record of another payload is claimed again", state: "completed", expires: -time.Second, hash: "other",
			runs: 1, endState: "completed",
		},
		{
			name: "an expired record in progress is claimed again", state: "in-progress", lease: time.Minute, expires: -time.Second,
			runs: 1, endState: "completed",
		},
		{
			name: "another payload is quarantined", state: "in-progress", lease: -time.Minute, expires: time.Hour, hash: "other",
			quarantined: []string{"payload-mismatch"}, owner: "other", endState: "in-progress",
		},
		{name: "a live completed record is a duplicate", state: "completed", expires: time.Hour, owner: "other", endState: "completed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				hash := hashOfEvent0(t)
				if c.hash != "" {
					hash = c.hash
				}
				now := time.Now()
				if err := w.table.Seed(seeded(c.state, "other", now.Add(c.lease), now.Add(c.expires), hash)); err != nil {
					t.Fatal(err)
				}
				same(t, "failed", w.invoke(t, event(0)), c.failed)
				same(t, "quarantined", w.queues.reasons(), c.quarantined)
				same(t, "states", w.states(), []string{c.endState})
				if got := w.downstream.total(); got != c.runs {
					t.Errorf("ran %d times, want %d", got, c.runs)
				}
				item, _ := w.table.Peek(keyOf(0))
				if owner := item["owner"].(*types.AttributeValueMemberS).Value; c.owner != "" && owner != c.owner {
					t.Errorf("the owner is %s, want %s", owner, c.owner)
				}
				if waits := w.queues.visibility["r-m0"]; c.wait > 0 && (len(waits) != 1 || waits[0] != c.wait) {
					t.Errorf("visible after %v, want %d", waits, c.wait)
				}
			})
		})
	}
}

// TestLostLease has the claim change hands while the event is delivered.
func TestLostLease(t *testing.T) {
	cases := []struct {
		name, state string
		gone        bool
		failed      []string
		owner       string
	}{
		{name: "completed by its next owner: delivered, nothing overwritten", state: "completed", owner: "thief"},
		{name: "held by its next owner: fails, nothing overwritten", state: "in-progress", failed: []string{"m0"}, owner: "thief"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.downstream.answer = func(context.Context, deliver.Delivery) error {
					return w.table.Seed(seeded(c.state, "thief", time.Now().Add(time.Hour), time.Now().Add(time.Hour), "h"))
				}
				same(t, "failed", w.invoke(t, event(0)), c.failed)
				same(t, "states", w.states(), []string{c.state})
				item, _ := w.table.Peek(keyOf(0))
				if owner := item["owner"].(*types.AttributeValueMemberS).Value; owner != c.owner {
					t.Errorf("the owner is %s, want %s", owner, c.owner)
				}
			})
		})
	}
}

// TestTwoProcessors has two processes receive the same events at the same time: each event runs once.
func TestTwoProcessors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		w.downstream.answer = func(context.Context, deliver.Delivery) error { time.Sleep(50 * time.Millisecond); return nil }
		w.table.SetHooks(dynamofake.Hooks{Before: func(context.Context, dynamofake.Call) error {
			time.Sleep(6 * time.Millisecond)
			return nil
		}})
		processors := []*process.Processor{w.processor(), w.processor()}
		done := make(chan int)
		for _, p := range processors {
			go func() {
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
				defer cancel()
				done <- len(w.invokeWith(ctx, t, p, events(0, 100)...))
			}()
		}
		failed := <-done + <-done
		if got := w.downstream.total(); got != 100 || failed != 100 {
			t.Errorf("ran %d times with %d failed, want 100 and 100", got, failed)
		}
	})
}
