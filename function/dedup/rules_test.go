package dedup_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/internal/dynamofake"
)

// watched notes when calls begin, how much they carry, and answers in the fake's place where it is told to.
type watched struct {
	*dynamofake.Table
	mutex  sync.Mutex
	writes []time.Time
	sizes  []int // of writes
	reads  []int // keys of each
	answer func(in *dynamodb.BatchExecuteStatementInput) (*dynamodb.BatchExecuteStatementOutput, error)
}

func (w *watched) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	w.mutex.Lock()
	w.writes = append(w.writes, time.Now())
	w.sizes = append(w.sizes, len(in.Statements))
	w.mutex.Unlock()
	if w.answer != nil {
		return w.answer(in)
	}
	return w.Table.BatchExecuteStatement(ctx, in, options...)
}

func (w *watched) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	w.mutex.Lock()
	for _, request := range in.RequestItems {
		w.reads = append(w.reads, len(request.Keys))
	}
	w.mutex.Unlock()
	return w.Table.BatchGetItem(ctx, in, options...)
}

func newWatched(hooks dynamofake.Hooks) (*watched, *dedup.Table) {
	w := &watched{Table: dynamofake.New("dedup", contract.TableKey, dynamofake.WithHooks(hooks))}
	return w, dedup.NewTable(w, "dedup", 24*time.Hour, time.Now)
}

// minute is a context that ends, as an invocation does: a completion is tried for as long as there is time.
func minute(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// record is an item as it lies in the table.
func record(key, state, owner, hash string, leaseEnd, expires time.Time) dynamofake.Item {
	return dynamofake.Item{
		contract.TableKey:         &types.AttributeValueMemberS{Value: key},
		contract.TableState:       &types.AttributeValueMemberS{Value: state},
		contract.TableOwner:       &types.AttributeValueMemberS{Value: owner},
		contract.TablePayloadHash: &types.AttributeValueMemberS{Value: hash},
		contract.TableLeaseEnd:    &types.AttributeValueMemberN{Value: strconv.FormatInt(leaseEnd.UnixMilli(), 10)},
		contract.TableExpires:     &types.AttributeValueMemberN{Value: strconv.FormatInt(expires.Unix(), 10)},
	}
}

func TestTheRecordInTheWayDecides(t *testing.T) {
	const (
		inProgress = contract.StateInProgress
		completed  = contract.StateCompleted
	)
	cases := []struct {
		name            string
		state, owner    string
		hash            string
		lease, expires  time.Duration // from now
		want            dedup.Status
		stolen, renewed bool
	}{
		{name: "someone else holds it", state: inProgress, owner: "other", hash: "hash", lease: time.Minute, expires: time.Hour, want: dedup.InProgress},
		{name: "a lease is held until its last millisecond", state: inProgress, owner: "other", hash: "hash", lease: time.Millisecond, expires: time.Hour, want: dedup.InProgress},
		{name: "a lease has lapsed at its end", state: inProgress, owner: "other", hash: "hash", expires: time.Hour, want: dedup.Claimed, stolen: true},
		{name: "the caller's own, of a lost answer", state: inProgress, owner: "one", hash: "hash", lease: time.Minute, expires: time.Hour, want: dedup.Claimed},
		{name: "the caller has completed it", state: completed, owner: "one", hash: "hash", lease: time.Minute, expires: time.Hour, want: dedup.Completed},
		{name: "someone else has completed it", state: completed, owner: "other", hash: "hash", lease: time.Minute, expires: time.Hour, want: dedup.Completed},
		{name: "completed, and its lease is over", state: completed, owner: "other", hash: "hash", lease: -time.Hour, expires: time.Hour, want: dedup.Completed},
		{name: "another payload is in progress", state: inProgress, owner: "other", hash: "another", lease: time.Minute, expires: time.Hour, want: dedup.Mismatch},
		{name: "another payload whose lease has lapsed", state: inProgress, owner: "other", hash: "another", lease: -time.Minute, expires: time.Hour, want: dedup.Mismatch},
		{name: "another payload is completed", state: completed, owner: "other", hash: "another", lease: time.Minute, expires: time.Hour, want: dedup.Mismatch},
		{name: "a record counts until the second of its expiry", state: completed, owner: "other", hash: "hash", expires: time.Second, want: dedup.Completed},
		{name: "a record has expired at that second", state: completed, owner: "other", hash: "hash", want: dedup.Claimed, renewed: true},
		{name: "an expired record of another payload is none", state: completed, owner: "other", hash: "another", expires: -time.Hour, want: dedup.Claimed, renewed: true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, table := newWatched(dynamofake.Hooks{})
				start := time.Now()
				if err := w.Seed(record("key", c.state, c.owner, c.hash, start.Add(c.lease), start.Add(c.expires))); err != nil {
					t.Fatal(err)
				}
				attempt := table.Attempt("one", start.Add(2*time.Minute))
				got := claim(t, attempt, []dedup.Request{{Key: "key", PayloadHash: "hash"}}, 1)[0]
				if got.Status != c.want || got.Stolen != c.stolen || got.Renewed != c.renewed || got.Err != nil {
					t.Errorf("%+v, want %d, stolen %t, renewed %t", got, c.want, c.stolen, c.renewed)
				}
				if !time.Now().Equal(start) {
					t.Errorf("it took %v, want no wait: what follows from a read is sent at once", time.Since(start))
				}
				// Whatever was there: a claim is the caller's, with the caller's payload, until the lease ends.
				if item, _ := w.Peek("key"); c.want == dedup.Claimed && (c.stolen || c.renewed) {
					want := record("key", inProgress, "one", "hash", start.Add(2*time.Minute), start.Add(24*time.Hour))
					for name, value := range want {
						if text(item[name]) != text(value) {
							t.Errorf("%s is %s, want %s", name, text(item[name]), text(value))
						}
					}
				}
			})
		})
	}
}

