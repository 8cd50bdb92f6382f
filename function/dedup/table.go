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
	"context"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
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
	recent    *recent

	insert, renew, steal, complete, release, extend string
	// forget and remember are for records that say which targets have the event.
	forget, remember string
}

// NewTable returns the dedup table of that name. Its items are kept for retention; now is the clock that leases and
// expiry are measured by.
func NewTable(api API, name string, retention time.Duration, now func() time.Time) *Table {
	return &Table{
		api: api, name: name, retention: retention, now: now, calls: make(chan struct{}, maxCalls), recent: newRecent(now),
		insert:   InsertStatement(name),
		renew:    RenewExpiredStatement(name),
		steal:    StealStatement(name),
		complete: CompleteStatement(name),
		release:  ReleaseStatement(name),
		extend:   ExtendStatement(name),
		forget:   ForgetStatement(name),
		remember: RememberStatement(name),
	}
}

// item is an item as it was read.
type item struct {
	state, owner, payloadHash string
	// delivered is the attribute as it stands.
	delivered           string
	leaseEnd, expiresAt int64
}

func (i item) expired(now time.Time) bool { return i.expiresAt <= now.Unix() }
func (i item) lapsed(now time.Time) bool  { return i.leaseEnd <= now.UnixMilli() }

func readItem(attributes map[string]types.AttributeValue) item {
	return item{
		state:       text(attributes[contract.TableState]),
		owner:       text(attributes[contract.TableOwner]),
		payloadHash: text(attributes[contract.TablePayloadHash]),
		delivered:   text(attributes[contract.TableDelivered]),
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

// API is what this package calls of DynamoDB.
type API interface {
	BatchExecuteStatement(ctx context.Context, input *dynamodb.BatchExecuteStatementInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error)
	BatchGetItem(ctx context.Context, input *dynamodb.BatchGetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
}

// Parts of the statements. Every name is quoted: several are reserved words of DynamoDB.
const (
	key, state, owner = `"` + contract.TableKey + `"=?`, `"` + contract.TableState + `"=?`, `"` + contract.TableOwner + `"=?`
	leaseEnd, expires = `"` + contract.TableLeaseEnd + `"=?`, `"` + contract.TableExpires + `"=?`
	payloadHash       = `"` + contract.TablePayloadHash + `"=?`
	delivered         = `"` + contract.TableDelivered + `"=?`
	and               = ` AND `
	whereHeld         = ` WHERE ` + key + and + owner + and + state
	firstItem         = ` VALUE {'` + contract.TableKey + `': ?, '` + contract.TableState + `': ?, '` + contract.TableOwner + `': ?, '` +
		contract.TableLeaseEnd + `': ?, '` + contract.TableExpires + `': ?, '` + contract.TablePayloadHash + `': ?}`
)

// InsertStatement claims an identity that has no item. An item in its way makes it fail with DuplicateItem.
//
// Parameters: eventId, state, owner, leaseEnd, expiresAt, payloadHash.
func InsertStatement(table string) string {
	return `INSERT INTO "` + table + `"` + firstItem
}

// RenewExpiredStatement claims an identity whose item has expired but not been deleted yet (TTL deletes late). It fails
// when anyone has touched the item since it was read: owner and expiry identify what was read.
//
// Parameters: state, owner, leaseEnd, expiresAt, payloadHash, eventId, owner as read, expiresAt as read.
func RenewExpiredStatement(table string) string {
	return `UPDATE "` + table + `" SET ` + state + `, ` + owner + `, ` + leaseEnd + `, ` + expires + `, ` + payloadHash +
		` WHERE ` + key + and + owner + and + expires
}

// StealStatement claims an identity whose owner let its lease lapse. Of several who try, one succeeds, because it
// changes what the others compare.
//
// Parameters: owner, leaseEnd, expiresAt, eventId, owner as read, leaseEnd as read, state.
func StealStatement(table string) string {
	return `UPDATE "` + table + `" SET ` + owner + `, ` + leaseEnd + `, ` + expires +
		` WHERE ` + key + and + owner + and + leaseEnd + and + state
}

// CompleteStatement completes a claim if it is still held.
//
// Parameters: state completed, expiresAt, eventId, owner, state in progress.
func CompleteStatement(table string) string {
	return `UPDATE "` + table + `" SET ` + state + `, ` + expires + whereHeld
}

// ReleaseStatement gives a claim up if it is still held.
//
// Parameters: eventId, owner, state in progress.
func ReleaseStatement(table string) string {
	return `DELETE FROM "` + table + `"` + whereHeld
}

// ExtendStatement moves the end of a lease that is still held.
//
// Parameters: leaseEnd, eventId, owner, state in progress.
func ExtendStatement(table string) string {
	return `UPDATE "` + table + `" SET ` + leaseEnd + whereHeld
}

// ForgetStatement is RenewExpiredStatement for an item that says which targets have the event: what was delivered before it
// expired counts no more.
//
// Parameters: those of RenewExpiredStatement, with an empty text for delivered after payloadHash.
func ForgetStatement(table string) string {
	return `UPDATE "` + table + `" SET ` + state + `, ` + owner + `, ` + leaseEnd + `, ` + expires + `, ` + payloadHash + `, ` + delivered +
		` WHERE ` + key + and + owner + and + expires
}

// RememberStatement writes down which targets have an event whose claim is still held, and when its lease ends: at once, for
// anyone to claim it for the others.
//
// Parameters: delivered, leaseEnd, eventId, owner, state in progress.
func RememberStatement(table string) string {
	return `UPDATE "` + table + `" SET ` + delivered + `, ` + leaseEnd + whereHeld
}
