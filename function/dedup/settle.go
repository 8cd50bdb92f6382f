package dedup

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
)

const (
	// A completion is tried for as long as there is time: without it the event is acted on once more.
	completeAttempts = math.MaxInt
	// Releases and extensions are tried a few times: a lease ends by itself.
	releaseAttempts = 4
	extendAttempts  = 2
)

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
	expiry := a.table.expiry()
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
	errs := make([]error, len(keys))
	writes := a.writes(keys, func(key string) types.BatchStatementRequest {
		return types.BatchStatementRequest{Statement: aws.String(a.table.release), Parameters: []types.AttributeValue{
			stringValue(key), stringValue(a.owner), stringValue(contract.StateInProgress),
		}}
	})
	a.table.resolve(ctx, writes, releaseAttempts, seed, rules{
		applied: func(*write) {},
		found: func(_ *write, item item, exists bool) bool {
			return exists && item.owner == a.owner && item.state == contract.StateInProgress
		},
		givenUp: func(w *write) { errs[w.index] = fmt.Errorf("release claim: %w", w.err) },
	})
	return errs
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
