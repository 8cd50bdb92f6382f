package dedup

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
)

const (
	// claimAttempts bounds how often a claim is tried. The whole batch waits for it, so that a table which stays throttled
	// is better met with the queue's back-off.
	claimAttempts = 6
	// A completion is tried for as long as there is time: without it the event is acted on once more.
	completeAttempts = math.MaxInt
	// Releases and extensions are tried a few times: a lease ends by itself.
	releaseAttempts = 4
	extendAttempts  = 2
)

// Attempt is one invocation's dealings with the table.
type Attempt struct {
	table    *Table
	owner    string
	leaseEnd time.Time
}

// Attempt returns the dealings of one invocation. The owner token must be its own and never used before; leaseEnd must
// be after the time at which the invocation is surely dead.
func (t *Table) Attempt(owner string, leaseEnd time.Time) *Attempt {
	return &Attempt{table: t, owner: owner, leaseEnd: leaseEnd}
}

// Request asks for the right to act on an event.
type Request struct {
	Key         string
	PayloadHash string
}

// Status says how a Request went.
type Status uint8

// The answers to a Request.
const (
	// Unresolved: it can't be said; Err tells why. MayHold says whether the claim might be held nevertheless.
	Unresolved Status = iota
	// Claimed: the event is the caller's until the lease ends.
	Claimed
	// Completed: the event has been acted on.
	Completed
	// InProgress: someone else holds the claim, until Until at the latest.
	InProgress
	// Mismatch: there is a record of this key with another payload.
	Mismatch
)

// Result is the answer to a Request.
type Result struct {
	Status Status
	// Stolen is true for a claim whose former owner let the lease lapse; Renewed for one on an expired item.
	Stolen, Renewed bool
	Until           time.Time
	MayHold         bool
	// Delivered are the targets that have the event already, of one that is Claimed or may be held.
	Delivered []string
	Err       error
}

// errContended ends the attempts at an item that changes under every one of them.
var errContended = errors.New("claim: the item kept changing")

// Claim asks for the right to act on events, and calls decided with the answer to each request as soon as it is known. No two
// requests may have one key. It returns what is left to do then, for the caller to run beside other work; nil when all
// have been decided. Whatever panics in it leaves requests undecided that may hold their claim.
//
// Keys without an item cost one write each, in calls of 25 side by side; those that are taken cost one consistent read
// more, in one call; a lapsed lease one write more. Keys that this table has completed lately are read first.
func (a *Attempt) Claim(ctx context.Context, requests []Request, seed uint64, decided func(i int, result Result)) (rest func()) {
	results := make([]Result, len(requests))
	writes := make([]*write, len(requests))
	slab := make([]write, len(requests))
	for i, request := range requests {
		slab[i] = write{index: i, key: request.Key, statement: a.insertion(request), reading: a.table.recent.has(request.Key)}
		writes[i] = &slab[i]
	}
	r := a.table.resolution(writes, claimAttempts, seed, rules{
		applied: func(w *write) {
			results[w.index].Status = Claimed
			decided(w.index, results[w.index])
		},
		found: func(w *write, item item, exists bool) bool {
			undecided := a.decide(w, requests[w.index], item, exists, &results[w.index])
			if !undecided {
				decided(w.index, results[w.index])
			}
			return undecided
		},
		givenUp: func(w *write) {
			if w.err == nil {
				w.err = errContended
			}
			// Whatever its answers say: a copy that the network sent again may have been throttled after the first took effect.
			decided(w.index, Result{
				Status: Unresolved, MayHold: w.tried, Delivered: results[w.index].Delivered, Err: fmt.Errorf("claim event: %w", w.err),
			})
		},
	})
	if len(r.writes) > MaxStatements {
		return func() {
			r.send(ctx)
			r.follow(ctx)
		}
	}
	r.send(ctx)
	if r.resolved() {
		return nil
	}
	return func() { r.follow(ctx) }
}

