package dynamofake

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The calls on one item are those of the benchmark's peers. What the peers do not ask for is refused.

// GetItem reads the item with the key. An inconsistent read is lucky here: it finds the latest state.
func (t *Table) GetItem(
	ctx context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.GetItemOutput, error) {
	if in.ProjectionExpression != nil || len(in.AttributesToGet) > 0 {
		return nil, validation("projections are not part of the fake: read the whole item")
	}
	key, err := t.onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	out := &dynamodb.GetItemOutput{}
	err = t.single(ctx, OpGetItem, in.TableName, key, func() error {
		out.Item = maps.Clone(t.items[key])
		t.chargeRead(out.Item, aws.ToBool(in.ConsistentRead))
		return nil
	})
	return out, err
}

// PutItem stores an item, replacing the one with its key, if the condition holds.
func (t *Table) PutItem(
	ctx context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.PutItemOutput, error) {
	key, err := t.keyOf(in.Item)
	if err != nil {
		return nil, err
	}
	holds := func(Item) bool { return true }
	if in.ConditionExpression != nil {
		p := &parser{tokens: tokens(*in.ConditionExpression), names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues}
		c, err := p.condition()
		if err == nil {
			err = p.end()
		}
		if err != nil {
			return nil, validation("invalid ConditionExpression: %s", err)
		}
		holds = c.holds
	}
	return &dynamodb.PutItemOutput{}, t.single(ctx, OpPutItem, in.TableName, key, func() error {
		before := t.items[key]
		if !holds(before) {
			t.chargeWrite(before, nil)
			failed := &types.ConditionalCheckFailedException{Message: aws.String("The conditional request failed")}
			if in.ReturnValuesOnConditionCheckFailure == types.ReturnValuesOnConditionCheckFailureAllOld {
				failed.Item = maps.Clone(before)
			}
			return failed
		}
		return t.put(ctx, OpPutItem, key, in.ReturnValues, maps.Clone(in.Item))
	})
}

// UpdateItem changes the item with the key, or creates it.
func (t *Table) UpdateItem(
	ctx context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.UpdateItemOutput, error) {
	key, err := t.onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	p := &parser{tokens: tokens(aws.ToString(in.UpdateExpression)), names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues}
	var set Item
	if err = p.expect("SET"); err == nil {
		set, err = p.assignments(p.name, "=")
	}
	if err == nil {
		err = p.end()
	}
	if err != nil || set[t.keyName] != nil || in.ConditionExpression != nil {
		return nil, validation("invalid UpdateExpression, or one that changes the key or has a condition: %v", err)
	}
	return &dynamodb.UpdateItemOutput{}, t.single(ctx, OpUpdateItem, in.TableName, key, func() error {
		after := maps.Clone(in.Key)
		maps.Copy(after, t.items[key])
		maps.Copy(after, set)
		return t.put(ctx, OpUpdateItem, key, in.ReturnValues, after)
	})
}

// DeleteItem removes the item with the key; a missing item is removed already.
func (t *Table) DeleteItem(
	ctx context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.DeleteItemOutput, error) {
	key, err := t.onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	if in.ConditionExpression != nil {
		return nil, validation("conditions of DeleteItem are not part of the fake")
	}
	return &dynamodb.DeleteItemOutput{}, t.single(ctx, OpDeleteItem, in.TableName, key, func() error {
		return t.put(ctx, OpDeleteItem, key, in.ReturnValues, nil)
	})
}

// single makes a call about one item; run has the lock.
func (t *Table) single(ctx context.Context, operation string, table *string, key string, run func() error) error {
	if aws.ToString(table) != t.name {
		return &types.ResourceNotFoundException{Message: aws.String("Requested resource not found: table " + aws.ToString(table))}
	}
	_, finish, err := t.begin(ctx, Call{Operation: operation, Keys: []string{key}})
	if err != nil {
		return err
	}
	t.mu.Lock()
	err = run()
	t.mu.Unlock()
	if err != nil {
		return err
	}
	return finish()
}

// put stores an item at its price. The lock must be held.
func (t *Table) put(ctx context.Context, operation, key string, returned types.ReturnValue, after Item) error {
	if returned != "" && returned != types.ReturnValueNone {
		return validation("ReturnValues %s is not part of the fake", returned)
	}
	if err := checkItemSize(after); err != nil {
		return err
	}
	before := t.items[key]
	t.chargeWrite(before, after)
	t.store(ctx, operation, key, before, after)
	return nil
}
