package dynamofake

import (
	"context"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	maximumStatements = 25  // of one batch: API reference, BatchExecuteStatement
	maximumKeys       = 100 // of one read: API reference, BatchGetItem
)

// statement is a statement of a batch with its parameters; err is why it can't run.
type statement struct {
	operation string // INSERT, UPDATE or DELETE
	key       string
	set       Item      // the item of an INSERT, the changes of an UPDATE
	where     condition // of an UPDATE or DELETE
	err       *types.BatchStatementError
}

// BatchExecuteStatement runs up to 25 PartiQL statements, each on its own.
func (t *Table) BatchExecuteStatement(
	ctx context.Context, in *dynamodb.BatchExecuteStatementInput, _ ...func(*dynamodb.Options),
) (*dynamodb.BatchExecuteStatementOutput, error) {
	if n := len(in.Statements); n < 1 || n > maximumStatements {
		return nil, validation("1 validation error detected: value at 'statements' failed to satisfy constraint: "+
			"member must have length between 1 and %d, has %d", maximumStatements, n)
	}
	statements := make([]statement, len(in.Statements))
	call := Call{Operation: OpBatchExecuteStatement}
	for i, request := range in.Statements {
		statements[i] = t.parse(request)
		call.Keys = append(call.Keys, statements[i].key)
		call.Statements = append(call.Statements, statements[i].operation)
	}
	call, finish, err := t.begin(ctx, call)
	if err != nil {
		return nil, err
	}
	keys := map[string]bool{}
	for _, s := range statements {
		if s.err == nil && keys[s.key] {
			return nil, validation("provided list of item keys contains duplicates: two statements on one key")
		}
		keys[s.key] = true
	}
	out := &dynamodb.BatchExecuteStatementOutput{Responses: make([]types.BatchStatementResponse, len(statements))}
	t.mu.Lock()
	for i, s := range statements {
		old := in.Statements[i].ReturnValuesOnConditionCheckFailure == types.ReturnValuesOnConditionCheckFailureAllOld
		out.Responses[i] = types.BatchStatementResponse{TableName: &t.name, Error: t.execute(ctx, call, i, s, old)}
	}
	t.mu.Unlock()
	return out, finish()
}

// parse reads a statement and finds the key it is about.
func (t *Table) parse(request types.BatchStatementRequest) (s statement) {
	p := &parser{tokens: tokens(aws.ToString(request.Statement)), params: request.Parameters}
	table, err := p.statement(&s)
	if err != nil {
		s.err = failure(types.BatchStatementErrorCodeEnumValidationError, "statement wasn't well formed, can't be processed: "+err.Error())
		return s
	}
	if table != t.name {
		s.err = failure(types.BatchStatementErrorCodeEnumResourceNotFound, "requested resource not found: table "+table)
		return s
	}
	if s.operation == "INSERT" {
		s.key, err = t.keyOf(s.set)
	} else if s.key, err = t.keyOf(s.where.equal); err != nil {
		err = fmt.Errorf("where clause does not contain a mandatory equality on all key attributes: %w", err)
	} else if s.set[t.keyName] != nil {
		err = fmt.Errorf("cannot update attribute %s: this attribute is part of the key", t.keyName)
	}
	if err != nil {
		s.err = failure(types.BatchStatementErrorCodeEnumValidationError, err.Error())
	}
	return s
}

