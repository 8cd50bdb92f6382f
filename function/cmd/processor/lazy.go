package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/appconfigdata"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/awshttp"
)

// Clients that are made when they are first used, which most are not before the first batch: Lambda waits for the first
// poll, and many a process never quarantines, follows a claim check or needs a token.
type (
	lazyDynamoDB  func() *dynamodb.Client
	lazySQS       func() *sqs.Client
	lazyS3        func() *s3.Client
	lazySecrets   func() *secretsmanager.Client
	lazyAppConfig func() *appconfigdata.Client
)

// plain has no error of a call hold a text from outside: errors are logged.
func plain[Output any](output Output, err error) (Output, error) { return output, awshttp.Plain(err) }

func (l lazyDynamoDB) BatchExecuteStatement(ctx context.Context, input *dynamodb.BatchExecuteStatementInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	return plain(l().BatchExecuteStatement(ctx, input, options...))
}

func (l lazyDynamoDB) BatchGetItem(ctx context.Context, input *dynamodb.BatchGetItemInput, options ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	return plain(l().BatchGetItem(ctx, input, options...))
}

func (l lazySQS) SendMessageBatch(ctx context.Context, input *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	return plain(l().SendMessageBatch(ctx, input, options...))
}

func (l lazySQS) ChangeMessageVisibilityBatch(ctx context.Context, input *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	return plain(l().ChangeMessageVisibilityBatch(ctx, input, options...))
}

func (l lazyS3) GetObject(ctx context.Context, input *s3.GetObjectInput, options ...func(*s3.Options)) (*s3.GetObjectOutput, error) {
	return plain(l().GetObject(ctx, input, options...))
}

func (l lazyS3) PutObject(ctx context.Context, input *s3.PutObjectInput, options ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	return plain(l().PutObject(ctx, input, options...))
}

func (l lazySecrets) GetSecretValue(ctx context.Context, input *secretsmanager.GetSecretValueInput, options ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	return plain(l().GetSecretValue(ctx, input, options...))
}

func (l lazyAppConfig) StartConfigurationSession(ctx context.Context, input *appconfigdata.StartConfigurationSessionInput, options ...func(*appconfigdata.Options)) (*appconfigdata.StartConfigurationSessionOutput, error) {
	return plain(l().StartConfigurationSession(ctx, input, options...))
}

func (l lazyAppConfig) GetLatestConfiguration(ctx context.Context, input *appconfigdata.GetLatestConfigurationInput, options ...func(*appconfigdata.Options)) (*appconfigdata.GetLatestConfigurationOutput, error) {
	return plain(l().GetLatestConfiguration(ctx, input, options...))
}
