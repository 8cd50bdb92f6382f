package dynamofake

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/internal/dynamofake/internal/expression"
)

// maximumStatements is the most that one batch takes: API reference, BatchExecuteStatement.
const maximumStatements = 25

// parsedTexts bounds the cache of parsed statements; callers use a handful of texts.
const parsedTexts = 1024

// bound is a statement of a batch with its parameters, ready to run; err is why it can't.
type bound struct {
	*expression.Statement
	bindings *expression.Bindings
	key      string
	item     Item // of an INSERT
	err      *types.BatchStatementError
}

// BatchExecuteStatement runs up to 25 PartiQL statements, each on its own.
func (t *Table) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	if n := len(in.Statements); n < 1 || n > maximumStatements {
		return nil, validation("1 validation error detected: value at 'statements' failed to satisfy constraint: "+
			"member must have length between 1 and %d, has %d", maximumStatements, n)
	}
	statements := make([]bound, len(in.Statements))
	call := Call{Operation: OpBatchExecuteStatement}
	for i := range in.Statements {
		statements[i] = t.bind(&in.Statements[i])
		call.Keys = append(call.Keys, statements[i].key)
		call.Statements = append(call.Statements, operationOf(statements[i]))
	}
	call, finish, err := t.begin(ctx, call)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(statements); err != nil {
		return nil, err
	}
	out := &dynamodb.BatchExecuteStatementOutput{Responses: make([]types.BatchStatementResponse, len(statements))}
	t.mu.Lock()
	t.usage.Statements += len(statements)
	for i := range statements {
		out.Responses[i] = t.execute(ctx, call, i, &statements[i], &in.Statements[i])
	}
	t.mu.Unlock()
	return out, finish()
}

func operationOf(s bound) string {
	if s.Statement == nil {
		return ""
	}
	return string(s.Operation)
}

// bind parses a statement and finds the key it is about.
func (t *Table) bind(request *types.BatchStatementRequest) bound {
	b := bound{bindings: &expression.Bindings{Params: request.Parameters}}
	refuse := func(err error) bound {
		b.err = statementError(types.BatchStatementErrorCodeEnumValidationError, err.Error())
		return b
	}
	statement, err := t.parse(aws.ToString(request.Statement))
	if err != nil {
		return refuse(err)
	}
	b.Statement = statement
	if statement.Table != t.name {
		b.err = statementError(types.BatchStatementErrorCodeEnumResourceNotFound, "requested resource not found: table "+statement.Table)
		return b
	}
	if len(request.Parameters) != statement.Params {
		return refuse(fmt.Errorf("number of parameters in request (%d) and statement (%d) don't match", len(request.Parameters), statement.Params))
	}
	if statement.Operation == expression.Insert {
		if b.item, err = statement.Inserted(b.bindings); err != nil {
			return refuse(err)
		}
		if b.key, err = t.keyOf(b.item); err != nil {
			return refuse(err)
		}
		if err := checkItemSize(b.item); err != nil {
			return refuse(err)
		}
		return b
	}
	value, fixed := statement.Where.Key(t.keyName, b.bindings)
	key, isString := value.(*types.AttributeValueMemberS)
	if !fixed || !isString || key.Value == "" {
		return refuse(fmt.Errorf("where clause does not contain a mandatory equality on all key attributes: %s", t.keyName))
	}
	b.key = key.Value
	return b
}

func (t *Table) parse(text string) (*expression.Statement, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s, found := t.statements[text]; found {
		return s, nil
	}
	s, err := expression.ParseStatement(text)
	if err == nil && len(t.statements) < parsedTexts {
		t.statements[text] = s
	}
	return s, err
}

// checkBatch refuses batches that DynamoDB refuses as a whole.
func checkBatch(statements []bound) error {
	keys := make(map[string]bool, len(statements))
	reads := 0
	for _, s := range statements {
		if s.err != nil {
			continue
		}
		if keys[s.key] {
			return validation("provided list of item keys contains duplicates: two statements on one key")
		}
		keys[s.key] = true
		if s.Operation == expression.Select {
			reads++
		}
	}
	if reads > 0 && reads < len(keys) {
		return validation("batch can not have both read and write statements")
	}
	return nil
}

// execute runs one statement. The lock must be held.
func (t *Table) execute(ctx context.Context, call Call, index int, s *bound, request *types.BatchStatementRequest) types.BatchStatementResponse {
	response := types.BatchStatementResponse{TableName: aws.String(t.name)}
	if s.err != nil {
		response.Error = s.err
		return response
	}
	if t.hooks.Statement != nil {
		if code := t.hooks.Statement(ctx, call, index); code != "" {
			response.Error = statementError(code, "injected fault")
			return response
		}
	}
	before := t.items[s.key]
	if s.Operation == expression.Select {
		t.chargeRead(before, aws.ToBool(request.ConsistentRead))
		if held, err := s.Where.Holds(before, s.bindings); err == nil && held {
			response.Item = maps.Clone(before)
		}
		return response
	}
	after, err := t.outcome(s, before)
	if err != nil {
		response.Error = err
		if err.Code == types.BatchStatementErrorCodeEnumValidationError {
			return response
		}
		t.chargeWrite(before, after)
		if request.ReturnValuesOnConditionCheckFailure == types.ReturnValuesOnConditionCheckFailureAllOld {
			err.Item = maps.Clone(before)
		}
		return response
	}
	t.chargeWrite(before, after)
	t.store(ctx, string(s.Operation), s.key, before, after)
	return response
}

// outcome is the item as a write leaves it.
func (t *Table) outcome(s *bound, before Item) (Item, *types.BatchStatementError) {
	if s.Operation == expression.Insert {
		if before != nil {
			return nil, statementError(types.BatchStatementErrorCodeEnumDuplicateItem, "Duplicate primary key exists in table")
		}
		return maps.Clone(s.item), nil
	}
	if before == nil && s.Operation == expression.Delete {
		return nil, nil
	}
	held, err := s.Where.Holds(before, s.bindings)
	if err != nil {
		return nil, statementError(types.BatchStatementErrorCodeEnumValidationError, err.Error())
	}
	if before == nil || !held {
		return nil, statementError(types.BatchStatementErrorCodeEnumConditionalCheckFailed, "The conditional request failed")
	}
	if s.Operation == expression.Delete {
		return nil, nil
	}
	after, err := t.update(s.Update, before, s.bindings)
	if err != nil {
		return nil, statementError(types.BatchStatementErrorCodeEnumValidationError, err.Error())
	}
	return after, nil
}

// update applies a change, which must not touch the key.
func (t *Table) update(u *expression.Update, before Item, b *expression.Bindings) (Item, error) {
	names, err := u.Changes(b)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if name == t.keyName {
			return nil, fmt.Errorf("cannot update attribute %s: this attribute is part of the key", name)
		}
	}
	after, err := u.Apply(before, b)
	if err != nil {
		return nil, err
	}
	return after, checkItemSize(after)
}

func statementError(code types.BatchStatementErrorCodeEnum, message string) *types.BatchStatementError {
	return &types.BatchStatementError{Code: code, Message: aws.String(message)}
}

// asValidation turns an evaluation error into the error of a single-item call.
func asValidation(err error) error {
	var known interface{ ErrorCode() string }
	if errors.As(err, &known) {
		return err
	}
	return validation("%s", err)
}
