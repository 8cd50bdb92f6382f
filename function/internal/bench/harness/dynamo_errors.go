package harness

import (
	"errors"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/go-json-experiment/json"
)

const (
	// serviceNamespace and frameworkNamespace precede an error's code in __type, by who found the error.
	serviceNamespace   = "com.amazonaws.dynamodb.v20120810#"
	frameworkNamespace = "com.amazon.coral.service#"
	// unknownOperation and internalError are the framework's own codes.
	unknownOperation = "UnknownOperationException"
	internalError    = "InternalServerError"
)

// failureBody is an error on the wire. Item is what a failed condition returns with ALL_OLD.
type failureBody struct {
	Type    string `json:"__type"`
	Message string `json:"message"`
	Item    map[string]types.AttributeValue
}

// failure returns an error's status and body.
func failure(err error) (status int, body []byte) {
	code, _ := errorCode(err)
	status = http.StatusBadRequest
	if code == internalError {
		status = http.StatusInternalServerError
	}
	answer := failureBody{Type: serviceNamespace + code, Message: err.Error()}
	if code == unknownOperation || code == "ValidationException" {
		answer.Type = frameworkNamespace + code
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		answer.Message = api.ErrorMessage()
	}
	var conditional *types.ConditionalCheckFailedException
	if errors.As(err, &conditional) {
		answer.Item = conditional.Item
	}
	body, err = json.Marshal(answer, encoding)
	if err != nil {
		return http.StatusInternalServerError, nil
	}
	return status, body
}

// errorCode is the code of an error of DynamoDB's. What else went wrong here is an internal error, and not expected.
func errorCode(err error) (code string, expected bool) {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return internalError, false
	}
	code = api.ErrorCode()
	return code, code != unknownOperation && code != "ValidationException" && code != "ResourceNotFoundException"
}
