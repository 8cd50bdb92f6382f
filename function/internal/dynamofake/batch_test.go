package dynamofake_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"cc-eventbridge/function/internal/dynamofake"
)

const (
	insert = `INSERT INTO "t" VALUE {'id': ?, 'owner': ?, 'n': ?}`
	update = `UPDATE "t" SET "n" = ?, "owner"=? WHERE "id" = ? AND "owner" = ?`
	remove = `DELETE FROM "t" WHERE "id" = ? AND "owner" = ?`
)

func s(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} }
func n(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} }

func statement(text string, params ...types.AttributeValue) types.BatchStatementRequest {
	return types.BatchStatementRequest{Statement: aws.String(text), Parameters: params}
}

func run(t *testing.T, table *dynamofake.Table, statements ...types.BatchStatementRequest) ([]types.BatchStatementResponse, error) {
	t.Helper()
	out, err := table.BatchExecuteStatement(t.Context(), &dynamodb.BatchExecuteStatementInput{Statements: statements})
	if err != nil {
		return nil, err
	}
	return out.Responses, nil
}

func code(r types.BatchStatementResponse) string {
	if r.Error == nil {
		return ""
	}
	return string(r.Error.Code)
}

func newTable(t *testing.T, options ...dynamofake.Option) *dynamofake.Table {
	t.Helper()
	table := dynamofake.New("t", "id", options...)
	if err := table.Seed(dynamofake.Item{"id": s("a"), "owner": s("me"), "n": n("1"), "gone": s("x")}); err != nil {
		t.Fatal(err)
	}
	return table
}

func TestStatement(t *testing.T) {
	for _, c := range []struct {
		name      string
		statement types.BatchStatementRequest
		want      string
		after     string // what Peek("a") looks like
		writes    float64
	}{
		{"inserts a new key", statement(insert, s("b"), s("me"), n("1")), "", "me 1", 1},
		{"refuses to insert an existing key", statement(insert, s("a"), s("you"), n("1")), "DuplicateItem", "me 1", 1},
		{"updates when the condition holds", statement(update, n("2"), s("you"), s("a"), s("me")), "", "you 2", 1},
		{"refuses an update for another owner", statement(update, n("2"), s("you"), s("a"), s("you")), "ConditionalCheckFailed", "me 1", 1},
		{"never creates by update", statement(update, n("2"), s("me"), s("zzz"), s("me")), "ConditionalCheckFailed", "me 1", 1},
		{"deletes when the condition holds", statement(remove, s("a"), s("me")), "", "none", 1},
		{"refuses to delete for another owner", statement(remove, s("a"), s("you")), "ConditionalCheckFailed", "me 1", 1},
		{"succeeds in deleting what is not there", statement(remove, s("zzz"), s("me")), "", "me 1", 1},
		{"needs the whole key", statement(`DELETE FROM "t" WHERE "owner" = ?`, s("me")), "ValidationError", "me 1", 0},
		{"does not take a key from under OR", statement(`DELETE FROM "t" WHERE "id" = ? OR "owner" = ?`, s("a"), s("me")), "ValidationError", "me 1", 0},
		{"takes a key of 2,048 bytes", statement(insert, s(strings.Repeat("k", 2048)), s("me"), n("1")), "", "me 1", 3},
		{"refuses a longer key", statement(insert, s(strings.Repeat("k", 2049)), s("me"), n("1")), "ValidationError", "me 1", 0},
		{"refuses a longer key in WHERE", statement(remove, s(strings.Repeat("k", 2049)), s("me")), "ValidationError", "me 1", 0},
		{"refuses an item above 400 KB", statement(update, n("1"), s(strings.Repeat("x", 400<<10)), s("a"), s("me")), "ValidationError", "me 1", 0},
		{"refuses an unquoted name, which may be reserved", statement(`DELETE FROM "t" WHERE "id" = ? AND owner = ?`, s("a"), s("me")), "ValidationError", "me 1", 0},
		{"refuses to change the key", statement(`UPDATE "t" SET "id"=? WHERE "id"=?`, s("b"), s("a")), "ValidationError", "me 1", 0},
		{"refuses too few parameters", statement(remove, s("a")), "ValidationError", "me 1", 0},
		{"refuses too many parameters", statement(remove, s("a"), s("me"), s("x")), "ValidationError", "me 1", 0},
		{"refuses an empty statement", statement(""), "ValidationError", "me 1", 0},
		{"refuses trailing words", statement(remove+` RETURNING ALL OLD *`, s("a"), s("me")), "ValidationError", "me 1", 0},
		{"refuses an item without key", statement(`INSERT INTO "t" VALUE {'n': ?}`, n("1")), "ValidationError", "me 1", 0},
		{"knows only its table", statement(`DELETE FROM "u" WHERE "id"=?`, s("a")), "ResourceNotFound", "me 1", 0},
		{"refuses an unterminated quote", statement(`DELETE FROM "t" WHERE "id=?`, s("a")), "ValidationError", "me 1", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := newTable(t)
			responses, err := run(t, table, c.statement)
			if err != nil {
				t.Fatal(err)
			}
			if got := code(responses[0]); got != c.want {
				t.Errorf("code %q, want %q: %s", got, c.want, aws.ToString(responses[0].Error.Message))
			}
			if got := describe(table, "a"); got != c.after {
				t.Errorf("item a is %q, want %q", got, c.after)
			}
			if got := table.Usage().WriteUnits; got != c.writes {
				t.Errorf("%v write units, want %v", got, c.writes)
			}
		})
	}
}

func describe(table *dynamofake.Table, key string) string {
	item, found := table.Peek(key)
	if !found {
		return "none"
	}
	return item["owner"].(*types.AttributeValueMemberS).Value + " " + item["n"].(*types.AttributeValueMemberN).Value
}

