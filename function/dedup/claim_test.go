package dedup_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/internal/dynamofake"
)

// TestStatements shows the statements as they go to DynamoDB.
func TestStatements(t *testing.T) {
	for want, got := range map[string]string{
		`INSERT INTO "t" VALUE {'eventId': ?, 'state': ?, 'owner': ?, 'leaseEnd': ?, 'expiresAt': ?, 'payloadHash': ?}`:                       dedup.InsertStatement("t"),
		`UPDATE "t" SET "state"=?, "owner"=?, "leaseEnd"=?, "expiresAt"=?, "payloadHash"=? WHERE "eventId"=? AND "owner"=? AND "expiresAt"=?`: dedup.RenewExpiredStatement("t"),
		`UPDATE "t" SET "owner"=?, "leaseEnd"=?, "expiresAt"=? WHERE "eventId"=? AND "owner"=? AND "leaseEnd"=? AND "state"=?`:                dedup.StealStatement("t"),
		`UPDATE "t" SET "state"=?, "expiresAt"=? WHERE "eventId"=? AND "owner"=? AND "state"=?`:                                               dedup.CompleteStatement("t"),
		`DELETE FROM "t" WHERE "eventId"=? AND "owner"=? AND "state"=?`:                                                                       dedup.ReleaseStatement("t"),
		`UPDATE "t" SET "leaseEnd"=? WHERE "eventId"=? AND "owner"=? AND "state"=?`:                                                           dedup.ExtendStatement("t"),
	} {
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func newTable(fake *dynamofake.Table) *dedup.Table {
	return dedup.NewTable(fake, "dedup", 24*time.Hour, time.Now)
}

func requests(n int) ([]dedup.Request, []string) {
	var (
		requests []dedup.Request
		keys     []string
	)
	for i := range n {
		keys = append(keys, "key"+strconv.Itoa(i))
		requests = append(requests, dedup.Request{Key: keys[i], PayloadHash: "hash"})
	}
	return requests, keys
}

// claim runs a claim to its end and returns the answers, each of which must come once.
func claim(t *testing.T, attempt *dedup.Attempt, requests []dedup.Request, seed uint64) []dedup.Result {
	t.Helper()
	results, answers := make([]dedup.Result, len(requests)), make([]int, len(requests))
	rest := attempt.Claim(t.Context(), requests, seed, func(i int, result dedup.Result) {
		results[i] = result
		answers[i]++
	})
	if rest != nil {
		rest()
	}
	for i, n := range answers {
		if n != 1 {
			t.Errorf("request %d has %d answers, want 1", i, n)
		}
	}
	return results
}

func statusesOf(results []dedup.Result) map[dedup.Status]int {
	statuses := map[dedup.Status]int{}
	for _, result := range results {
		statuses[result.Status]++
	}
	return statuses
}

func TestOneOfTwoAttemptsGetsTheClaim(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := dynamofake.New("dedup", "eventId")
		table := newTable(fake)
		end := time.Now().Add(time.Minute)
		one, two := table.Attempt("one", end), table.Attempt("two", end)
		all, keys := requests(130)
		if got := statusesOf(claim(t, one, all, 1)); got[dedup.Claimed] != 130 {
			t.Fatalf("first: %v", got)
		}
		results := claim(t, two, all, 1)
		if got := statusesOf(results); got[dedup.InProgress] != 130 || !results[0].Until.Equal(end.Truncate(time.Millisecond)) {
			t.Fatalf("second: %v until %v", got, results[0].Until)
		}
		if got := fake.Usage().Calls; got["BatchExecuteStatement"] != 12 || got["BatchGetItem"] != 2 {
			t.Errorf("calls %v, want 6 writes each and 2 reads", got)
		}
		for _, err := range two.Release(t.Context(), keys, 1) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if fake.Len() != 130 {
			t.Fatal("a claim was released by someone who does not hold it")
		}
		completions, _ := two.Complete(minute(t), keys[:1], 1)
		if completions[0] != dedup.Failed {
			t.Fatal("a claim was completed by someone who does not hold it")
		}
		if completions, errs := one.Complete(minute(t), keys, 1); completions[129] != dedup.Done || errs[129] != nil {
			t.Fatal(errs)
		}
		completions, _ = two.Complete(minute(t), keys[:1], 1)
		if completions[0] != dedup.Fenced {
			t.Fatal("the completion of another's completed claim is not fenced")
		}
		if got := statusesOf(claim(t, two, all, 1)); got[dedup.Completed] != 130 {
			t.Fatalf("after completion: %v", got)
		}
	})
}

func TestALapsedLeaseIsStolenOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := dynamofake.New("dedup", "eventId")
		table := newTable(fake)
		all, keys := requests(1)
		owner := table.Attempt("owner", time.Now().Add(time.Second))
		claim(t, owner, all, 1)
		time.Sleep(2 * time.Second)
		fake.SetHooks(dynamofake.Hooks{Before: func(context.Context, dynamofake.Call) error { time.Sleep(time.Millisecond); return nil }})
		results := make(chan dedup.Result)
		for i := range 5 {
			go func() {
				thief := table.Attempt("thief"+strconv.Itoa(i), time.Now().Add(time.Minute))
				results <- claim(t, thief, all, uint64(i))[0]
			}()
		}
		stolen := 0
		for range 5 {
			switch result := <-results; result.Status {
			case dedup.Claimed:
				stolen++
				if !result.Stolen {
					t.Error("a stolen claim is not called so")
				}
			case dedup.InProgress:
			default:
				t.Errorf("%+v", result)
			}
		}
		if stolen != 1 {
			t.Errorf("stolen %d times", stolen)
		}
		if errs := owner.Extend(t.Context(), keys, time.Now().Add(time.Hour), 1); !errors.Is(errs[0], dedup.ErrLost) {
			t.Errorf("extension of a stolen claim: %v", errs[0])
		}
		if completions, errs := owner.Complete(minute(t), keys, 1); completions[0] != dedup.Failed || !errors.Is(errs[0], dedup.ErrLost) {
			t.Errorf("completion of a stolen claim: %v, %v", completions[0], errs[0])
		}
	})
}

func TestUnresolvedClaims(t *testing.T) {
	cases := []struct {
		name  string
		err   error
		after bool // the call takes effect, its answer is lost
		// throttled is the answer to the statement of every call that is not refused as a whole. A copy that the SDK has sent
		// again is answered so, too, after the first took effect.
		throttled types.BatchStatementErrorCodeEnum
		mayHold   bool
		calls     int
	}{
		{name: "no permission is not tried again", err: &smithy.GenericAPIError{Code: "AccessDeniedException", Fault: smithy.FaultClient}, calls: 1},
		{name: "throttled calls are, for a while, and may hide a claim", err: &types.ProvisionedThroughputExceededException{}, mayHold: true, calls: 6},
		{name: "lost answers are, and may hide a claim", err: errors.New("reset"), after: true, mayHold: true, calls: 6},
		{name: "so may statements that are throttled, one by one", throttled: types.BatchStatementErrorCodeEnumThrottlingError, mayHold: true, calls: 6},
		{name: "so may errors of the service", err: &types.InternalServerError{}, mayHold: true, calls: 6},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls atomic.Int64
				hook := func(context.Context, dynamofake.Call) error { calls.Add(1); return c.err }
				hooks := dynamofake.Hooks{Before: hook, Statement: func(context.Context, dynamofake.Call, int) types.BatchStatementErrorCodeEnum {
					return c.throttled
				}}
				if c.after {
					hooks = dynamofake.Hooks{After: hook}
				}
				fake := dynamofake.New("dedup", "eventId", dynamofake.WithHooks(hooks))
				all, _ := requests(1)
				result := claim(t, newTable(fake).Attempt("one", time.Now().Add(time.Minute)), all, 1)[0]
				if result.Status != dedup.Unresolved || result.MayHold != c.mayHold || c.err != nil && !errors.Is(result.Err, c.err) || int(calls.Load()) != c.calls {
					t.Errorf("%+v after %d calls, want %d", result, calls.Load(), c.calls)
				}
			})
		})
	}
}

func TestAttemptsEndWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := dynamofake.New("dedup", "eventId", dynamofake.WithHooks(dynamofake.Hooks{
			Before: func(ctx context.Context, _ dynamofake.Call) error { <-ctx.Done(); return ctx.Err() },
		}))
		ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
		defer cancel()
		start := time.Now()
		attempt := newTable(fake).Attempt("one", start.Add(time.Minute))
		completions, errs := attempt.Complete(ctx, []string{"a"}, 1)
		if took := time.Since(start); completions[0] != dedup.Failed || errs[0] == nil || took > 7*time.Second || took < 5*time.Second {
			t.Errorf("%v, %v after %v", completions[0], errs[0], took)
		}
	})
}

// TestACallIsRefusedForOneStatementAlone has DynamoDB take no call with one certain key in it.
func TestACallIsRefusedForOneStatementAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refusal := &smithy.GenericAPIError{Code: "ValidationException", Fault: smithy.FaultClient}
		fake := dynamofake.New("dedup", "eventId", dynamofake.WithHooks(dynamofake.Hooks{Before: func(_ context.Context, call dynamofake.Call) error {
			if slices.Contains(call.Keys, "key7") {
				return refusal
			}
			return nil
		}}))
		all, _ := requests(25)
		results := claim(t, newTable(fake).Attempt("one", time.Now().Add(time.Minute)), all, 1)
		for i, result := range results {
			if want := i != 7; (result.Status == dedup.Claimed) != want || !want && !errors.Is(result.Err, refusal) {
				t.Errorf("request %d: %+v", i, result)
			}
		}
		if calls := fake.Usage().Calls["BatchExecuteStatement"]; calls > 11 {
			t.Errorf("%d calls, want 11 at most: two for each half", calls)
		}
	})
}

