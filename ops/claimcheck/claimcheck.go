// Package claimcheck sends events that are too large for a queue (262,144 bytes, attributes included), as a producer of this
// account does: the body becomes an object of the payload bucket, and a message that points to it goes to the ingestion
// queue. It is short so that a producer can copy it.
//
// A producer needs s3:PutObject on payloads/* of the bucket and sqs:SendMessage on the queue; bucket and queue are the stack
// outputs payloadBucket and ingestionQueueUrl. Four things matter:
//
//   - The object comes first. A message whose object is missing goes to the validation queue, for good.
//   - The key is payloads/ and the SHA-256 of the object. Whoever sends a body again, since an answer was lost, overwrites
//     the object with itself, and no other.
//   - An object may be compressed with gzip: the function sees it by the first bytes. It needs no Content-Encoding, by which
//     some clients would expand it on the way.
//   - The object, expanded, has at most maximumPayloadBytes of the stack's configuration.
//
// An object that never got its message is deleted after payloadRetentionDays, as all others are.
package claimcheck

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/contract"
)

// Objects is what is called of Amazon S3; *s3.Client is one.
type Objects interface {
	PutObject(ctx context.Context, input *s3.PutObjectInput, options ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// Messages is what is called of Amazon SQS; *sqs.Client is one.
type Messages interface {
	SendMessage(ctx context.Context, input *sqs.SendMessageInput, options ...func(*sqs.Options)) (*sqs.SendMessageOutput, error)
}

// Sender sends bodies by claim check. It is safe for concurrent use.
type Sender struct {
	Objects          Objects
	Messages         Messages
	Bucket, QueueURL string
	// Compress has the objects compressed.
	Compress bool
}

// Sent is where a body went.
type Sent struct {
	MessageID string
	Key       string
	// Bytes is the size of the object.
	Bytes int
}

// Send sends one body. After an error it can be called again with the same body.
func (s Sender) Send(ctx context.Context, body []byte) (Sent, error) {
	object, suffix := body, ".json"
	if s.Compress {
		var err error
		if object, err = compress(body); err != nil {
			return Sent{}, err
		}
		suffix = ".json.gz"
	}
	sum := sha256.Sum256(object)
	sent := Sent{Key: contract.ProducerPrefix + hex.EncodeToString(sum[:]) + suffix, Bytes: len(object)}
	if _, err := s.Objects.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(s.Bucket), Key: aws.String(sent.Key), Body: bytes.NewReader(object), ContentLength: aws.Int64(int64(len(object))),
	}); err != nil {
		return Sent{}, fmt.Errorf("putting %d bytes into bucket %s: %w", len(object), s.Bucket, err)
	}
	message, err := pointer(s.Bucket, sent.Key)
	if err != nil {
		return Sent{}, err
	}
	out, err := s.Messages.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: aws.String(s.QueueURL), MessageBody: aws.String(message),
		MessageAttributes: map[string]types.MessageAttributeValue{
			contract.ClaimCheckSize: {DataType: aws.String("Number"), StringValue: aws.String(strconv.Itoa(len(object)))},
		},
	})
	if err != nil {
		return Sent{}, fmt.Errorf("sending the pointer to an object of %d bytes to %s: %w", len(object), s.QueueURL, err)
	}
	sent.MessageID = aws.ToString(out.MessageId)
	return sent, nil
}

func compress(body []byte) ([]byte, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(body); err != nil {
		return nil, fmt.Errorf("compressing %d bytes: %w", len(body), err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("compressing %d bytes: %w", len(body), err)
	}
	return out.Bytes(), nil
}

// pointer is ["<class>", {"s3BucketName": …, "s3Key": …}].
func pointer(bucket, key string) (string, error) {
	text, err := json.Marshal([]any{contract.ClaimCheckClass, struct {
		Bucket string `json:"s3BucketName"`
		Key    string `json:"s3Key"`
	}{bucket, key}})
	if err != nil {
		return "", fmt.Errorf("writing the pointer: %w", err)
	}
	return string(text), nil
}