// statement reads INSERT INTO "t" VALUE {'a': ?}, UPDATE "t" SET "a"=? WHERE "b"=? or DELETE FROM "t" WHERE "a"=?.
func (p *parser) statement(s *statement) (table string, err error) {
	read := func(steps ...func() error) error {
		for _, step := range steps {
			if err := step(); err != nil {
				return err
			}
		}
		return p.end()
	}
	word := func(words ...string) func() error { return func() error { return p.expect(words...) } }
	name := func() (err error) { table, err = p.quoted(`"`); return err }
	where := func() (err error) { s.where, err = p.condition(); return err }
	switch {
	case p.take("INSERT"):
		s.operation = "INSERT"
		item := func() (err error) {
			s.set, err = p.assignments(func() (string, error) { return p.quoted("'") }, ":")
			return err
		}
		err = read(word("INTO"), name, word("VALUE", "{"), item, word("}"))
	case p.take("UPDATE"):
		s.operation = "UPDATE"
		changes := func() (err error) { s.set, err = p.assignments(p.name, "="); return err }
		err = read(name, word("SET"), changes, word("WHERE"), where)
	default:
		s.operation = "DELETE"
		err = read(word("DELETE", "FROM"), name, word("WHERE"), where)
	}
	return table, err
}

// execute runs one statement. The lock must be held.
func (t *Table) execute(ctx context.Context, call Call, index int, s statement, returnOld bool) *types.BatchStatementError {
	if s.err != nil {
		return s.err
	}
	if t.hooks.Statement != nil {
		if code := t.hooks.Statement(ctx, call, index); code != "" {
			return failure(code, "injected fault")
		}
	}
	before := t.items[s.key]
	switch {
	case s.operation == "INSERT" && before != nil:
		t.chargeWrite(before, s.set)
		return failure(types.BatchStatementErrorCodeEnumDuplicateItem, "Duplicate primary key exists in table") // never with the item
	case s.operation == "UPDATE" && before == nil, s.operation != "INSERT" && before != nil && !s.where.holds(before):
		t.chargeWrite(before, nil)
		failed := failure(types.BatchStatementErrorCodeEnumConditionalCheckFailed, "The conditional request failed")
		if returnOld {
			failed.Item = maps.Clone(before)
		}
		return failed
	}
	var after Item
	if s.operation != "DELETE" {
		if after = maps.Clone(before); after == nil {
			after = Item{}
		}
		maps.Copy(after, s.set)
	}
	if err := checkItemSize(after); err != nil {
		return failure(types.BatchStatementErrorCodeEnumValidationError, err.Error())
	}
	t.chargeWrite(before, after)
	t.store(ctx, s.operation, s.key, before, after)
	return nil
}

func failure(code types.BatchStatementErrorCodeEnum, message string) *types.BatchStatementError {
	return &types.BatchStatementError{Code: code, Message: &message}
}

// BatchGetItem reads up to 100 items of the table. Unless it is consistent, it returns them as they were before their last
// write: whoever can't live with that must ask for a consistent read.
func (t *Table) BatchGetItem(
	ctx context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options),
) (*dynamodb.BatchGetItemOutput, error) {
	request, found := in.RequestItems[t.name]
	if !found || len(in.RequestItems) != 1 {
		return nil, &types.ResourceNotFoundException{Message: aws.String("Requested resource not found: there is only table " + t.name)}
	}
	if request.ProjectionExpression != nil || len(request.AttributesToGet) > 0 {
		return nil, validation("projections are not part of the fake: read whole items")
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
	out := &dynamodb.BatchGetItemOutput{Responses: map[string][]Item{}, UnprocessedKeys: map[string]types.KeysAndAttributes{}}
	left := request
	left.Keys = nil
	t.mu.Lock()
	for i, key := range call.Keys {
		if t.hooks.Unprocessed != nil && t.hooks.Unprocessed(ctx, call, key) {
			left.Keys = append(left.Keys, request.Keys[i])
			continue
		}
		item := t.items[key]
		if stale, written := t.stale[key]; written && !aws.ToBool(request.ConsistentRead) {
			item = stale
		}
		t.chargeRead(item, aws.ToBool(request.ConsistentRead))
		if item != nil {
			out.Responses[t.name] = append(out.Responses[t.name], maps.Clone(item))
		}
	}
	t.mu.Unlock()
	if len(left.Keys) > 0 {
		out.UnprocessedKeys[t.name] = left
	}
	return out, finish()
}
