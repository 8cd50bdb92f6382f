package dynamofake

import (
	"context"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/internal/dynamofake/internal/expression"
)

// write is one single-item write: PutItem, UpdateItem or DeleteItem.
type write struct {
	call      Call
	table     *string
	condition *string
	bindings  *expression.Bindings
	returnOld bool                     // the old item with a failed condition
	change    func(Item) (Item, error) // from the old item to the new; nil is gone
}

// PutItem stores an item, replacing the one with its key, if the condition holds.
func (t *Table) PutItem(ctx context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	key, err := t.keyOf(in.Item)
	if err != nil {
		return nil, err
	}
	if err := checkItemSize(in.Item); err != nil {
		return nil, err
	}
	before, _, err := t.write(ctx, write{
		call:      Call{Operation: OpPutItem, Keys: []string{key}},
		table:     in.TableName,
		condition: in.ConditionExpression,
		bindings:  &expression.Bindings{Names: in.ExpressionAttributeNames, Values: in.ExpressionAttributeValues},
		returnOld: in.ReturnValuesOnConditionCheckFailure == types.ReturnValuesOnConditionCheckFailureAllOld,
		change:    func(Item) (Item, error) { return maps.Clone(in.Item), nil },
	})
	if err != nil {
		return nil, err
	}
	out := &dynamodb.PutItemOutput{}
	if in.ReturnValues == types.ReturnValueAllOld {
		out.Attributes = before
	}
	return out, nil
}

// UpdateItem changes the item with the key, or creates it, if the condition holds.
func (t *Table) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	key, err := t.onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	bindings := &expression.Bindings{Names: in.ExpressionAttributeNames, Values: in.ExpressionAttributeValues}
	change := func(before Item) (Item, error) { return before, nil }
	if in.UpdateExpression != nil {
		u, err := expression.ParseUpdate(*in.UpdateExpression)
		if err != nil {
			return nil, validation("invalid UpdateExpression: %s", err)
		}
		change = func(before Item) (Item, error) { return t.update(u, before, bindings) }
	}
	before, after, err := t.write(ctx, write{
		call:      Call{Operation: OpUpdateItem, Keys: []string{key}},
		table:     in.TableName,
		condition: in.ConditionExpression,
		bindings:  bindings,
		returnOld: in.ReturnValuesOnConditionCheckFailure == types.ReturnValuesOnConditionCheckFailureAllOld,
		change: func(before Item) (Item, error) {
			if before == nil {
				before = maps.Clone(in.Key)
			}
			return change(before)
		},
	})
	if err != nil {
		return nil, err
	}
	out := &dynamodb.UpdateItemOutput{}
	switch in.ReturnValues {
	case "", types.ReturnValueNone:
	case types.ReturnValueAllOld:
		out.Attributes = before
	case types.ReturnValueAllNew:
		out.Attributes = after
	default:
		return nil, validation("ReturnValues %s is not part of the model", in.ReturnValues)
	}
	return out, nil
}

// DeleteItem removes the item with the key, if the condition holds; a missing item is removed already.
func (t *Table) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	key, err := t.onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	before, _, err := t.write(ctx, write{
		call:      Call{Operation: OpDeleteItem, Keys: []string{key}},
		table:     in.TableName,
		condition: in.ConditionExpression,
		bindings:  &expression.Bindings{Names: in.ExpressionAttributeNames, Values: in.ExpressionAttributeValues},
		returnOld: in.ReturnValuesOnConditionCheckFailure == types.ReturnValuesOnConditionCheckFailureAllOld,
		change:    func(Item) (Item, error) { return nil, nil },
	})
	if err != nil {
		return nil, err
	}
	out := &dynamodb.DeleteItemOutput{}
	if in.ReturnValues == types.ReturnValueAllOld {
		out.Attributes = before
	}
	return out, nil
}

// GetItem reads the item with the key. Projections are not part of the model.
func (t *Table) GetItem(ctx context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	key, err := t.onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	if err := t.checkTable(in.TableName); err != nil {
		return nil, err
	}
	if in.ProjectionExpression != nil || len(in.AttributesToGet) > 0 {
		return nil, validation("projections are not part of the model: read the whole item")
	}
	_, finish, err := t.begin(ctx, Call{Operation: OpGetItem, Keys: []string{key}})
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	item := maps.Clone(t.items[key])
	t.chargeRead(item, aws.ToBool(in.ConsistentRead))
	t.mu.Unlock()
	return &dynamodb.GetItemOutput{Item: item}, finish()
}

func (t *Table) write(ctx context.Context, w write) (before, after Item, err error) {
	if err := t.checkTable(w.table); err != nil {
		return nil, nil, err
	}
	var condition *expression.Condition
	if w.condition != nil {
		if condition, err = expression.ParseCondition(*w.condition); err != nil {
			return nil, nil, validation("invalid ConditionExpression: %s", err)
		}
	}
	_, finish, err := t.begin(ctx, w.call)
	if err != nil {
		return nil, nil, err
	}
	if before, after, err = t.apply(ctx, w, condition); err != nil {
		return nil, nil, err
	}
	return maps.Clone(before), maps.Clone(after), finish()
}

func (t *Table) apply(ctx context.Context, w write, condition *expression.Condition) (before, after Item, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := w.call.Keys[0]
	before = t.items[key]
	if condition != nil {
		held, err := condition.Holds(before, w.bindings)
		if err != nil {
			return nil, nil, asValidation(err)
		}
		if !held {
			t.chargeWrite(before, nil)
			if !w.returnOld {
				return nil, nil, conditionFailed(nil)
			}
			return nil, nil, conditionFailed(maps.Clone(before))
		}
	}
	if after, err = w.change(before); err != nil {
		return nil, nil, asValidation(err)
	}
	t.chargeWrite(before, after)
	t.store(ctx, w.call.Operation, key, before, after)
	return before, after, nil
}
