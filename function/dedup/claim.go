package dedup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
)

// claimAttempts bounds how often a claim is tried. The whole batch waits for it, so that a table which stays throttled
// is better met with the queue's back-off.
const claimAttempts = 6

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
	Err             error
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
			decided(w.index, Result{Status: Unresolved, MayHold: w.tried, Err: fmt.Errorf("claim event: %w", w.err)})
		},
	})
	if len(r.writes) > maxStatements {
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
		result.Status = Claimed
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
		result.Stolen = true
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
		a.table.expiry(), stringValue(request.PayloadHash),
	}}
}

func (a *Attempt) renewal(request Request, old item) types.BatchStatementRequest {
	return types.BatchStatementRequest{Statement: aws.String(a.table.renew), Parameters: []types.AttributeValue{
		stringValue(contract.StateInProgress), stringValue(a.owner), intValue(a.leaseEnd.UnixMilli()), a.table.expiry(),
		stringValue(request.PayloadHash),
		stringValue(request.Key), stringValue(old.owner), intValue(old.expiresAt),
	}}
}

func (a *Attempt) theft(request Request, old item) types.BatchStatementRequest {
	return types.BatchStatementRequest{Statement: aws.String(a.table.steal), Parameters: []types.AttributeValue{
		stringValue(a.owner), intValue(a.leaseEnd.UnixMilli()), a.table.expiry(),
		stringValue(request.Key), stringValue(old.owner), intValue(old.leaseEnd), stringValue(contract.StateInProgress),
	}}
}