// TestReadsShareTheSlotsOfWrites is about a batch of thousands of duplicates.
func TestReadsShareTheSlotsOfWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var under, most atomic.Int64
		fake := dynamofake.New("dedup", "eventId", dynamofake.WithHooks(dynamofake.Hooks{
			Before: func(context.Context, dynamofake.Call) error {
				if now := under.Add(1); now > most.Load() {
					most.Store(now)
				}
				time.Sleep(5 * time.Millisecond)
				return nil
			},
			After: func(context.Context, dynamofake.Call) error { under.Add(-1); return nil },
		}))
		table := newTable(fake)
		all, _ := requests(5000)
		end := time.Now().Add(time.Minute)
		claim(t, table.Attempt("one", end), all, 1)
		most.Store(0)
		if got := statusesOf(claim(t, table.Attempt("two", end), all, 1)); got[dedup.InProgress] != 5000 {
			t.Errorf("statuses %v", got)
		}
		if most.Load() > 32 {
			t.Errorf("%d calls at a time, want 32 at most", most.Load())
		}
	})
}

// TestWhatIsClaimedDoesNotWaitForWhatIsTaken: of a batch with duplicates, the new events are the caller's after the first call.
func TestWhatIsClaimedDoesNotWaitForWhatIsTaken(t *testing.T) {
	for name, known := range map[string]bool{"completed by this process: read first": true, "completed by another": false} {
		t.Run(name, func(t *testing.T) {
			fake := dynamofake.New("dedup", "eventId")
			table := newTable(fake)
			all, keys := requests(10)
			end := time.Now().Add(time.Minute)
			before := table
			if !known {
				before = newTable(fake)
			}
			one := before.Attempt("one", end)
			claim(t, one, all[:3], 1)
			if _, errs := one.Complete(minute(t), keys[:3], 1); errs[0] != nil {
				t.Fatal(errs[0])
			}
			calls := fake.Usage().Calls
			reads, writes := calls["BatchGetItem"], calls["BatchExecuteStatement"]
			units := fake.Usage().WriteUnits
			statuses := map[dedup.Status]int{}
			rest := table.Attempt("two", end).Claim(t.Context(), all, 1, func(_ int, result dedup.Result) { statuses[result.Status]++ })
			if calls = fake.Usage().Calls; calls["BatchGetItem"] != reads || statuses[dedup.Claimed] != 7 || rest == nil {
				t.Fatalf("%d reads, claimed %v; want the 7 new ones without a read", calls["BatchGetItem"]-reads, statuses)
			}
			rest()
			if calls = fake.Usage().Calls; calls["BatchGetItem"] != reads+1 || calls["BatchExecuteStatement"] != writes+1 || statuses[dedup.Completed] != 3 {
				t.Errorf("calls %v, statuses %v; want one write and one read, 3 completed", calls, statuses)
			}
			if units = fake.Usage().WriteUnits - units; known && units != 7 {
				t.Errorf("%v write units, want 7: what was completed here is read, not written", units)
			}
		})
	}
}

// TestWhatWasCompletedHereIsForgotten: after minutes a key costs what any other does, and what was deleted is claimed.
func TestWhatWasCompletedHereIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := dynamofake.New("dedup", "eventId")
		table := newTable(fake)
		all, keys := requests(1)
		one := table.Attempt("one", time.Now().Add(time.Minute))
		claim(t, one, all, 1)
		one.Complete(minute(t), keys, 1)
		if _, err := fake.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
			TableName: aws.String("dedup"), Key: map[string]types.AttributeValue{"eventId": &types.AttributeValueMemberS{Value: keys[0]}},
		}); err != nil {
			t.Fatal(err)
		}
		if got := claim(t, one, all, 1)[0].Status; got != dedup.Claimed {
			t.Errorf("a record that is not there any more: %v, want it claimed", got)
		}
		one.Release(t.Context(), keys, 1)
		time.Sleep(11 * time.Minute)
		reads := fake.Usage().Calls["BatchGetItem"]
		claim(t, table.Attempt("two", time.Now().Add(time.Minute)), all, 1)
		if fake.Usage().Calls["BatchGetItem"] != reads {
			t.Error("a key was read first, eleven minutes after its completion")
		}
	})
}
