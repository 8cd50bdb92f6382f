// Package dedup is the dedup table: who may act on an event, and which events have been acted on.
//
// An invocation claims an identity before it acts on the event and completes the claim after; one that fails gives the
// claim up again. A claim ends by itself when its lease does. Every write is conditional: a claim on there being none, a
// completion, release or extension on the claim still being the writer's own, which the owner token says. So a process
// that was frozen or cut off from the network can't overwrite what was done in its absence.
//
// Because of that, any write may be sent again when its answer was lost: it either takes effect now or runs into its own
// condition, and then one consistent read of the item, which names its owner, says what has happened.
package dedup

import (
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
)

// Table is the dedup table. It is safe for concurrent use.
type Table struct {
	api       API
	name      string
	retention time.Duration
	now       func() time.Time
	calls     chan struct{}

	insert, renew, steal, complete, release, extend string
}

// NewTable returns the dedup table of that name. Its items are kept for retention; now is the clock that leases and
// expiry are measured by.
func NewTable(api API, name string, retention time.Duration, now func() time.Time) *Table {
	return &Table{
		api: api, name: name, retention: retention, now: now, calls: make(chan struct{}, maxCalls),
		insert:   InsertStatement(name),
		renew:    RenewExpiredStatement(name),
		steal:    StealStatement(name),
		complete: CompleteStatement(name),
		release:  ReleaseStatement(name),
		extend:   ExtendStatement(name),
	}
}

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

// item is an item as it was read.
type item struct {
	state, owner, payloadHash string
	leaseEnd, expiresAt       int64
}

func (i item) expired(now time.Time) bool { return i.expiresAt <= now.Unix() }
func (i item) lapsed(now time.Time) bool  { return i.leaseEnd <= now.UnixMilli() }

func readItem(attributes map[string]types.AttributeValue) item {
	return item{
		state:       text(attributes[contract.TableState]),
		owner:       text(attributes[contract.TableOwner]),
		payloadHash: text(attributes[contract.TablePayloadHash]),
		leaseEnd:    number(attributes[contract.TableLeaseEnd]),
		expiresAt:   number(attributes[contract.TableExpires]),
	}
}

func text(value types.AttributeValue) string {
	if s, ok := value.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func number(value types.AttributeValue) int64 {
	if n, ok := value.(*types.AttributeValueMemberN); ok {
		if parsed, err := strconv.ParseInt(n.Value, 10, 64); err == nil {
			return parsed
		}
	}
	return 0
}

func stringValue(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func intValue(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func (t *Table) expiry() types.AttributeValue { return intValue(t.now().Add(t.retention).Unix()) }