// text is the text or number of an attribute.
func text(value types.AttributeValue) string {
	switch value := value.(type) {
	case *types.AttributeValueMemberS:
		return value.Value
	case *types.AttributeValueMemberN:
		return value.Value
	}
	return ""
}

// TestAnItemThatKeepsChangingIsGivenUp has someone else change the item between every read and the write that follows.
func TestAnItemThatKeepsChangingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			w       *watched
			table   *dedup.Table
			changes int
		)
		change := func() {
			changes++
			past := time.Now().Add(-time.Hour)
			if err := w.Seed(record("key", contract.StateInProgress, "other"+strconv.Itoa(changes), "hash", past, past.Add(30*time.Hour))); err != nil {
				t.Error(err)
			}
		}
		w, table = newWatched(dynamofake.Hooks{After: func(_ context.Context, call dynamofake.Call) error {
			if call.Operation == dynamofake.OpBatchGetItem {
				change()
			}
			return nil
		}})
		change()
		got := claim(t, table.Attempt("one", time.Now().Add(time.Minute)), []dedup.Request{{Key: "key", PayloadHash: "hash"}}, 1)[0]
		if got.Status != dedup.Unresolved || !got.MayHold || got.Err == nil || got.Err.Error() != "claim event: claim: the item kept changing" {
			t.Errorf("%+v", got)
		}
		if len(w.writes) != 6 {
			t.Fatalf("%d writes, want 6", len(w.writes))
		}
		for i := 1; i < len(w.writes); i++ {
			if waited := w.writes[i].After(w.writes[i-1]); waited != (i > 1) {
				t.Errorf("write %d comes %v after the one before it: only the first follows at once", i+1, w.writes[i].Sub(w.writes[i-1]))
			}
		}
	})
}

func TestARecordThatIsGoneAgainIsClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var conflicts int
		_, table := newWatched(dynamofake.Hooks{Statement: func(context.Context, dynamofake.Call, int) types.BatchStatementErrorCodeEnum {
			if conflicts++; conflicts == 1 {
				return types.BatchStatementErrorCodeEnumDuplicateItem
			}
			return ""
		}})
		got := claim(t, table.Attempt("one", time.Now().Add(time.Minute)), []dedup.Request{{Key: "key", PayloadHash: "hash"}}, 1)[0]
		if got.Status != dedup.Claimed || got.Renewed || got.Stolen {
			t.Errorf("%+v, want a claim like any other", got)
		}
	})
}

// TestNoCallIsEmpty is about batches that fill their calls, and about rounds that have nothing to write.
func TestNoCallIsEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failed := false
		w, table := newWatched(dynamofake.Hooks{Before: func(_ context.Context, call dynamofake.Call) error {
			if call.Operation == dynamofake.OpBatchGetItem && !failed {
				failed = true
				return &types.ProvisionedThroughputExceededException{}
			}
			return nil
		}})
		all, _ := requests(100)
		end := time.Now().Add(time.Minute)
		claim(t, table.Attempt("one", end), all, 1)
		if got := statusesOf(claim(t, table.Attempt("two", end), all, 1)); got[dedup.InProgress] != 100 {
			t.Errorf("statuses %v", got)
		}
		if len(w.sizes) != 8 || len(w.reads) != 2 {
			t.Errorf("writes of %v statements and reads of %v keys, want 4 writes each and the failed read once more", w.sizes, w.reads)
		}
		claim(t, table.Attempt("three", end), nil, 1)
		if len(w.sizes) != 8 || len(w.reads) != 2 {
			t.Errorf("a batch without events makes a call")
		}
	})
}

func TestAKeyThatWasNotReadIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var reads int
		w, table := newWatched(dynamofake.Hooks{Unprocessed: func(_ context.Context, _ dynamofake.Call, key string) bool {
			reads++
			return key == "key1" && reads <= 3
		}})
		all, _ := requests(3)
		end := time.Now().Add(time.Minute)
		claim(t, table.Attempt("one", end), all, 1)
		if got := statusesOf(claim(t, table.Attempt("two", end), all, 1)); got[dedup.InProgress] != 3 {
			t.Errorf("statuses %v", got)
		}
		if len(w.reads) != 2 || w.reads[0] != 3 || w.reads[1] != 1 {
			t.Errorf("reads of %v keys, want one of all and one of what it left out", w.reads)
		}
	})
}

func TestACompletionWhoseAnswerWasLostIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, table := newWatched(dynamofake.Hooks{})
		all, keys := requests(2)
		attempt := table.Attempt("one", time.Now().Add(time.Minute))
		claim(t, attempt, all, 1)
		lost := false
		w.SetHooks(dynamofake.Hooks{After: func(context.Context, dynamofake.Call) error {
			if !lost {
				lost = true
				return errors.New("reset")
			}
			return nil
		}})
		completions, errs := attempt.Complete(minute(t), keys, 1)
		for i := range keys {
			if completions[i] != dedup.Done || errs[i] != nil {
				t.Errorf("%s: %d, %v", keys[i], completions[i], errs[i])
			}
		}
		item, _ := w.Peek(keys[0])
		if text(item[contract.TableState]) != contract.StateCompleted || text(item[contract.TableOwner]) != "one" {
			t.Errorf("the record is %v", item)
		}
	})
}

// TestAConflictWithTheCallersOwnClaimIsTriedAgain has a write fail its condition although the read after it shows that the
// condition holds.
func TestAConflictWithTheCallersOwnClaimIsTriedAgain(t *testing.T) {
	for name, write := range map[string]func(*dedup.Attempt, context.Context, []string) error{
		"completion": func(a *dedup.Attempt, ctx context.Context, keys []string) error {
			completions, errs := a.Complete(ctx, keys, 1)
			if completions[0] != dedup.Done {
				return errors.Join(errors.New("not completed"), errs[0])
			}
			return nil
		},
		"release": func(a *dedup.Attempt, ctx context.Context, keys []string) error { return a.Release(ctx, keys, 1)[0] },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, table := newWatched(dynamofake.Hooks{})
				all, keys := requests(1)
				attempt := table.Attempt("one", time.Now().Add(time.Minute))
				claim(t, attempt, all, 1)
				conflicts := 0
				w.SetHooks(dynamofake.Hooks{Statement: func(context.Context, dynamofake.Call, int) types.BatchStatementErrorCodeEnum {
					if conflicts++; conflicts <= 2 {
						return types.BatchStatementErrorCodeEnumConditionalCheckFailed
					}
					return ""
				}})
				if err := write(attempt, minute(t), keys); err != nil {
					t.Error(err)
				}
				item, found := w.Peek(keys[0])
				if found && text(item[contract.TableState]) == contract.StateInProgress {
					t.Error("the claim is still there")
				}
			})
		})
	}
}

func TestWhatIsNotHeldIsReleasedAlready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, table := newWatched(dynamofake.Hooks{})
		all, keys := requests(1)
		attempt := table.Attempt("one", time.Now().Add(time.Minute))
		claim(t, attempt, all, 1)
		attempt.Complete(minute(t), keys, 1)
		for owner, releasing := range map[string]*dedup.Attempt{"its owner": attempt, "another": table.Attempt("two", time.Now().Add(time.Minute))} {
			before := len(w.writes)
			if err := releasing.Release(t.Context(), keys, 1)[0]; err != nil {
				t.Errorf("%s: %v", owner, err)
			}
			if tries := len(w.writes) - before; tries != 1 {
				t.Errorf("%s tries to release a completed event %d times", owner, tries)
			}
		}
		if item, _ := w.Peek(keys[0]); text(item[contract.TableState]) != contract.StateCompleted {
			t.Errorf("the record is %v", item)
		}
	})
}

func TestALeaseIsExtendedByItsOwnerAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, table := newWatched(dynamofake.Hooks{})
		all, keys := requests(1)
		start := time.Now()
		one, two := table.Attempt("one", start.Add(time.Minute)), table.Attempt("two", start.Add(time.Minute))
		claim(t, one, all, 1)
		if err := two.Extend(t.Context(), keys, start.Add(time.Hour), 1)[0]; !errors.Is(err, dedup.ErrLost) {
			t.Errorf("by another: %v", err)
		}
		if err := one.Extend(t.Context(), keys, start.Add(2*time.Minute), 1)[0]; err != nil {
			t.Errorf("by its owner: %v", err)
		}
		item, _ := w.Peek(keys[0])
		if want := strconv.FormatInt(start.Add(2*time.Minute).UnixMilli(), 10); text(item[contract.TableLeaseEnd]) != want {
			t.Errorf("the lease ends at %s, want %s", text(item[contract.TableLeaseEnd]), want)
		}
		one.Release(t.Context(), keys, 1)
		if err := one.Extend(t.Context(), keys, start.Add(time.Hour), 1)[0]; !errors.Is(err, dedup.ErrLost) {
			t.Errorf("after its release: %v", err)
		}
	})
}

// TestAnAnswerForFewerStatementsIsLost has an answer that doesn't say which of the statements it is about.
func TestAnAnswerForFewerStatementsIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, table := newWatched(dynamofake.Hooks{})
		w.answer = func(in *dynamodb.BatchExecuteStatementInput) (*dynamodb.BatchExecuteStatementOutput, error) {
			return &dynamodb.BatchExecuteStatementOutput{Responses: make([]types.BatchStatementResponse, len(in.Statements)-1)}, nil
		}
		all, _ := requests(2)
		for i, got := range claim(t, table.Attempt("one", time.Now().Add(time.Minute)), all, 1) {
			if got.Status != dedup.Unresolved || !got.MayHold {
				t.Errorf("request %d: %+v", i, got)
			}
		}
		if len(w.writes) != 6 {
			t.Errorf("%d attempts, want 6", len(w.writes))
		}
	})
}

func TestStatementsThatFailForNowAreTriedAgain(t *testing.T) {
	for code, again := range map[types.BatchStatementErrorCodeEnum]bool{
		types.BatchStatementErrorCodeEnumThrottlingError:               true,
		types.BatchStatementErrorCodeEnumProvisionedThroughputExceeded: true,
		types.BatchStatementErrorCodeEnumRequestLimitExceeded:          true,
		types.BatchStatementErrorCodeEnumTransactionConflict:           true,
		types.BatchStatementErrorCodeEnumInternalServerError:           true,
		types.BatchStatementErrorCodeEnumAccessDenied:                  false,
		types.BatchStatementErrorCodeEnumResourceNotFound:              false,
		types.BatchStatementErrorCodeEnumValidationError:               false,
	} {
		t.Run(string(code), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				failures := 0
				w, table := newWatched(dynamofake.Hooks{Statement: func(_ context.Context, call dynamofake.Call, index int) types.BatchStatementErrorCodeEnum {
					if call.Keys[index] == "key1" && failures < 1 {
						failures++
						return code
					}
					return ""
				}})
				all, _ := requests(3)
				start := time.Now()
				got := claim(t, table.Attempt("one", start.Add(time.Minute)), all, 1)
				if got[0].Status != dedup.Claimed || got[2].Status != dedup.Claimed || (got[1].Status == dedup.Claimed) != again {
					t.Errorf("%+v", got)
				}
				if waited := time.Since(start) > 0; waited != again || len(w.sizes) > 2 || again && w.sizes[1] != 1 {
					t.Errorf("writes of %v statements in %v", w.sizes, time.Since(start))
				}
			})
		})
	}
}

// TestWaitsStayShort: the whole batch waits for a throttled table, and a hung connection must leave time for another.
func TestWaitsStayShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, table := newWatched(dynamofake.Hooks{Before: func(context.Context, dynamofake.Call) error {
			return &smithy.GenericAPIError{Code: "ThrottlingException", Message: "slow down"}
		}})
		all, _ := requests(1)
		longest := time.Duration(0)
		for seed := range uint64(200) {
			start := time.Now()
			claim(t, table.Attempt("one", start.Add(time.Minute)), all, seed)
			longest = max(longest, time.Since(start))
		}
		// 25, 50, 100, 200 and 400 ms at most, with a millisecond each on top.
		if longest > 780*time.Millisecond || longest < 500*time.Millisecond {
			t.Errorf("six attempts wait up to %v, want about 0.78 s", longest)
		}
	})
}

