package dynamofake_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/internal/dynamofake"
)

// The way in which the idempotency utilities of Powertools for AWS Lambda acquire a record.
const acquire = `attribute_not_exists(#id) OR #expiry < :now OR (#status = :inprogress AND ` +
	`attribute_exists(#in_progress_expiry) AND #in_progress_expiry < :now_in_millis)`

func acquiring(status string, expiry, inProgressExpiry string) *dynamodb.PutItemInput {
	return &dynamodb.PutItemInput{
		TableName:           aws.String("t"),
		Item:                dynamofake.Item{"id": s("k"), "status": s("INPROGRESS"), "expiration": n("2000")},
		ConditionExpression: aws.String(acquire),
		ExpressionAttributeNames: map[string]string{
			"#id": "id", "#expiry": "expiration", "#status": "status", "#in_progress_expiry": "in_progress_expiration",
		},
		ExpressionAttributeValues:           dynamofake.Item{":now": n(expiry), ":inprogress": s(status), ":now_in_millis": n(inProgressExpiry)},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
}

func TestConditionalPut(t *testing.T) {
	stored := dynamofake.Item{"id": s("k"), "status": s("INPROGRESS"), "expiration": n("1000"), "in_progress_expiration": n("500")}
	for _, c := range []struct {
		name    string
		stored  dynamofake.Item
		put     *dynamodb.PutItemInput
		refused bool
	}{
		{"when absent", dynamofake.Item{"id": s("other")}, acquiring("INPROGRESS", "900", "400"), false},
		{"when expired", stored, acquiring("INPROGRESS", "1001", "400"), false},
		{"when in progress past its time", stored, acquiring("INPROGRESS", "900", "501"), false},
		{"not when in progress", stored, acquiring("INPROGRESS", "900", "500"), true},
		{"not when in another state", stored, acquiring("COMPLETED", "900", "501"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := dynamofake.New("t", "id")
			if err := table.Seed(c.stored); err != nil {
				t.Fatal(err)
			}
			_, err := table.PutItem(t.Context(), c.put)
			var failed *types.ConditionalCheckFailedException
			if refused := errors.As(err, &failed); refused != c.refused || (err != nil) != refused {
				t.Fatalf("error %v, want refused: %v", err, c.refused)
			}
			if c.refused && failed.Item["in_progress_expiration"].(*types.AttributeValueMemberN).Value != "500" {
				t.Errorf("the failed condition returns %v, want the stored item", failed.Item)
			}
			if got := table.Usage().WriteUnits; got != 1 {
				t.Errorf("%v write units, want 1, refused or not", got)
			}
		})
	}
}

func TestUpdateItem(t *testing.T) {
	for key, want := range map[string]string{"a": "you 5", "b": "you 5"} {
		table := newTable(t)
		_, err := table.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: aws.String("t"), Key: dynamofake.Item{"id": s(key)}, UpdateExpression: aws.String("SET #n = :five, #o = :you"),
			ExpressionAttributeNames:  map[string]string{"#o": "owner", "#n": "n"},
			ExpressionAttributeValues: dynamofake.Item{":five": n("5"), ":you": s("you")},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := describe(table, key); got != want {
			t.Errorf("item %s is %q, want %q", key, got, want)
		}
	}
}

func TestDeleteItem(t *testing.T) {
	table := newTable(t)
	for range 2 { // what is gone is deleted already
		if _, err := table.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String("t"), Key: dynamofake.Item{"id": s("a")}}); err != nil || table.Len() != 0 {
			t.Errorf("%v, %d items", err, table.Len())
		}
	}
}

func TestExpressionIsRefused(t *testing.T) {
	for condition, want := range map[string]string{
		"owner = :v":              "expected a name",
		"#x = :v":                 "not defined; attribute name: #x",
		"#o = :w":                 "not defined; attribute value: :w",
		"#o == :v":                "not defined; attribute value: =",
		"attribute_exists(#o":     "syntax error",
		"#o = :v AND":             "syntax error",
		"#o = ?":                  "number of parameters",
		"begins_with(#o, :v)":     "expected a name",
		"#o = :v OR NOT #o = :v":  "expected a name",
		"#o BETWEEN :v AND :v":    "expected a comparison",
		"#o = :v :v":              "unexpected token",
		"":                        "expected a name",
		"SET #o = if_not_exists(": "expected a name",
	} {
		t.Run(condition, func(t *testing.T) {
			_, err := newTable(t).PutItem(t.Context(), &dynamodb.PutItemInput{
				TableName: aws.String("t"), Item: dynamofake.Item{"id": s("a")}, ConditionExpression: aws.String(condition),
				ExpressionAttributeNames: map[string]string{"#o": "owner"}, ExpressionAttributeValues: dynamofake.Item{":v": s("you")},
			})
			if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "ValidationException") {
				t.Errorf("error %v, want a ValidationException with %q", err, want)
			}
		})
	}
}

