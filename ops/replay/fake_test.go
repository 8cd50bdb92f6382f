package replay_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/contract"
)

const (
	validation = "https://sqs.eu-central-1.amazonaws.com/1/validation"
	ingestion  = "https://sqs.eu-central-1.amazonaws.com/1/ingestion"
)

// message is one that lies on a queue of the fake.
type message struct {
	id         string
	body       string
	attributes map[string]types.MessageAttributeValue
	group      *string
	sentAt     time.Time
	visibleAt  time.Time
	receives   int
}

// queues behave like two Standard queues, in the time of the test's bubble, and fail as told.
type queues struct {
	t        *testing.T
	mutex    sync.Mutex
	messages map[string][]*message
	ids      int

	refuse    func(in *sqs.SendMessageInput) error
	stuck     bool // deletions fail
	readErr   error
	onSend    func(in *sqs.SendMessageInput)
	onReceive func()
	unmoved   bool // visibility stays what it is
	processed bool // as if there were a function that quarantines all again
}

func newQueues(t *testing.T) *queues {
	return &queues{t: t, messages: make(map[string][]*message)}
}

func (q *queues) add(url, body string, attributes map[string]types.MessageAttributeValue, after time.Duration) string {
	q.ids++
	at := time.Now().Add(after)
	m := &message{id: "m" + strconv.Itoa(q.ids), body: body, attributes: attributes, sentAt: at, visibleAt: at}
	q.messages[url] = append(q.messages[url], m)
	return m.id
}

func (q *queues) ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, _ ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error) {
	if in.MaxNumberOfMessages > 10 || in.WaitTimeSeconds > 20 || len(in.MessageAttributeNames) == 0 || len(in.MessageSystemAttributeNames) == 0 {
		q.t.Errorf("a receive of %d messages within %d s, of attributes %v", in.MaxNumberOfMessages, in.WaitTimeSeconds, in.MessageAttributeNames)
	}
	if q.readErr != nil {
		return nil, q.readErr
	}
	for waited := int32(0); ; waited++ {
		if out := q.visible(*in.QueueUrl, int(in.MaxNumberOfMessages), time.Duration(in.VisibilityTimeout)*time.Second); len(out) > 0 || waited == in.WaitTimeSeconds {
			if q.onReceive != nil {
				q.onReceive()
			}
			if ctx.Err() != nil {
				return nil, ctx.Err() // nobody reads the answer, and what is in it stays hidden
			}
			return &sqs.ReceiveMessageOutput{Messages: out}, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (q *queues) visible(url string, most int, hide time.Duration) []types.Message {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	var out []types.Message
	for _, m := range q.messages[url] {
		if len(out) == most || m.visibleAt.After(time.Now()) {
			continue
		}
		m.receives++
		m.visibleAt = time.Now().Add(hide)
		attributes := map[string]string{"SentTimestamp": strconv.FormatInt(m.sentAt.UnixMilli(), 10)}
		if m.group != nil {
			attributes["MessageGroupId"] = *m.group
		}
		out = append(out, types.Message{
			MessageId: aws.String(m.id), ReceiptHandle: aws.String(m.id + "/" + strconv.Itoa(m.receives)), Body: aws.String(m.body), MessageAttributes: m.attributes,
			Attributes: attributes,
		})
	}
	return out
}

func (q *queues) SendMessage(ctx context.Context, in *sqs.SendMessageInput, _ ...func(*sqs.Options)) (*sqs.SendMessageOutput, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if *in.MessageBody == "" || *in.QueueUrl != ingestion {
		q.t.Errorf("%q sent to %s", *in.MessageBody, *in.QueueUrl)
	}
	if q.refuse != nil {
		if err := q.refuse(in); err != nil {
			return nil, err
		}
	}
	for name, value := range in.MessageAttributes {
		if aws.ToString(value.DataType) == "" || (value.StringValue == nil) == (value.BinaryValue == nil) {
			return nil, fmt.Errorf("InvalidParameterValue: attribute %s", name)
		}
	}
	id := q.add(ingestion, *in.MessageBody, in.MessageAttributes, 0)
	q.messages[ingestion][len(q.messages[ingestion])-1].group = in.MessageGroupId
	if q.processed {
		q.add(validation, *in.MessageBody, quarantined("schema-mismatch", `{}`), 1500*time.Millisecond)
	}
	if q.onSend != nil {
		q.onSend(in)
	}
	return &sqs.SendMessageOutput{MessageId: aws.String(id)}, nil
}

// find returns the message that a receipt handle is for, if it is the newest one.
func (q *queues) find(url, handle string) (int, error) {
	for i, m := range q.messages[url] {
		if id, receive, _ := strings.Cut(handle, "/"); id == m.id && receive == strconv.Itoa(m.receives) {
			return i, nil
		}
	}
	return 0, errors.New("ReceiptHandleIsInvalid")
}

func (q *queues) DeleteMessage(_ context.Context, in *sqs.DeleteMessageInput, _ ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.stuck {
		return nil, errors.New("AccessDenied")
	}
	i, err := q.find(*in.QueueUrl, *in.ReceiptHandle)
	if err != nil {
		q.t.Errorf("deleting %s: %v", *in.ReceiptHandle, err)
		return nil, err
	}
	q.messages[*in.QueueUrl] = append(q.messages[*in.QueueUrl][:i:i], q.messages[*in.QueueUrl][i+1:]...)
	return &sqs.DeleteMessageOutput{}, nil
}

func (q *queues) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(in.Entries) == 0 || len(in.Entries) > 10 {
		q.t.Errorf("a call with %d entries", len(in.Entries))
	}
	out := &sqs.ChangeMessageVisibilityBatchOutput{}
	for _, entry := range in.Entries {
		if q.unmoved {
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: entry.Id, Code: aws.String("InternalError")})
			continue
		}
		i, err := q.find(*in.QueueUrl, *entry.ReceiptHandle)
		if err != nil {
			q.t.Errorf("releasing %s: %v", *entry.ReceiptHandle, err)
			continue
		}
		q.messages[*in.QueueUrl][i].visibleAt = time.Now().Add(time.Duration(entry.VisibilityTimeout) * time.Second)
	}
	return out, nil
}

// hidden is how many messages of a queue nobody can receive now.
func (q *queues) hidden(url string) int {
	count := 0
	for _, m := range q.messages[url] {
		if m.visibleAt.After(time.Now()) {
			count++
		}
	}
	return count
}

// message is the attributes of one with original message attributes, a JSON object; "" for dropped ones.
func quarantined(reason, originals string) map[string]types.MessageAttributeValue {
	text := func(s string) types.MessageAttributeValue {
		return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(s)}
	}
	attributes := map[string]types.MessageAttributeValue{contract.QuarantineReason: text(reason), "stage": text("validate")}
	if originals == "" {
		attributes["originalDropped"] = text("true")
	} else {
		attributes[contract.QuarantineOriginal] = text(`{"attributes":{"SenderId":"s"},"messageAttributes":` + originals + `}`)
	}
	return attributes
}