func TestOneFullCallIsMadeAtOnce(t *testing.T) {
	for _, n := range []int{1, 24, 25, 26} {
		w, table := newWatched(dynamofake.Hooks{})
		all, _ := requests(n)
		claimed := 0
		rest := table.Attempt("one", time.Now().Add(time.Minute)).Claim(t.Context(), all, 1, func(int, dedup.Result) { claimed++ })
		if atOnce := n <= 25; (rest == nil) != atOnce || (claimed == n) != atOnce || (len(w.sizes) == 1) != atOnce {
			t.Errorf("of %d requests %d are decided in calls of %v", n, claimed, w.sizes)
		}
		if rest != nil {
			rest()
		}
		if claimed != n || len(w.sizes) != (n+24)/25 {
			t.Errorf("in the end %d of %d are decided in calls of %v", claimed, n, w.sizes)
		}
	}
}

// TestAPanicInACallFailsWhatItCarried: the call before it is answered, and what the panic was about may have taken effect.
func TestAPanicInACallFailsWhatItCarried(t *testing.T) {
	for operation, n := range map[string]int{dynamofake.OpBatchExecuteStatement: 25, dynamofake.OpBatchGetItem: 100} {
		t.Run(operation, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, table := newWatched(dynamofake.Hooks{})
				all, _ := requests(n + 3)
				end := time.Now().Add(time.Minute)
				if operation == dynamofake.OpBatchGetItem {
					claim(t, table.Attempt("before", end), all, 1)
				}
				w.SetHooks(dynamofake.Hooks{Before: func(_ context.Context, call dynamofake.Call) error {
					if call.Operation == operation && slices.Contains(call.Keys, "key"+strconv.Itoa(n)) {
						panic("below the SDK")
					}
					return nil
				}})
				for i, got := range claim(t, table.Attempt("one", end), all, 1) {
					if failed := got.Status == dedup.Unresolved && got.MayHold && got.Err != nil; failed != (i >= n) {
						t.Errorf("request %d: %+v", i, got)
					}
				}
			})
		})
	}
}

// TestRequestsAreSentInTheirOrder has the calls of a batch answered in another order, and throttled.
func TestRequestsAreSentInTheirOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			mutex sync.Mutex
			first []string // keys of each call of the second round
		)
		w, table := newWatched(dynamofake.Hooks{})
		start := time.Now()
		w.answer = func(in *dynamodb.BatchExecuteStatementInput) (*dynamodb.BatchExecuteStatementOutput, error) {
			key := text(in.Statements[0].Parameters[0])
			if time.Now().Equal(start) {
				number, _ := strconv.Atoi(key[len("key"):])
				time.Sleep(time.Second - time.Duration(number)*time.Millisecond) // the last one ends first
				return nil, &types.ProvisionedThroughputExceededException{}
			}
			mutex.Lock()
			first = append(first, key)
			mutex.Unlock()
			return &dynamodb.BatchExecuteStatementOutput{Responses: make([]types.BatchStatementResponse, len(in.Statements))}, nil
		}
		all, _ := requests(75)
		if got := statusesOf(claim(t, table.Attempt("one", start.Add(time.Minute)), all, 1)); got[dedup.Claimed] != 75 {
			t.Errorf("statuses %v", got)
		}
		slices.Sort(first)
		if !slices.Equal(first, []string{"key0", "key25", "key50"}) {
			t.Errorf("the second round's calls begin with %v", first)
		}
	})
}

// TestWhatIsThrottledAndWhatIsNotReadAreBothTriedAgain has as many of one as of the other.
func TestWhatIsThrottledAndWhatIsNotReadAreBothTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, table := newWatched(dynamofake.Hooks{})
		all, _ := requests(2)
		end := time.Now().Add(time.Minute)
		claim(t, table.Attempt("one", end), all[:1], 1)
		throttled, unread := false, false
		w.SetHooks(dynamofake.Hooks{
			Statement: func(_ context.Context, call dynamofake.Call, index int) types.BatchStatementErrorCodeEnum {
				if call.Keys[index] == "key1" && !throttled {
					throttled = true
					return types.BatchStatementErrorCodeEnumThrottlingError
				}
				return ""
			},
			Unprocessed: func(context.Context, dynamofake.Call, string) bool { was := unread; unread = true; return !was },
		})
		got := claim(t, table.Attempt("two", end), all, 1)
		if got[0].Status != dedup.InProgress || got[1].Status != dedup.Claimed {
			t.Errorf("%+v", got)
		}
	})
}
