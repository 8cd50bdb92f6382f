package dynamofake

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/internal/dynamofake/internal/expression"
)

// Item is one stored item, by attribute name. Attribute values are shared between the table and its callers: treat
// them as immutable.
type Item = map[string]types.AttributeValue

// Table is a table with a partition key and no sort key.
type Table struct {
	name    string
	keyName string
	clock   func() time.Time

	mu         sync.Mutex
	hooks      Hooks
	items      map[string]Item
	calls      int
	usage      Usage
	statements map[string]*expression.Statement // parsed, by text
}

// Option sets up a Table.
type Option func(*Table)

// WithHooks injects faults from the start.
func WithHooks(h Hooks) Option { return func(t *Table) { t.hooks = h } }

// WithClock replaces the clock by which DeleteExpired decides.
func WithClock(now func() time.Time) Option { return func(t *Table) { t.clock = now } }

// New returns an empty table whose partition key is the attribute keyName, a string.
func New(name, keyName string, options ...Option) *Table {
	t := &Table{
		name:       name,
		keyName:    keyName,
		clock:      time.Now,
		items:      map[string]Item{},
		usage:      Usage{Calls: map[string]int{}},
		statements: map[string]*expression.Statement{},
	}
	for _, o := range options {
		o(t)
	}
	return t
}

// Name returns the table's name.
func (t *Table) Name() string { return t.name }

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

// Clear removes all items and forgets all usage.
func (t *Table) Clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.items)
	t.usage = Usage{Calls: map[string]int{}}
}

// DeleteExpired does what TTL does some time after an item has expired: it removes the items whose attribute, in seconds
// since 1970, is past. It costs nothing and returns how many it removed.
func (t *Table) DeleteExpired(attribute string) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.clock().Unix()
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
	return key.Value, nil
}

// store replaces an item and tells the observer; a nil item is removed. The lock must be held.
func (t *Table) store(ctx context.Context, operation, key string, before, after Item) {
	if after == nil {
		delete(t.items, key)
	} else {
		t.items[key] = after
	}
	if t.hooks.Observe != nil && (before != nil || after != nil) {
		t.hooks.Observe(Mutation{Context: ctx, Operation: operation, Key: key, Before: before, After: after})
	}
}
