package traffic

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

const (
	// SendMessageBatch takes 10 entries of 262,144 bytes in all (Amazon SQS API reference).
	batchEntries = 10
	batchBytes   = maximumBytes
	session      = "genesys-cloud"
)

// asWriter exchanges the account's credentials for the writer role's.
func asWriter(ctx context.Context, account aws.Config, roleARN, externalID string) (aws.Config, error) {
	out, err := sts.NewFromConfig(account).AssumeRole(ctx, &sts.AssumeRoleInput{
		RoleArn: aws.String(roleARN), RoleSessionName: aws.String(session), ExternalId: aws.String(externalID),
	})
	if err != nil {
		return aws.Config{}, fmt.Errorf("assuming the writer role %s: %w", roleARN, err)
	}
	writer := account.Copy()
	writer.Credentials = credentials.NewStaticCredentialsProvider(
		*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
	return writer, nil
}

// send puts messages on the queue, in order, and returns their message ids.
func send(ctx context.Context, writer aws.Config, queueURL string, messages []Message) ([]string, error) {
	client := sqs.NewFromConfig(writer)
	ids := make([]string, 0, len(messages))
	for len(messages) > 0 {
		n, bytes := 0, 0
		for n < len(messages) && n < batchEntries && (n == 0 || bytes+size(messages[n]) <= batchBytes) {
			bytes += size(messages[n])
			n++
		}
		batch, err := sendBatch(ctx, client, queueURL, messages[:n])
		if err != nil {
			return ids, fmt.Errorf("sending messages %d to %d: %w", len(ids)+1, len(ids)+n, err)
		}
		ids, messages = append(ids, batch...), messages[n:]
	}
	return ids, nil
}

// textAttribute is the data type of an attribute that is a text.
const textAttribute = "String"

// size is a message's as SQS counts it: the body, and names, types and values of the attributes.
func size(message Message) int {
	bytes := len(message.Body)
	for name, value := range message.Attributes {
		bytes += len(name) + len(textAttribute) + len(value)
	}
	return bytes
}

func sendBatch(ctx context.Context, client *sqs.Client, queueURL string, messages []Message) ([]string, error) {
	entries := make([]types.SendMessageBatchRequestEntry, len(messages))
	for i, message := range messages {
		entries[i] = types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(message.Body), MessageAttributes: attributesOf(message),
		}
	}
	out, err := client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(queueURL), Entries: entries})
	if err != nil {
		return nil, err
	}
	if len(out.Failed) > 0 {
		f := out.Failed[0]
		return nil, fmt.Errorf("SQS refused %d of them, the first with %s: %s", len(out.Failed), aws.ToString(f.Code), aws.ToString(f.Message))
	}
	ids := make([]string, len(messages))
	for _, entry := range out.Successful {
		i, err := strconv.Atoi(aws.ToString(entry.Id))
		if err != nil || i < 0 || i >= len(ids) {
			return nil, fmt.Errorf("SQS answered for an entry %q that was not sent", aws.ToString(entry.Id))
		}
		ids[i] = aws.ToString(entry.MessageId)
	}
	return ids, nil
}

func attributesOf(message Message) map[string]types.MessageAttributeValue {
	if len(message.Attributes) == 0 {
		return nil
	}
	attributes := make(map[string]types.MessageAttributeValue, len(message.Attributes))
	for name, value := range message.Attributes {
		attributes[name] = types.MessageAttributeValue{DataType: aws.String(textAttribute), StringValue: aws.String(value)}
	}
	return attributes
}

// pollEvery is how often a queue is asked whether it is empty.
const pollEvery = 500 * time.Millisecond

// awaitQuiet waits until nothing on the queue is visible, in flight or delayed, and tells progress how many are left.
func awaitQuiet(ctx context.Context, account aws.Config, queueURL string, progress func(left int)) error {
	client := sqs.NewFromConfig(account)
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	// Counts of a Standard queue are approximate: one zero proves nothing.
	for zeros := 0; zeros < 3; zeros++ {
		left, err := waiting(ctx, client, queueURL)
		if err != nil {
			return err
		}
		if left > 0 {
			zeros = -1
		}
		progress(left)
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s is quiet: %d messages are left: %w", queueURL, left, ctx.Err())
		case <-ticker.C:
		}
	}
	return nil
}

// waiting is how many messages a queue has that are visible, in flight or delayed.
func waiting(ctx context.Context, client *sqs.Client, queueURL string) (int, error) {
	out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl:       aws.String(queueURL),
		AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		return 0, fmt.Errorf("asking how many messages are left on %s: %w", queueURL, err)
	}
	left := 0
	for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
		n, err := strconv.Atoi(out.Attributes[name])
		if err != nil {
			return 0, fmt.Errorf("reading %s of %s: %w", name, queueURL, err)
		}
		left += n
	}
	return left, nil
}

// peekSeconds hides what was read for long enough to read the whole queue once.
const peekSeconds = 300

// Queued is one that lies on a queue.
type Queued struct {
	ID         string
	Body       string
	Attributes map[string]string
}

// peek reads all messages of a queue and leaves them there.
func peek(ctx context.Context, account aws.Config, queueURL string) ([]Queued, error) {
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