func TestGetItem(t *testing.T) {
	table := newTable(t)
	for key, found := range map[string]bool{"a": true, "b": false} {
		out, err := table.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("t"), Key: dynamofake.Item{"id": s(key)}, ConsistentRead: aws.Bool(true)})
		if err != nil || (out.Item != nil) != found {
			t.Errorf("get %s: %v, %v; want found: %v", key, out, err, found)
		}
	}
	if got := table.Usage().ReadUnits; got != 2 {
		t.Errorf("%v read units, want 2", got)
	}
	var missing *types.ResourceNotFoundException
	if _, err := table.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("u"), Key: dynamofake.Item{"id": s("a")}}); !errors.As(err, &missing) {
		t.Errorf("another table: error %v, want ResourceNotFoundException", err)
	}
}

func TestBatchGetItem(t *testing.T) {
	table := newTable(t, dynamofake.WithHooks(dynamofake.Hooks{
		Unprocessed: func(_ context.Context, c dynamofake.Call, key string) bool { return c.Number == 1 && key == "a" },
	}))
	request := map[string]types.KeysAndAttributes{"t": {Keys: []map[string]types.AttributeValue{{"id": s("a")}, {"id": s("b")}}, ConsistentRead: aws.Bool(true)}}
	out, err := table.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: request})
	if err != nil || len(out.Responses["t"]) != 0 || len(out.UnprocessedKeys["t"].Keys) != 1 {
		t.Fatalf("first call: %+v, %v; want the key a unprocessed", out, err)
	}
	out, err = table.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: out.UnprocessedKeys})
	if err != nil || len(out.Responses["t"]) != 1 || len(out.UnprocessedKeys) != 0 {
		t.Fatalf("second call: %+v, %v; want the item a", out, err)
	}
	if got := table.Usage().ReadUnits; got != 2 { // b was looked for, a read
		t.Errorf("%v read units, want 2", got)
	}
	request["t"] = types.KeysAndAttributes{Keys: []map[string]types.AttributeValue{{"id": s("a")}, {"id": s("a")}}}
	if _, err := table.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: request}); err == nil {
		t.Error("one key twice is accepted")
	}
}

func TestAnInconsistentReadIsStale(t *testing.T) {
	table := newTable(t)
	read := func(consistent *bool) string {
		out, err := table.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
			"t": {Keys: []map[string]types.AttributeValue{{"id": s("a")}, {"id": s("b")}}, ConsistentRead: consistent},
		}})
		if err != nil {
			t.Fatal(err)
		}
		var owners []string
		for _, item := range out.Responses["t"] {
			owners = append(owners, item["owner"].(*types.AttributeValueMemberS).Value)
		}
		return strings.Join(owners, " ")
	}
	if got := read(nil); got != "me" {
		t.Errorf("before any write: %q, want what was seeded", got)
	}
	if _, err := run(t, table, statement(update, n("2"), s("you"), s("a"), s("me")), statement(insert, s("b"), s("they"), n("1"))); err != nil {
		t.Fatal(err)
	}
	for want, consistent := range map[string]*bool{"you they": aws.Bool(true), "me": aws.Bool(false)} {
		if got := read(consistent); got != want {
			t.Errorf("consistent %v: %q, want %q", *consistent, got, want)
		}
	}
}

func TestCostGrowsWithSize(t *testing.T) {
	table := dynamofake.New("t", "id")
	big := dynamofake.Item{"id": s("k"), "v": s(strings.Repeat("x", 5000))}
	if _, err := table.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("t"), Item: big}); err != nil {
		t.Fatal(err)
	}
	if _, err := table.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("t"), Key: dynamofake.Item{"id": s("k")}}); err != nil {
		t.Fatal(err)
	}
	if u := table.Usage(); u.WriteUnits != 5 || u.ReadUnits != 1 { // 5,004 bytes: 5 KB written, 8 KB read eventually
		t.Errorf("%v write and %v read units, want 5 and 1", u.WriteUnits, u.ReadUnits)
	}
	big["v"] = s(strings.Repeat("x", 400*1024))
	if _, err := table.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("t"), Item: big}); err == nil {
		t.Error("an item above 400 KB is accepted")
	}
}

func TestTTLDeletesLate(t *testing.T) {
	table := dynamofake.New("t", "id")
	if err := table.Seed(
		dynamofake.Item{"id": s("past"), "ttl": n("1000000000")},
		dynamofake.Item{"id": s("future"), "ttl": n("100000000000")},
		dynamofake.Item{"id": s("never")},
	); err != nil {
		t.Fatal(err)
	}
	if _, found := table.Peek("past"); !found {
		t.Error("an expired item is gone before TTL ran")
	}
	if removed := table.DeleteExpired("ttl"); removed != 1 || table.Len() != 2 {
		t.Errorf("TTL removed %d and left %d, want 1 and 2", removed, table.Len())
	}
}
