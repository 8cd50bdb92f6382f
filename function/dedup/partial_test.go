package dedup_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/dedup"
	"cc-eventbridge/function/internal/dynamofake"
)

// delivered is a record that says which targets have the event.
func delivered(item dynamofake.Item, names string) dynamofake.Item {
	item[contract.TableDelivered] = &types.AttributeValueMemberS{Value: names}
	return item
}

var one = []dedup.Request{{Key: "key", PayloadHash: "hash"}}

// TestStatementsOfPartialRecords shows the statements as they go to DynamoDB.
func TestStatementsOfPartialRecords(t *testing.T) {
	for want, got := range map[string]string{
		`UPDATE "t" SET "state"=?, "owner"=?, "leaseEnd"=?, "expiresAt"=?, "payloadHash"=?, "delivered"=? WHERE "eventId"=? AND "owner"=? AND "expiresAt"=?`: dedup.ForgetStatement("t"),
		`UPDATE "t" SET "delivered"=?, "leaseEnd"=? WHERE "eventId"=? AND "owner"=? AND "state"=?`:                                                           dedup.RememberStatement("t"),
	} {
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// TestWhatWasDeliveredIsRemembered: whoever claims the event next gets it at once, and knows which targets have it.
func TestWhatWasDeliveredIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, table := newWatched(dynamofake.Hooks{})
		all, keys := requests(3)
		first := table.Attempt("one", time.Now().Add(time.Minute))
		for _, result := range claim(t, first, all, 1) {
			if result.Status != dedup.Claimed || result.Delivered != nil {
				t.Fatalf("the first claim: %+v", result)
			}
		}
		for i, err := range first.Remember(minute(t), []dedup.Partial{
			{Key: keys[0], Delivered: []string{"crm", "audit", "crm"}}, {Key: keys[1], Delivered: []string{"crm"}},
		}, 1) {
			if err != nil {
				t.Errorf("%s: %v", keys[i], err)
			}
		}
		item, _ := w.Peek(keys[0])
		if got := text(item[contract.TableDelivered]); got != "audit,crm" || text(item[contract.TableLeaseEnd]) != "0" {
			t.Errorf("the record says %q and its lease ends at %s, want the names once and in order, and the lease over", got, text(item[contract.TableLeaseEnd]))
		}
		second := table.Attempt("two", time.Now().Add(time.Minute))
		results := claim(t, second, all, 1)
		for i, want := range [][]string{{"audit", "crm"}, {"crm"}} {
			if got := results[i]; got.Status != dedup.Claimed || !got.Stolen || !slices.Equal(got.Delivered, want) {
				t.Errorf("the second claim of %s: %+v, want it with %q", keys[i], got, want)
			}
		}
		if results[2].Status != dedup.InProgress || results[2].Delivered != nil {
			t.Errorf("a claim that nobody gave up: %+v", results[2])
		}
		if completions, errs := second.Complete(minute(t), keys[:2], 1); completions[0] != dedup.Done || completions[1] != dedup.Done {
			t.Error(errs)
		}
		if got := claim(t, table.Attempt("three", time.Now().Add(time.Minute)), all[:1], 1)[0]; got.Status != dedup.Completed {
			t.Errorf("after its completion: %+v", got)
		}
	})
}

// TestALeaseThatHasToEndByItself is about an event of which one delivery was left behind: it may still take effect.
func TestALeaseThatHasToEndByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, table := newWatched(dynamofake.Hooks{})
		end := time.Now().Add(time.Minute)
		first := table.Attempt("one", end)
		claim(t, first, one, 1)
		if err := first.Remember(minute(t), []dedup.Partial{{Key: "key", Delivered: []string{"crm"}, Until: end}}, 1)[0]; err != nil {
			t.Fatal(err)
		}
		second := table.Attempt("two", end.Add(time.Minute))
		if got := claim(t, second, one, 1)[0]; got.Status != dedup.InProgress || !got.Until.Equal(end.Truncate(time.Millisecond)) {
			t.Errorf("%+v, want it in progress until %v", got, end)
		}
		time.Sleep(time.Minute)
		if got := claim(t, second, one, 1)[0]; got.Status != dedup.Claimed || !slices.Equal(got.Delivered, []string{"crm"}) {
			t.Errorf("after the lease: %+v", got)
		}
	})
}

