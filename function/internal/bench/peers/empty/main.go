// Command empty is a Lambda function that does nothing: the yardstick for how soon a Go process can poll.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

// handler answers an SQS batch with no failures, on raw bytes like the function it is compared with.
type handler struct{}

// Invoke implements [lambda.Handler].
func (handler) Invoke(context.Context, []byte) ([]byte, error) { //nolint:unparam // the interface has an error
	return []byte(`{"batchItemFailures":[]}`), nil
}

func main() { lambda.Start(handler{}) }
