package dynamofake

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maximumKeys is the most that one BatchGetItem takes: API reference, BatchGetItem.
const maximumKeys = 100

// BatchGetItem reads up to 100 items of the table. Projections are not part of the model.
func (t *Table) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	if len(in.RequestItems) != 1 {
		return nil, validation("the model has one table, the request names %d", len(in.RequestItems))
	}
	var request types.KeysAndAttributes
	for name, r := range in.RequestItems {
		if err := t.checkTable(&name); err != nil {
			return nil, err
		}
		request = r
	}
	if request.ProjectionExpression != nil || len(request.AttributesToGet) > 0 {
		return nil, validation("projections are not part of the model: read whole items")
	}
	call := Call{Operation: OpBatchGetItem}
	seen := map[string]bool{}
	for _, k := range request.Keys {
		key, err := t.onlyKey(k)
		if err != nil {
			return nil, err
		}
		if seen[key] {
			return nil, validation("provided list of item keys contains duplicates")
		}
		seen[key] = true
		call.Keys = append(call.Keys, key)
	}
	if n := len(call.Keys); n < 1 || n > maximumKeys {
		return nil, validation("too many items requested for the BatchGetItem call: %d, want 1 to %d", n, maximumKeys)
	}
	call, finish, err := t.begin(ctx, call)
	if err != nil {
		return nil, err
	}
	found, left := t.read(ctx, call, request)
	out := &dynamodb.BatchGetItemOutput{
		Responses:       map[string][]map[string]types.AttributeValue{t.name: found},
		UnprocessedKeys: map[string]types.KeysAndAttributes{},
	}
	if len(left) > 0 {
		rest := request
		rest.Keys = left
		out.UnprocessedKeys[t.name] = rest
	}
	return out, finish()
}

func (t *Table) read(ctx context.Context, call Call, request types.KeysAndAttributes) (found, left []map[string]types.AttributeValue) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, key := range call.Keys {
		if t.hooks.Unprocessed != nil && t.hooks.Unprocessed(ctx, call, key) {
			left = append(left, request.Keys[i])
			continue
		}
		item := t.items[key]
		t.chargeRead(item, aws.ToBool(request.ConsistentRead))
		if item != nil {
			found = append(found, maps.Clone(item))
		}
	}
	return found, left
}

func (t *Table) onlyKey(k Item) (string, error) {
	if len(k) != 1 {
		return "", validation("the provided key element does not match the schema: %d attributes, want %s alone", len(k), t.keyName)
	}
	return t.keyOf(k)
}
