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
	insert = `INSERT INTO "t" VALUE {'id': ?, 'owner': ?, 'n': 1}`
	update = `UPDATE "t" SET "n" = ?, "done" = true REMOVE "gone" WHERE "id" = ? AND "owner" = ?`
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
		{"inserts a new key", statement(insert, s("b"), s("me")), "", "me 1", 1},
		{"refuses to insert an existing key", statement(insert, s("a"), s("you")), "DuplicateItem", "me 1", 1},
		{"updates when the condition holds", statement(update, n("2"), s("a"), s("me")), "", "me 2", 1},
		{"accepts one SET an attribute", statement(`UPDATE "t" SET "n"=2 SET "done"=true WHERE "id"='a'`), "", "me 2", 1},
		{"refuses an update for another owner", statement(update, n("2"), s("a"), s("you")), "ConditionalCheckFailed", "me 1", 1},
		{"never creates by update", statement(update, n("2"), s("zzz"), s("me")), "ConditionalCheckFailed", "me 1", 1},
		{"deletes when the condition holds", statement(remove, s("a"), s("me")), "", "none", 1},
		{"refuses to delete for another owner", statement(remove, s("a"), s("you")), "ConditionalCheckFailed", "me 1", 1},
		{"succeeds in deleting what is not there", statement(remove, s("zzz"), s("me")), "", "me 1", 1},
		{"needs the whole key", statement(`DELETE FROM "t" WHERE "owner" = ?`, s("me")), "ValidationError", "me 1", 0},
		{"does not take a key from under OR", statement(`DELETE FROM "t" WHERE "id" = ? OR "owner" = ?`, s("a"), s("me")), "ValidationError", "me 1", 0},
		{"does not take a key from under NOT", statement(`DELETE FROM "t" WHERE NOT ("id" = ?)`, s("b")), "ValidationError", "me 1", 0},
		{"refuses an unquoted reserved word", statement(`DELETE FROM "t" WHERE "id" = ? AND owner = ?`, s("a"), s("me")), "ValidationError", "me 1", 0},
		{"refuses to change the key", statement(`UPDATE "t" SET "id"='b' WHERE "id"='a'`), "ValidationError", "me 1", 0},
		{"refuses too few parameters", statement(remove, s("a")), "ValidationError", "me 1", 0},
		{"refuses too many parameters", statement(remove, s("a"), s("me"), s("x")), "ValidationError", "me 1", 0},
		{"refuses an empty statement", statement(""), "ValidationError", "me 1", 0},
		{"refuses trailing words", statement(`DELETE FROM "t" WHERE "id"='a' RETURNING ALL OLD *`), "ValidationError", "me 1", 0},
		{"refuses an item without key", statement(`INSERT INTO "t" VALUE {'n': 1}`), "ValidationError", "me 1", 0},
		{"knows only its table", statement(`DELETE FROM "u" WHERE "id"='a'`), "ResourceNotFound", "me 1", 0},
		{"refuses an unterminated quote", statement(`DELETE FROM "t" WHERE "id"='a`), "ValidationError", "me 1", 0},
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
	for where, want := range map[string]bool{
		`"n" = 1`:                        true,
		`"n" = 1.0`:                      true,
		`"n" <> 1`:                       false,
		`"n" != 2`:                       true,
		`"n" < 10`:                       true,
		`"n" < '10'`:                     false, // other type
		`"n" BETWEEN 0 AND 1`:            true,
		`"n" IN [0, 1]`:                  true,
		`"absent" = 1`:                   false,
		`"absent" < 1`:                   false,
		`"absent" <> 1`:                  true,
		`"absent" IS MISSING`:            true,
		`"owner" IS NOT MISSING`:         true,
		`attribute_exists("absent")`:     false,
		`attribute_not_exists("absent")`: true,
		`begins_with("owner", 'm')`:      true,
		`contains("owner", 'z')`:         false,
		`size("owner") = 2`:              true,
		`NOT "n" = 1`:                    false,
		`("n" = 2 OR "owner" = 'me') AND "n" >= 1`: true,
		`"n" = 2 OR "owner" = 'me' AND "n" = 2`:    false,
		`"n" > 99999999999999999999999999999999`:   false,
		`"n" < 1e125`:                              true,
		`"n" < 1e999999999`:                        false, // not a number of DynamoDB's
	} {
		t.Run(where, func(t *testing.T) {
			table := newTable(t)
			responses, err := run(t, table, statement(`DELETE FROM "t" WHERE "id" = 'a' AND (`+where+`)`))
			if err != nil {
				t.Fatal(err)
			}
			if held := code(responses[0]) == ""; held != want {
				t.Errorf("holds: %v, want %v (%s)", held, want, code(responses[0]))
			}
		})
	}
}

func TestBatchIsRefusedAsAWhole(t *testing.T) {
	var tooMany []types.BatchStatementRequest
	for i := range 26 {
		tooMany = append(tooMany, statement(insert, s(fmt.Sprint("k", i)), s("me")))
	}
	for _, c := range []struct {
		name       string
		statements []types.BatchStatementRequest
		want       string
	}{
		{"when empty", nil, "between 1 and 25"},
		{"above 25 statements", tooMany, "between 1 and 25"},
		{"with two statements on one key", []types.BatchStatementRequest{statement(remove, s("a"), s("me")), statement(insert, s("a"), s("me"))}, "duplicates"},
		{"with reads and writes", []types.BatchStatementRequest{statement(`SELECT * FROM "t" WHERE "id"='b'`), statement(insert, s("a"), s("me"))}, "both read and write"},
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
	responses, err := run(t, table, statement(insert, s("a"), s("you")), statement(insert, s("b"), s("you")))
	if err != nil {
		t.Fatal(err)
	}
	if code(responses[0]) != "DuplicateItem" || code(responses[1]) != "" || table.Len() != 2 {
		t.Errorf("codes %q and %q with %d items", code(responses[0]), code(responses[1]), table.Len())
	}
}

func TestSelectReadsOneItem(t *testing.T) {
	table := newTable(t)
	responses, err := run(t, table, statement(`SELECT * FROM "t" WHERE "id"='a'`), statement(`SELECT * FROM "t" WHERE "id"='b'`))
	if err != nil {
		t.Fatal(err)
	}
	if responses[0].Item == nil || responses[1].Item != nil {
		t.Errorf("items %v and %v", responses[0].Item, responses[1].Item)
	}
	if got := table.Usage().ReadUnits; got != 1 { // two halves
		t.Errorf("%v read units, want 1", got)
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
	if _, err := run(t, table, statement(insert, s("b"), s("me"))); !errors.Is(err, boom) || table.Len() != 1 {
		t.Errorf("failed before effect: error %v, %d items", err, table.Len())
	}
	if _, err := run(t, table, statement(insert, s("b"), s("me"))); !errors.Is(err, boom) || table.Len() != 2 {
		t.Errorf("answer lost after effect: error %v, %d items", err, table.Len())
	}
	responses, err := run(t, table, statement(insert, s("c"), s("me")), statement(insert, s("d"), s("me")))
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
