package dynamofake

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// maximumItemBytes is the largest item: DynamoDB developer guide, "Constraints".
const maximumItemBytes = 400 * 1024

func validation(format string, arguments ...any) error {
	return &smithy.GenericAPIError{
		Code:    "ValidationException",
		Message: fmt.Sprintf(format, arguments...),
		Fault:   smithy.FaultClient,
	}
}

func conditionFailed(item Item) error {
	return &types.ConditionalCheckFailedException{Message: aws.String("The conditional request failed"), Item: item}
}

// checkTable refuses a request for a table that does not exist.
func (t *Table) checkTable(name *string) error {
	if aws.ToString(name) != t.name {
		return &types.ResourceNotFoundException{
			Message: aws.String(fmt.Sprintf("Requested resource not found: table %q, there is %q", aws.ToString(name), t.name)),
		}
	}
	return nil
}

func checkItemSize(item Item) error {
	if size := itemSize(item); size > maximumItemBytes {
		return validation("item size has exceeded the maximum allowed size: %d bytes, at most %d", size, maximumItemBytes)
	}
	return nil
}
