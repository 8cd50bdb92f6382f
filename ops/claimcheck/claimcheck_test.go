package claimcheck_test

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/ops/claimcheck"
)

// cloud is a bucket and a queue. A message that comes before its object fails the test.
type cloud struct {
	t        *testing.T
	objects  map[string]string
	messages []*sqs.SendMessageInput
	putErr   error
	sendErr  error
}

func (c *cloud) PutObject(_ context.Context, in *s3.PutObjectInput, _ ...func(*s3.Options)) (*s3.PutObjectOutput, error) {
	if c.putErr != nil {
		return nil, c.putErr
	}
	body, err := io.ReadAll(in.Body)
	if err != nil {
		return nil, err
	}
	if *in.Bucket != "bucket" || *in.ContentLength != int64(len(body)) {
		c.t.Errorf("%d bytes, said to be %d, into bucket %s", len(body), *in.ContentLength, *in.Bucket)
	}
	c.objects[*in.Key] = string(body)
	return &s3.PutObjectOutput{}, nil
}

func (c *cloud) SendMessage(_ context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	if c.sendErr != nil {
		return nil, c.sendErr
	}
	for key := range c.objects {
		if strings.Contains(*in.MessageBody, key) {
			c.messages = append(c.messages, in)
			return &sqs.SendMessageOutput{MessageId: aws.String("m" + strconv.Itoa(len(c.messages)))}, nil
		}
	}
	c.t.Errorf("the message %s came before its object", *in.MessageBody)
	return nil, errors.New("no object")
}

// event is a body of so many bytes that the function takes.
func event(bytes int) string {
	return `{"event":{"type":"telephony.call.created","data":{"id":"c1","notes":"` + strings.Repeat("x", bytes) + `"}},"timestamp":"2026-01-02T03:04:05Z"}`
}

// TestTheFunctionTakesWhatIsSent opens the messages the way the function does.
func TestTheFunctionTakesWhatIsSent(t *testing.T) {
	for name, compress := range map[string]bool{"as it is": false, "compressed": true} {
		t.Run(name, func(t *testing.T) {
			c := &cloud{t: t, objects: map[string]string{}}
			sender := claimcheck.Sender{Objects: c, Messages: c, Bucket: "bucket", QueueURL: "queue", Compress: compress}
			body := event(400_000)
			sent, err := sender.Send(t.Context(), []byte(body))
			if err != nil {
				t.Fatal(err)
			}
			object := c.objects[sent.Key]
			if sent.MessageID != "m1" || sent.Bytes != len(object) || (len(object) < len(body)) != compress {
				t.Errorf("%+v for an object of %d bytes", sent, len(object))
			}
			if got := c.messages[0]; *got.QueueUrl != "queue" || *got.MessageAttributes["ExtendedPayloadSize"].StringValue != strconv.Itoa(len(object)) {
				t.Errorf("sent %v to %s", got.MessageAttributes, *got.QueueUrl)
			}
			reader := decode.NewReader(decode.Limits{MaxBytes: 1 << 20}, decode.ClaimCheckRules{Bucket: "bucket", Prefixes: []string{contract.ProducerPrefix}})
			opened, err := reader.Open(decode.Message{Body: []byte(*c.messages[0].MessageBody)}, nil)
			if err != nil || opened.ClaimCheck == nil || opened.ClaimCheck.Key != sent.Key {
				t.Fatalf("the function does not follow %s: %v", *c.messages[0].MessageBody, err)
			}
			opened, err = reader.Resume(opened, []byte(object), nil)
			if err != nil || opened.Event.Type != "telephony.call.created" {
				t.Errorf("the function takes it for an event of type %q, %v", opened.Event.Type, err)
			}
		})
	}
}

func TestSendingAgainOverwritesTheObjectWithItself(t *testing.T) {
	for name, compress := range map[string]bool{"as it is": false, "compressed": true} {
		c := &cloud{t: t, objects: map[string]string{}, sendErr: errors.New("reset")}
		sender := claimcheck.Sender{Objects: c, Messages: c, Bucket: "bucket", QueueURL: "queue", Compress: compress}
		if sent, err := sender.Send(t.Context(), []byte(event(1))); !errors.Is(err, c.sendErr) {
			t.Errorf("%s: %+v, %v; want the queue's error", name, sent, err)
		}
		c.sendErr = nil
		if _, err := sender.Send(t.Context(), []byte(event(1))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := sender.Send(t.Context(), []byte(event(2))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if len(c.objects) != 2 || len(c.messages) != 2 {
			t.Errorf("%s: %d objects and %d messages, want two of each", name, len(c.objects), len(c.messages))
		}
	}
}

func TestNoMessageWithoutAnObject(t *testing.T) {
	c := &cloud{t: t, putErr: errors.New("denied")}
	_, err := claimcheck.Sender{Objects: c, Messages: c, Bucket: "bucket", QueueURL: "queue"}.Send(t.Context(), []byte(event(1)))
	if !errors.Is(err, c.putErr) || len(c.messages) != 0 {
		t.Errorf("%v after %d messages", err, len(c.messages))
	}
}