// decide says what follows from the item that was in a claim's way. It reports whether w, with the statement it now has,
// is to be sent.
func (a *Attempt) decide(w *write, request Request, item item, exists bool, result *Result) bool {
	now := a.table.now()
	*result = Result{}
	switch {
	case !exists:
		// Released or deleted since.
		w.statement = a.insertion(request)
		return true
	case item.owner == a.owner && item.state == contract.StateInProgress:
		// Our own, from a write whose answer was lost.
		result.Status, result.Delivered = Claimed, targets(item.delivered)
		return false
	case item.expired(now):
		result.Renewed = true
		w.statement = a.renewal(request, item)
		return true
	case item.payloadHash != request.PayloadHash:
		result.Status = Mismatch
		return false
	case item.state == contract.StateCompleted:
		result.Status = Completed
		return false
	case item.lapsed(now):
		result.Stolen, result.Delivered = true, targets(item.delivered)
		w.statement = a.theft(request, item)
		return true
	default:
		result.Status = InProgress
		result.Until = time.UnixMilli(item.leaseEnd)
		return false
	}
}

func (a *Attempt) insertion(request Request) types.BatchStatementRequest {
	return types.BatchStatementRequest{Statement: aws.String(a.table.insert), Parameters: []types.AttributeValue{
		stringValue(request.Key), stringValue(contract.StateInProgress), stringValue(a.owner), intValue(a.leaseEnd.UnixMilli()),
		a.expiry(), stringValue(request.PayloadHash),
	}}
}

func (a *Attempt) renewal(request Request, old item) types.BatchStatementRequest {
	if old.delivered != "" {
		return types.BatchStatementRequest{Statement: aws.String(a.table.forget), Parameters: []types.AttributeValue{
			stringValue(contract.StateInProgress), stringValue(a.owner), intValue(a.leaseEnd.UnixMilli()), a.expiry(),
			stringValue(request.PayloadHash), stringValue(""),
			stringValue(request.Key), stringValue(old.owner), intValue(old.expiresAt),
		}}
	}
	return types.BatchStatementRequest{Statement: aws.String(a.table.renew), Parameters: []types.AttributeValue{
		stringValue(contract.StateInProgress), stringValue(a.owner), intValue(a.leaseEnd.UnixMilli()), a.expiry(),
		stringValue(request.PayloadHash),
		stringValue(request.Key), stringValue(old.owner), intValue(old.expiresAt),
	}}
}

func (a *Attempt) theft(request Request, old item) types.BatchStatementRequest {
	return types.BatchStatementRequest{Statement: aws.String(a.table.steal), Parameters: []types.AttributeValue{
		stringValue(a.owner), intValue(a.leaseEnd.UnixMilli()), a.expiry(),
		stringValue(request.Key), stringValue(old.owner), intValue(old.leaseEnd), stringValue(contract.StateInProgress),
	}}
}

// Completion is what became of completing one claim.
type Completion uint8

// The ends of a completion.
const (
	// Failed: it could not be written, or the claim is lost and nobody has completed the event.
	Failed Completion = iota
	// Done: the event is completed.
	Done
	// Fenced: the lease was lost, and whoever had it next has completed the event.
	Fenced
)

// ErrLost is the error of a claim that is no longer the caller's.
var ErrLost = errors.New("the claim is no longer held")

// Complete marks claimed events as acted on. The error goes with Failed.
func (a *Attempt) Complete(ctx context.Context, keys []string, seed uint64) ([]Completion, []error) {
	completions, errs := make([]Completion, len(keys)), make([]error, len(keys))
	expiry := a.expiry()
	writes := a.writes(keys, func(key string) types.BatchStatementRequest {
		return types.BatchStatementRequest{Statement: aws.String(a.table.complete), Parameters: []types.AttributeValue{
			stringValue(contract.StateCompleted), expiry, stringValue(key), stringValue(a.owner), stringValue(contract.StateInProgress),
		}}
	})
	a.table.resolve(ctx, writes, completeAttempts, seed, rules{
		applied: func(w *write) {
			completions[w.index] = Done
			a.table.recent.add(w.key)
		},
		found: func(w *write, item item, exists bool) bool {
			switch {
			case exists && item.state == contract.StateCompleted && item.owner == a.owner:
				completions[w.index] = Done
			case exists && item.state == contract.StateCompleted:
				completions[w.index] = Fenced
			case exists && item.owner == a.owner:
				// Still ours and in progress: the read and the write disagree, which time will settle.
				return true
			default:
				errs[w.index] = fmt.Errorf("complete event: %w", ErrLost)
			}
			return false
		},
		givenUp: func(w *write) { errs[w.index] = fmt.Errorf("complete event: %w", w.err) },
	})
	return completions, errs
}

