package traffic

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// peekSeconds hides what was read for long enough to read the whole queue once.
const peekSeconds = 300

// Queued is one that lies on a queue.
type Queued struct {
	ID         string
	Body       string
	Attributes map[string]string
}

// Peek reads all messages of a queue and leaves them there.
func Peek(ctx context.Context, account aws.Config, queueURL string) ([]Queued, error) {
	client := sqs.NewFromConfig(account)
	var messages []Queued
	var handles []string
	for {
		out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: aws.String(queueURL), MaxNumberOfMessages: batchEntries, VisibilityTimeout: peekSeconds,
			MessageAttributeNames: []string{"All"},
		})
		if err != nil {
			return nil, fmt.Errorf("reading %s: %w", queueURL, err)
		}
		if len(out.Messages) == 0 {
			break
		}
		for _, m := range out.Messages {
			attributes := make(map[string]string, len(m.MessageAttributes))
			for name, value := range m.MessageAttributes {
				attributes[name] = aws.ToString(value.StringValue)
			}
			messages = append(messages, Queued{ID: aws.ToString(m.MessageId), Body: aws.ToString(m.Body), Attributes: attributes})
			handles = append(handles, aws.ToString(m.ReceiptHandle))
		}
	}
	return messages, release(ctx, client, queueURL, handles)
}

// release makes messages visible again.
func release(ctx context.Context, client *sqs.Client, queueURL string, handles []string) error {
	for _, handle := range handles {
		if _, err := client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
			QueueUrl: aws.String(queueURL), ReceiptHandle: aws.String(handle), VisibilityTimeout: 0,
		}); err != nil {
			return fmt.Errorf("making what was read of %s visible again: %w", queueURL, err)
		}
	}
	return nil
}
