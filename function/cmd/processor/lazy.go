package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// lazyDynamoDB is a client that is made when it is first used.
type lazyDynamoDB func() *dynamodb.Client

func (l lazyDynamoDB) BatchExecuteStatement(ctx context.Context, input *dynamodb.BatchExecuteStatementInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	return l().BatchExecuteStatement(ctx, input, options...)
}

func (l lazyDynamoDB) BatchGetItem(ctx context.Context, input *dynamodb.BatchGetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	return l().BatchGetItem(ctx, input, options...)
}

// lazySQS is a client that is made when it is first used: most invocations have nothing to say to SQS.
type lazySQS func() *sqs.Client

func (l lazySQS) SendMessageBatch(ctx context.Context, input *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	return l().SendMessageBatch(ctx, input, options...)
}

func (l lazySQS) ChangeMessageVisibilityBatch(ctx context.Context, input *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	return l().ChangeMessageVisibilityBatch(ctx, input, options...)
}