// Release gives claims up, so that the events can be claimed again at once. A claim that is no longer held is released
// already. Errors are nil where that worked.
func (a *Attempt) Release(ctx context.Context, keys []string, seed uint64) []error {
	writes := a.writes(keys, func(key string) types.BatchStatementRequest {
		return types.BatchStatementRequest{Statement: aws.String(a.table.release), Parameters: []types.AttributeValue{
			stringValue(key), stringValue(a.owner), stringValue(contract.StateInProgress),
		}}
	})
	return a.giveUp(ctx, writes, seed, "release claim")
}

// Partial is a claimed event that some of its targets have and others do not.
type Partial struct {
	Key string
	// Delivered are the names of those that have it.
	Delivered []string
	// Until is when the lease ends; the zero value ends it now.
	Until time.Time
}

// Remember gives claims up as Release does, and writes down which targets have the event: its next claim says so. A claim that
// is no longer held is left to whoever has it. Errors are nil where that worked.
func (a *Attempt) Remember(ctx context.Context, partials []Partial, seed uint64) []error {
	writes := make([]*write, len(partials))
	for i, p := range partials {
		writes[i] = &write{index: i, key: p.Key, statement: types.BatchStatementRequest{
			Statement: aws.String(a.table.remember), Parameters: []types.AttributeValue{
				stringValue(names(p.Delivered)), intValue(max(p.Until.UnixMilli(), 0)),
				stringValue(p.Key), stringValue(a.owner), stringValue(contract.StateInProgress),
			},
		}}
	}
	return a.giveUp(ctx, writes, seed, "remember deliveries")
}

// giveUp resolves writes that end claims. doing is what the errors say was being done.
func (a *Attempt) giveUp(ctx context.Context, writes []*write, seed uint64, doing string) []error {
	errs := make([]error, len(writes))
	a.table.resolve(ctx, writes, releaseAttempts, seed, rules{
		applied: func(*write) {},
		found: func(_ *write, item item, exists bool) bool {
			return exists && item.owner == a.owner && item.state == contract.StateInProgress
		},
		givenUp: func(w *write) { errs[w.index] = fmt.Errorf("%s: %w", doing, w.err) },
	})
	return errs
}

// names writes targets as the table has them, in one order whatever theirs.
func names(targets []string) string {
	sorted := slices.Sorted(slices.Values(targets))
	return strings.Join(slices.Compact(sorted), ",")
}

// targets reads what names has written.
func targets(names string) []string {
	if names == "" {
		return nil
	}
	return strings.Split(names, ",")
}

// Extend moves the end of the leases of claims. The error of a claim that is no longer held is ErrLost; any other leaves
// the lease as it was or extended.
func (a *Attempt) Extend(ctx context.Context, keys []string, leaseEnd time.Time, seed uint64) []error {
	errs := make([]error, len(keys))
	writes := a.writes(keys, func(key string) types.BatchStatementRequest {
		return types.BatchStatementRequest{Statement: aws.String(a.table.extend), Parameters: []types.AttributeValue{
			intValue(leaseEnd.UnixMilli()), stringValue(key), stringValue(a.owner), stringValue(contract.StateInProgress),
		}}
	})
	a.table.resolve(ctx, writes, extendAttempts, seed, rules{
		applied: func(*write) {},
		found: func(w *write, item item, exists bool) bool {
			if !exists || item.owner != a.owner {
				errs[w.index] = fmt.Errorf("extend lease: %w", ErrLost)
			}
			return false
		},
		givenUp: func(w *write) { errs[w.index] = fmt.Errorf("extend lease: %w", w.err) },
	})
	return errs
}

func (a *Attempt) writes(keys []string, statement func(key string) types.BatchStatementRequest) []*write {
	slab := make([]write, len(keys))
	writes := make([]*write, len(keys))
	for i, key := range keys {
		slab[i] = write{index: i, key: key, statement: statement(key)}
		writes[i] = &slab[i]
	}
	return writes
}

func stringValue(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func intValue(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// expiry is when an item that is written now expires.
func (a *Attempt) expiry() types.AttributeValue {
	return intValue(a.table.now().Add(a.table.retention).Unix())
}
