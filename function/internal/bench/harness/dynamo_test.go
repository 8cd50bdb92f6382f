package harness_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"cc-eventbridge/function/internal/bench/harness"
	"cc-eventbridge/function/internal/dynamofake"
)

// item is a record with every type of value that the endpoint carries.
func item(key string) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{
		"id":    &types.AttributeValueMemberS{Value: key},
		"n":     &types.AttributeValueMemberN{Value: "12345678901234567890.5"},
		"bytes": &types.AttributeValueMemberB{Value: []byte{0, 1, 254, 255}},
		"yes":   &types.AttributeValueMemberBOOL{Value: false},
		"none":  &types.AttributeValueMemberNULL{Value: true},
		"list": &types.AttributeValueMemberL{Value: []types.AttributeValue{
			&types.AttributeValueMemberM{Value: map[string]types.AttributeValue{"é\"": &types.AttributeValueMemberS{Value: "é\\\""}}},
		}},
	}
}

func start(t *testing.T, latency time.Duration) (*harness.Dynamo, *dynamofake.Table, *dynamodb.Client) {
	t.Helper()
	table := dynamofake.New("events", "id")
	server, err := harness.ServeDynamo(latency, table)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	client := dynamodb.New(dynamodb.Options{
		Region:           "us-east-1",
		BaseEndpoint:     aws.String(server.URL()),
		Credentials:      credentials.NewStaticCredentialsProvider("id", "secret", ""),
		RetryMaxAttempts: 1,
	})
	return server, table, client
}

func TestAnItemSurvivesTheWire(t *testing.T) {
	_, table, client := start(t, 0)
	want := item("a")
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("events"), Item: want}); err != nil {
		t.Fatal(err)
	}
	out, err := client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("events"), Key: map[string]types.AttributeValue{"id": want["id"]}, ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	stored, _ := table.Peek("a")
	for name, got := range map[string]map[string]types.AttributeValue{"stored": stored, "read": out.Item} {
		if g, w := describe(got), describe(want); g != w {
			t.Errorf("%s item is %s, want %s", name, g, w)
		}
	}
	usage := table.Usage()
	if usage.TotalCalls() != 2 || usage.WriteUnits != 1 || usage.ReadUnits != 1 {
		t.Errorf("usage = %+v, want two calls, one write unit and one read unit", usage)
	}
}

func TestAFailedConditionReturnsTheOldItemWhenAskedTo(t *testing.T) {
	_, _, client := start(t, 0)
	put := &dynamodb.PutItemInput{
		TableName:                           aws.String("events"),
		Item:                                item("a"),
		ConditionExpression:                 aws.String("attribute_not_exists(#id)"),
		ExpressionAttributeNames:            map[string]string{"#id": "id"},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if _, err := client.PutItem(t.Context(), put); err != nil {
		t.Fatal(err)
	}
	_, err := client.PutItem(t.Context(), put)
	var conditional *types.ConditionalCheckFailedException
	if !errors.As(err, &conditional) {
		t.Fatalf("error = %v, want a ConditionalCheckFailedException", err)
	}
	if got, want := describe(conditional.Item), describe(item("a")); got != want {
		t.Errorf("old item is %s, want %s", got, want)
	}
}

func TestABatchIsAnsweredStatementByStatement(t *testing.T) {
	server, table, client := start(t, 0)
	insert := types.BatchStatementRequest{
		Statement:  aws.String(`INSERT INTO "events" VALUE {'id': ?}`),
		Parameters: []types.AttributeValue{&types.AttributeValueMemberS{Value: "a"}},
	}
	for i, want := range []types.BatchStatementErrorCodeEnum{"", types.BatchStatementErrorCodeEnumDuplicateItem} {
		out, err := client.BatchExecuteStatement(t.Context(), &dynamodb.BatchExecuteStatementInput{Statements: []types.BatchStatementRequest{insert}})
		if err != nil {
			t.Fatal(err)
		}
		var got types.BatchStatementErrorCodeEnum
		if out.Responses[0].Error != nil {
			got = out.Responses[0].Error.Code
		}
		if got != want {
			t.Errorf("insert %d: code %q, want %q", i+1, got, want)
		}
	}
	out, err := client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
		"events": {Keys: []map[string]types.AttributeValue{{"id": insert.Parameters[0]}}, ConsistentRead: aws.Bool(true)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(out.Responses["events"]); n != 1 {
		t.Errorf("BatchGetItem returned %d items, want 1", n)
	}
	if calls := table.Usage().TotalCalls(); calls != 3 {
		t.Errorf("%d calls were counted, want 3", calls)
	}
	if err := server.Refused(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotServedIsAnErrorAndRemembered(t *testing.T) {
	cases := []struct {
		name, code, refused string
		call                func(*dynamodb.Client) error
	}{
		{"an operation that is not implemented", "UnknownOperationException", "Scan", func(c *dynamodb.Client) error {
			_, err := c.Scan(t.Context(), &dynamodb.ScanInput{TableName: aws.String("events")})
			return err
		}},
		{"a table that is not there", "ResourceNotFoundException", "elsewhere", func(c *dynamodb.Client) error {
			_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("elsewhere"), Item: item("a")})
			return err
		}},
		{"an item without its key", "ValidationException", "key", func(c *dynamodb.Client) error {
			_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("events"), Item: map[string]types.AttributeValue{"n": &types.AttributeValueMemberN{Value: "1"}}})
			return err
		}},
		{"a value of a type that is not implemented", "InternalServerError", "SS", func(c *dynamodb.Client) error {
			_, err := c.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("events"), Item: map[string]types.AttributeValue{"id": &types.AttributeValueMemberSS{Value: []string{"1"}}}})
			return err
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			server, _, client := start(t, 0)
			var api smithy.APIError
			if err := c.call(client); !errors.As(err, &api) || api.ErrorCode() != c.code {
				t.Errorf("error = %v, want code %s", err, c.code)
			}
			if refused := server.Refused(); refused == nil || !strings.Contains(refused.Error(), c.refused) {
				t.Errorf("remembered %v, want it to say %q", refused, c.refused)
			}
		})
	}
}

func TestEveryCallTakesTheLatency(t *testing.T) {
	const latency = 20 * time.Millisecond
	_, _, client := start(t, latency)
	started := time.Now()
	if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("events"), Item: item("a")}); err != nil {
		t.Fatal(err)
	}
	if elapsed := time.Since(started); elapsed < latency {
		t.Errorf("a call took %v, want at least %v", elapsed, latency)
	}
}

// describe writes an item in an order that does not vary.
func describe(item map[string]types.AttributeValue) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(item)) {
		b.WriteString(name + "=" + value(item[name]) + " ")
	}
	return b.String()
}

func value(v types.AttributeValue) string {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return "S:" + v.Value
	case *types.AttributeValueMemberN:
		return "N:" + v.Value
	case *types.AttributeValueMemberB:
		return "B:" + string(v.Value)
	case *types.AttributeValueMemberBOOL:
		return map[bool]string{true: "true", false: "false"}[v.Value]
	case *types.AttributeValueMemberNULL:
		return "null"
	case *types.AttributeValueMemberL:
		held := make([]string, len(v.Value))
		for i := range v.Value {
			held[i] = value(v.Value[i])
		}
		return "[" + strings.Join(held, ",") + "]"
	case *types.AttributeValueMemberM:
		return "{" + describe(v.Value) + "}"
	default:
		return "?"
	}
}