func TestWhere(t *testing.T) {
	for _, c := range []struct {
		where string
		param types.AttributeValue
		want  bool
	}{
		{`"n" = ?`, n("1.0"), true},
		{`"n" <> ?`, n("1"), false},
		{`"n" < ?`, n("10"), true},
		{`"n" < ?`, s("10"), false}, // another type
		{`"n" >= ?`, n("99999999999999999999999999999999"), false},
		{`"absent" = ?`, n("1"), false},
		{`"absent" < ?`, n("1"), false},
		{`"absent" <> ?`, n("1"), true},
		{`attribute_exists("absent") OR "n" = ?`, n("1"), true},
		{`attribute_not_exists("n") OR "n" > ?`, n("1"), false},
		{`attribute_not_exists("absent") OR attribute_exists("absent") AND "n" = ?`, n("2"), true},
		{`(attribute_not_exists("absent") OR attribute_exists("absent")) AND "n" = ?`, n("2"), false},
	} {
		t.Run(c.where, func(t *testing.T) {
			responses, err := run(t, newTable(t), statement(`DELETE FROM "t" WHERE "id" = ? AND (`+c.where+`)`, s("a"), c.param))
			if err != nil {
				t.Fatal(err)
			}
			if held := code(responses[0]) == ""; held != c.want {
				t.Errorf("holds: %v, want %v (%s)", held, c.want, code(responses[0]))
			}
		})
	}
}

func TestOnlyAFailedConditionReturnsTheItem(t *testing.T) {
	duplicate, failed := statement(insert, s("a"), s("you"), n("1")), statement(update, n("2"), s("me"), s("b"), s("you"))
	for _, request := range []*types.BatchStatementRequest{&duplicate, &failed} {
		request.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	}
	table := newTable(t)
	if err := table.Seed(dynamofake.Item{"id": s("b"), "owner": s("me")}); err != nil {
		t.Fatal(err)
	}
	responses, err := run(t, table, duplicate, failed)
	if err != nil {
		t.Fatal(err)
	}
	if item := responses[0].Error.Item; item != nil {
		t.Errorf("DuplicateItem comes with %v, which DynamoDB does not return", item)
	}
	if responses[1].Error.Item == nil {
		t.Error("ConditionalCheckFailed comes without the item")
	}
}

func TestBatchIsRefusedAsAWhole(t *testing.T) {
	var tooMany []types.BatchStatementRequest
	for i := range 26 {
		tooMany = append(tooMany, statement(insert, s(fmt.Sprint("k", i)), s("me"), n("1")))
	}
	for _, c := range []struct {
		name       string
		statements []types.BatchStatementRequest
		want       string
	}{
		{"when empty", nil, "between 1 and 25"},
		{"above 25 statements", tooMany, "between 1 and 25"},
		{"with two statements on one key", []types.BatchStatementRequest{statement(remove, s("a"), s("me")), statement(insert, s("a"), s("me"), n("1"))}, "duplicates"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := run(t, newTable(t), c.statements...)
			var api smithy.APIError
			if !errors.As(err, &api) || api.ErrorCode() != "ValidationException" || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want a ValidationException with %q", err, c.want)
			}
		})
	}
}

func TestBatchIsNotAtomic(t *testing.T) {
	table := newTable(t)
	responses, err := run(t, table, statement(insert, s("a"), s("you"), n("1")), statement(insert, s("b"), s("you"), n("1")))
	if err != nil {
		t.Fatal(err)
	}
	if code(responses[0]) != "DuplicateItem" || code(responses[1]) != "" || table.Len() != 2 {
		t.Errorf("codes %q and %q with %d items", code(responses[0]), code(responses[1]), table.Len())
	}
}

func TestHooks(t *testing.T) {
	boom := errors.New("boom")
	var seen []string
	table := newTable(t, dynamofake.WithHooks(dynamofake.Hooks{
		Before: func(_ context.Context, c dynamofake.Call) error {
			if c.Number == 1 {
				return boom
			}
			return nil
		},
		After: func(_ context.Context, c dynamofake.Call) error {
			if c.Number == 2 {
				return boom
			}
			return nil
		},
		Statement: func(_ context.Context, c dynamofake.Call, i int) types.BatchStatementErrorCodeEnum {
			if c.Number == 3 && c.Keys[i] == "c" && c.Statements[i] == "INSERT" {
				return types.BatchStatementErrorCodeEnumThrottlingError
			}
			return ""
		},
		Observe: func(m dynamofake.Mutation) { seen = append(seen, m.Operation+" "+m.Key) },
	}))
	if _, err := run(t, table, statement(insert, s("b"), s("me"), n("1"))); !errors.Is(err, boom) || table.Len() != 1 {
		t.Errorf("failed before effect: error %v, %d items", err, table.Len())
	}
	if _, err := run(t, table, statement(insert, s("b"), s("me"), n("1"))); !errors.Is(err, boom) || table.Len() != 2 {
		t.Errorf("answer lost after effect: error %v, %d items", err, table.Len())
	}
	responses, err := run(t, table, statement(insert, s("c"), s("me"), n("1")), statement(insert, s("d"), s("me"), n("1")))
	if err != nil || code(responses[0]) != "ThrottlingError" || code(responses[1]) != "" {
		t.Errorf("throttled statement: %v %q %q", err, code(responses[0]), code(responses[1]))
	}
	if got := strings.Join(seen, ", "); got != "INSERT b, INSERT d" {
		t.Errorf("observed %s", got)
	}
	u := table.Usage()
	if u.Calls["BatchExecuteStatement"] != 3 || u.WriteUnits != 2 || u.TotalCalls() != 3 {
		t.Errorf("usage %+v", u)
	}
}