// TestWhatWasDeliveredBeforeARecordExpiredIsForgotten: the event counts as new, for every target.
func TestWhatWasDeliveredBeforeARecordExpiredIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, state := range []string{contract.StateInProgress, contract.StateCompleted} {
			w, table := newWatched(dynamofake.Hooks{})
			past := time.Now().Add(-time.Hour)
			if err := w.Seed(delivered(record("key", state, "other", "another hash", past, past), "crm")); err != nil {
				t.Fatal(err)
			}
			first := table.Attempt("one", time.Now().Add(time.Minute))
			if got := claim(t, first, one, 1)[0]; got.Status != dedup.Claimed || !got.Renewed || got.Delivered != nil {
				t.Errorf("%s: %+v, want it renewed without targets", state, got)
			}
			item, _ := w.Peek("key")
			want := record("key", contract.StateInProgress, "one", "hash", time.Now().Add(time.Minute), time.Now().Add(24*time.Hour))
			for name, value := range delivered(want, "") {
				if text(item[name]) != text(value) {
					t.Errorf("%s: %s is %q, want %q", state, name, text(item[name]), text(value))
				}
			}
			// The invocation dies, and the next one takes its claim over.
			time.Sleep(time.Minute)
			if got := claim(t, table.Attempt("two", time.Now().Add(time.Minute)), one, 1)[0]; got.Status != dedup.Claimed || got.Delivered != nil {
				t.Errorf("%s: taken over: %+v, want it without targets", state, got)
			}
		}
	})
}

// TestATakeoverWhoseAnswerWasLostKnowsTheTargets: the claim is held, or may be, and giving it up must not lose what it says.
func TestATakeoverWhoseAnswerWasLostKnowsTheTargets(t *testing.T) {
	for name, always := range map[string]bool{"once": false, "always": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, table := newWatched(dynamofake.Hooks{})
				past := time.Now().Add(-time.Hour)
				if err := w.Seed(delivered(record("key", contract.StateInProgress, "other", "hash", past, past.Add(30*time.Hour)), "audit,crm")); err != nil {
					t.Fatal(err)
				}
				writes := 0
				w.SetHooks(dynamofake.Hooks{After: func(_ context.Context, call dynamofake.Call) error {
					switch call.Operation {
					case dynamofake.OpBatchExecuteStatement:
						if writes++; writes == 2 || always && writes > 2 {
							return errors.New("reset") // the takeover
						}
					case dynamofake.OpBatchGetItem:
						if always && writes >= 2 {
							return errors.New("reset")
						}
					}
					return nil
				}})
				attempt := table.Attempt("one", time.Now().Add(time.Minute))
				got := claim(t, attempt, one, 1)[0]
				if want := map[bool]dedup.Status{false: dedup.Claimed, true: dedup.Unresolved}[always]; got.Status != want || got.MayHold != always {
					t.Errorf("%+v, want status %d", got, want)
				}
				if !slices.Equal(got.Delivered, []string{"audit", "crm"}) {
					t.Errorf("it was delivered to %q, want both targets", got.Delivered)
				}
			})
		})
	}
}

// TestWhatIsNotHeldIsNotRemembered: it is another's to say.
func TestWhatIsNotHeldIsNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, table := newWatched(dynamofake.Hooks{})
		first := table.Attempt("one", time.Now().Add(time.Minute))
		claim(t, first, one, 1)
		partial := []dedup.Partial{{Key: "key", Delivered: []string{"crm"}}}
		for _, who := range []*dedup.Attempt{table.Attempt("two", time.Now().Add(time.Minute)), first} {
			if who == first {
				first.Complete(minute(t), []string{"key"}, 1)
			}
			before := len(w.writes)
			if err := who.Remember(minute(t), partial, 1)[0]; err != nil || len(w.writes) != before+1 {
				t.Errorf("%v after %d writes, want none to matter", err, len(w.writes)-before)
			}
			if item, _ := w.Peek("key"); item[contract.TableDelivered] != nil {
				t.Errorf("the record is %v", item)
			}
		}
	})
}

