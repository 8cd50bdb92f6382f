package dynamofake

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The operations that a Table answers, as they appear in Call, Mutation and Usage.
const (
	OpBatchExecuteStatement = "BatchExecuteStatement"
	OpBatchGetItem          = "BatchGetItem"
	OpPutItem               = "PutItem"
	OpGetItem               = "GetItem"
	OpUpdateItem            = "UpdateItem"
	OpDeleteItem            = "DeleteItem"
)

// Call describes one API call to a hook.
type Call struct {
	// Operation is one of the Op constants.
	Operation string
	// Number counts the table's calls, from 1.
	Number int
	// Keys are the keys it is about, in the order of the request.
	Keys []string
	// Statements are the operations of the statements of a batch (INSERT, UPDATE, DELETE), beside Keys.
	Statements []string
}

// Hooks are the faults that a test injects. Any of them may be nil. They may be called concurrently.
type Hooks struct {
	// Before runs before the call takes effect. It may wait, for latency; an error fails the call without effect. When
	// it returns nil although the context has ended, the request was on its way already and takes effect.
	Before func(ctx context.Context, call Call) error
	// After runs when the call has taken effect. An error replaces the answer: the caller can not know what happened.
	After func(ctx context.Context, call Call) error
	// Statement fails one statement of a batch, without effect and at no cost, with the code it returns; "" lets it run.
	// It runs with the table locked and must not call it.
	Statement func(ctx context.Context, call Call, index int) types.BatchStatementErrorCodeEnum
	// Unprocessed leaves a key of a BatchGetItem in UnprocessedKeys. It runs with the table locked.
	Unprocessed func(ctx context.Context, call Call, key string) bool
	// Observe sees every change of an item, in order. It runs with the table locked and must not call it.
	Observe func(Mutation)
}

// Mutation is one change of one item.
type Mutation struct {
	// Context is the context of the call that made the change.
	Context context.Context
	// Operation is what changed it: a statement's INSERT, UPDATE or DELETE, one of the Op constants, or TTL.
	Operation string
	// Key is the item's key.
	Key string
	// Before is the item as it was, nil when there was none; After as it is, nil when it is gone.
	Before, After Item
}

// begin counts a call and runs the Before hook; the returned function runs the After hook.
func (t *Table) begin(ctx context.Context, call Call) (Call, func() error, error) {
	t.mu.Lock()
	t.calls++
	call.Number = t.calls
	t.usage.Calls[call.Operation]++
	before, after := t.hooks.Before, t.hooks.After
	t.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return call, nil, err
	}
	finish := func() error {
		if after == nil {
			return nil
		}
		return after(ctx, call)
	}
	if before != nil {
		if err := before(ctx, call); err != nil {
			return call, nil, err
		}
	}
	return call, finish, nil
}
