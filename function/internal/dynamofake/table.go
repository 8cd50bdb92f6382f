// Package dynamofake is a fake of one DynamoDB table, in memory, behind the calls of the AWS SDK.
//
// It keeps items, evaluates conditions and refuses what DynamoDB refuses, so that code which passes against it does not
// rest on an assumption that nobody wrote down. It knows what this product and its benchmark's peers use, and refuses the
// rest. Its rules, each from the DynamoDB developer guide and API reference:
//
//   - A batch has 1 to 25 statements. It is not atomic: every statement succeeds or fails on its own, reported in its
//     response; the call itself answers 200. Two statements on one key fail the call.
//   - INSERT on an existing key is DuplicateItem, without the item. UPDATE never creates an item: a missing item or a false
//     WHERE is ConditionalCheckFailed. DELETE of a missing item succeeds; of an item for which WHERE is false it does not.
//   - WHERE must fix the key by an equality outside OR. A key has at most 2,048 bytes, an item 400 KB.
//   - A write costs one unit per KB of the larger of the old and the new item, and at least one, also when its condition
//     fails. A consistent read costs one unit per 4 KB, an eventually consistent one half, also when nothing is found.
//     A throttled statement costs nothing.
//   - TTL deletes late: an expired item stays, and is read, until [Table.DeleteExpired] is called.
//   - BatchGetItem takes 1 to 100 distinct keys; what it did not get to is in UnprocessedKeys. Without ConsistentRead it
//     returns items as they were before their last write.
//
// Faults are injected through [Hooks], deterministically, by the test. A Table is safe for concurrent use and does not
// import testing, so that it can stand behind an HTTP server as well.
package dynamofake

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// DynamoDB developer guide, "Constraints".
const (
	maximumItemBytes = 400 * 1024
	maximumKeyBytes  = 2048
)

// Item is one stored item, by attribute name. Attribute values are shared between the table and its callers: treat
// them as immutable.
type Item = map[string]types.AttributeValue

// Table is a table with a partition key and no sort key.
type Table struct {
	name    string
	keyName string

	mu    sync.Mutex
	hooks Hooks
	items map[string]Item
	stale map[string]Item // as they were before their last write
	calls int
	usage Usage
}

// Option sets up a Table.
type Option func(*Table)

// WithHooks injects faults from the start.
func WithHooks(h Hooks) Option { return func(t *Table) { t.hooks = h } }

// New returns an empty table whose partition key is the attribute keyName, a string.
func New(name, keyName string, options ...Option) *Table {
	t := &Table{
		name: name, keyName: keyName, items: map[string]Item{}, stale: map[string]Item{}, usage: Usage{Calls: map[string]int{}},
	}
	for _, o := range options {
		o(t)
	}
	return t
}

// SetHooks replaces the injected faults.
func (t *Table) SetHooks(h Hooks) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.hooks = h
}

// Seed stores items as they are, without a call, a cost or a hook.
func (t *Table) Seed(items ...Item) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, item := range items {
		key, err := t.keyOf(item)
		if err != nil {
			return err
		}
		t.items[key] = maps.Clone(item)
	}
	return nil
}

// Peek returns a copy of the item with the key, without a call, a cost or a hook.
func (t *Table) Peek(key string) (item Item, found bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	item, found = t.items[key]
	return maps.Clone(item), found
}

// Items returns copies of all items, ordered by key.
func (t *Table) Items() []Item {
	t.mu.Lock()
	defer t.mu.Unlock()
	items := make([]Item, 0, len(t.items))
	for _, key := range slices.Sorted(maps.Keys(t.items)) {
		items = append(items, maps.Clone(t.items[key]))
	}
	return items
}

// Len returns the number of items.
func (t *Table) Len() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.items)
}

// DeleteExpired does what TTL does some time after an item has expired: it removes the items whose attribute, in seconds
// since 1970, is past. It costs nothing and returns how many it removed.
func (t *Table) DeleteExpired(attribute string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now().Unix()
	removed := 0
	for _, key := range slices.Sorted(maps.Keys(t.items)) {
		item := t.items[key]
		n, isNumber := item[attribute].(*types.AttributeValueMemberN)
		if !isNumber {
			continue
		}
		if expiry, err := strconv.ParseInt(n.Value, 10, 64); err == nil && expiry < now {
			t.store(context.Background(), "TTL", key, item, nil)
			removed++
		}
	}
	return removed
}

func (t *Table) keyOf(item Item) (string, error) {
	key, isString := item[t.keyName].(*types.AttributeValueMemberS)
	if !isString || key.Value == "" {
		return "", validation("one of the required keys was not given a value: %s must be a non-empty string", t.keyName)
	}
	if len(key.Value) > maximumKeyBytes {
		return "", validation("size of hashkey has exceeded the maximum size limit of %d bytes: %d", maximumKeyBytes, len(key.Value))
	}
	return key.Value, nil
}

func (t *Table) onlyKey(k Item) (string, error) {
	if len(k) != 1 {
		return "", validation("the provided key element does not match the schema: %d attributes, want %s alone", len(k), t.keyName)
	}
	return t.keyOf(k)
}

// store replaces an item and tells the observer; a nil item is removed. The lock must be held.
func (t *Table) store(ctx context.Context, operation, key string, before, after Item) {
	t.stale[key] = before
	if after == nil {
		delete(t.items, key)
	} else {
		t.items[key] = after
	}
	if t.hooks.Observe != nil && (before != nil || after != nil) {
		t.hooks.Observe(Mutation{Context: ctx, Operation: operation, Key: key, Before: before, After: after})
	}
}

func validation(format string, arguments ...any) error {
	return &smithy.GenericAPIError{Code: "ValidationException", Message: fmt.Sprintf(format, arguments...), Fault: smithy.FaultClient}
}

func checkItemSize(item Item) error {
	if size := itemSize(item); size > maximumItemBytes {
		return validation("item size has exceeded the maximum allowed size: %d bytes, at most %d", size, maximumItemBytes)
	}
	return nil
}