// TestRememberingIsTriedAFewTimes as releases are: the lease ends by itself.
func TestRememberingIsTriedAFewTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, table := newWatched(dynamofake.Hooks{})
		attempt := table.Attempt("one", time.Now().Add(time.Minute))
		claim(t, attempt, one, 1)
		partial := []dedup.Partial{{Key: "key", Delivered: []string{"crm"}}}
		failing := 3
		w.SetHooks(dynamofake.Hooks{Statement: func(context.Context, dynamofake.Call, int) types.BatchStatementErrorCodeEnum {
			if failing--; failing >= 0 {
				return types.BatchStatementErrorCodeEnumThrottlingError
			}
			return ""
		}})
		if err := attempt.Remember(minute(t), partial, 1)[0]; err != nil {
			t.Error(err)
		}
		failing = 4
		err := attempt.Remember(minute(t), partial, 1)[0]
		if err == nil || !strings.HasPrefix(err.Error(), "remember deliveries: ") {
			t.Errorf("the error after four throttled tries is %v", err)
		}
	})
}

// earlier is what a function of before there were routes does with a record: it knows the six statements, and reads nothing of
// delivered.
type earlier struct{ *dynamofake.Table }

func (e earlier) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	for _, statement := range in.Statements {
		if strings.Contains(aws.ToString(statement.Statement), contract.TableDelivered) {
			return nil, errors.New("a statement that it does not have")
		}
	}
	return e.Table.BatchExecuteStatement(ctx, in, options...)
}

func (e earlier) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	out, err := e.Table.BatchGetItem(ctx, in, options...)
	if err == nil {
		for _, items := range out.Responses {
			for _, item := range items {
				delete(item, contract.TableDelivered)
			}
		}
	}
	return out, err
}

// TestTheFunctionBeforeAndThisOneShareRecords is about a stack that is updated, and one that is rolled back.
func TestTheFunctionBeforeAndThisOneShareRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := dynamofake.New("dedup", contract.TableKey)
		this := newTable(fake)
		before := dedup.NewTable(earlier{fake}, "dedup", 24*time.Hour, time.Now)
		end := time.Now().Add(time.Minute)

		// A record of this function that some targets have: the one before claims it at once, and completes it.
		claim(t, this.Attempt("new", end), one, 1)
		if err := this.Attempt("new", end).Remember(minute(t), []dedup.Partial{{Key: "key", Delivered: []string{"crm"}}}, 1)[0]; err != nil {
			t.Fatal(err)
		}
		old := before.Attempt("old", end)
		if got := claim(t, old, one, 1)[0]; got.Status != dedup.Claimed || !got.Stolen || got.Delivered != nil {
			t.Fatalf("the function before: %+v", got)
		}
		// It lets its lease lapse: this function still knows.
		time.Sleep(2 * time.Minute)
		if got := claim(t, this.Attempt("newer", time.Now().Add(time.Minute)), one, 1)[0]; !slices.Equal(got.Delivered, []string{"crm"}) {
			t.Errorf("this function after the one before: %+v", got)
		}
		time.Sleep(2 * time.Minute)
		old = before.Attempt("older", time.Now().Add(time.Minute))
		claim(t, old, one, 1)
		if completions, errs := old.Complete(minute(t), []string{"key"}, 1); completions[0] != dedup.Done {
			t.Fatal(errs)
		}
		if got := claim(t, this.Attempt("last", time.Now().Add(time.Minute)), one, 1)[0]; got.Status != dedup.Completed {
			t.Errorf("what the function before has completed: %+v", got)
		}

		// A record of the function before has no targets: none counts as done.
		other := []dedup.Request{{Key: "other", PayloadHash: "hash"}}
		claim(t, before.Attempt("old", time.Now().Add(time.Minute)), other, 1)
		time.Sleep(2 * time.Minute)
		if got := claim(t, this.Attempt("new", time.Now().Add(time.Minute)), other, 1)[0]; got.Status != dedup.Claimed || got.Delivered != nil {
			t.Errorf("a record of the function before: %+v", got)
		}
	})
}
