package harness

import (
	"context"
	"fmt"
	"regexp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/go-json-experiment/json"

	"cc-eventbridge/function/internal/dynamofake"
)

// operation serves one request body.
type operation func(ctx context.Context, s *Dynamo, body []byte) ([]byte, error)

// operations are those that the compared implementations use.
var operations = map[string]operation{
	"BatchExecuteStatement": serve((*dynamofake.Table).BatchExecuteStatement, tableOfStatements),
	"BatchGetItem":          serve((*dynamofake.Table).BatchGetItem, tableOfKeys),
	"GetItem":               serve((*dynamofake.Table).GetItem, func(in *dynamodb.GetItemInput) string { return aws.ToString(in.TableName) }),
	"PutItem":               serve((*dynamofake.Table).PutItem, func(in *dynamodb.PutItemInput) string { return aws.ToString(in.TableName) }),
	"UpdateItem":            serve((*dynamofake.Table).UpdateItem, func(in *dynamodb.UpdateItemInput) string { return aws.ToString(in.TableName) }),
	"DeleteItem":            serve((*dynamofake.Table).DeleteItem, func(in *dynamodb.DeleteItemInput) string { return aws.ToString(in.TableName) }),
}

// serve turns one call of the model into an operation on the wire.
func serve[In, Out any](
	call func(*dynamofake.Table, context.Context, *In, ...func(*dynamodb.Options)) (*Out, error),
	tableName func(*In) string,
) operation {
	return func(ctx context.Context, s *Dynamo, body []byte) ([]byte, error) {
		var in In
		if err := json.Unmarshal(body, &in, decoding); err != nil {
			return nil, fmt.Errorf("decode a %T: %w", in, err)
		}
		name := tableName(&in)
		table, found := s.tables[name]
		if !found {
			return nil, &types.ResourceNotFoundException{Message: aws.String(fmt.Sprintf("Requested resource not found: table %q", name))}
		}
		out, err := call(table, ctx, &in)
		if err != nil {
			return nil, err //nolint:wrapcheck // the model's errors are the answer
		}
		answer, err := json.Marshal(out, encoding)
		if err != nil {
			return nil, fmt.Errorf("encode a %T: %w", out, err)
		}
		return answer, nil
	}
}

// tableOfKeys is the table that a BatchGetItem reads; the model takes one at a time.
func tableOfKeys(in *dynamodb.BatchGetItemInput) string {
	for name := range in.RequestItems {
		return name
	}
	return ""
}

// statementTable finds the table's name in a PartiQL statement.
var statementTable = regexp.MustCompile(`(?i)^\s*(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|SELECT\s.*?\sFROM)\s+"?([A-Za-z0-9_.-]+)"?`)

// tableOfStatements is the table of a batch's first statement; the model refuses a batch about two tables.
func tableOfStatements(in *dynamodb.BatchExecuteStatementInput) string {
	if len(in.Statements) == 0 {
		return ""
	}
	match := statementTable.FindStringSubmatch(aws.ToString(in.Statements[0].Statement))
	if match == nil {
		return ""
	}
	return match[1]
}
