package quarantine_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/quarantine"
)

// queue takes what SQS takes, and fails as told.
type queue struct {
	t      *testing.T
	mutex  sync.Mutex
	calls  int
	taken  []types.SendMessageBatchRequestEntry
	answer func(call int, entry types.SendMessageBatchRequestEntry) (sent, mentioned, senderFault bool)
	err    func(call int) error
	// refuses fails a whole call for one of its entries.
	refuses func(entry types.SendMessageBatchRequestEntry) error
}

func size(entry types.SendMessageBatchRequestEntry) int {
	bytes := len(*entry.MessageBody)
	for name, value := range entry.MessageAttributes {
		bytes += len(name) + len(*value.DataType) + len(*value.StringValue)
	}
	return bytes
}

func (q *queue) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.calls++
	total := 0
	for _, entry := range in.Entries {
		total += size(entry)
		if *entry.MessageBody == "" || len(entry.MessageAttributes) > 10 {
			q.t.Errorf("entry with body %q and %d attributes", *entry.MessageBody, len(entry.MessageAttributes))
		}
	}
	if len(in.Entries) == 0 || len(in.Entries) > 10 || total > 262144 {
		q.t.Errorf("a call with %d entries of %d bytes", len(in.Entries), total)
	}
	if q.calls > 100 { // whoever calls on and on is let go, so that the test ends
		q.t.Errorf("call %d", q.calls)
		q.answer, q.err, q.refuses = nil, nil, nil
	}
	if q.err != nil {
		if err := q.err(q.calls); err != nil {
			return nil, err
		}
	}
	for _, entry := range in.Entries {
		if q.refuses != nil && q.refuses(entry) != nil {
			return nil, q.refuses(entry)
		}
	}
	out := &sqs.SendMessageBatchOutput{}
	for _, entry := range in.Entries {
		sent, mentioned, senderFault := true, true, false
		if q.answer != nil {
			sent, mentioned, senderFault = q.answer(q.calls, entry)
		}
		switch {
		case sent && mentioned:
			q.taken = append(q.taken, entry)
			out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: entry.Id})
		case mentioned:
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: entry.Id, Code: aws.String("Failure"), SenderFault: senderFault})
		}
	}
	return out, nil
}

func messages(n, bytes int) []quarantine.Message {
	var messages []quarantine.Message
	for i := range n {
		messages = append(messages, quarantine.Message{
			Body: []byte(strings.Repeat("x", bytes)), Reason: "not-json", Stage: "decode", MessageID: "m" + strconv.Itoa(i), ReceiveCount: 1,
			At: time.Unix(1767323045, 0), Attributes: jsontext.Value(`{"SenderId":"s"}`), MessageAttributes: jsontext.Value(`{"a":{"stringValue":"b"}}`),
		})
	}
	return messages
}

func failures(errs []error) int {
	count := 0
	for _, err := range errs {
		if err != nil {
			count++
		}
	}
	return count
}

func TestQuarantinedMessage(t *testing.T) {
	q := &queue{t: t}
	message := messages(1, 3)[0]
	message.EventID = `direct["t",1,"x"]`
	if errs := quarantine.NewQueue(q, "url", nil, "").Send(t.Context(), []quarantine.Message{message}, 1); failures(errs) > 0 {
		t.Fatal(errs)
	}
	want := map[string]string{
		"reason": "not-json", "stage": "decode", "messageId": "m0", "eventId": message.EventID, "receiveCount": "1",
		"quarantinedAt": "2026-01-02T03:04:05Z",
		"original":      `{"attributes":{"SenderId":"s"},"messageAttributes":{"a":{"stringValue":"b"}}}`,
	}
	got := q.taken[0]
	if *got.MessageBody != "xxx" || len(got.MessageAttributes) != len(want) {
		t.Errorf("body %q with %d attributes", *got.MessageBody, len(got.MessageAttributes))
	}
	for name, value := range want {
		if attribute := got.MessageAttributes[name]; attribute.StringValue == nil || *attribute.StringValue != value {
			t.Errorf("%s is %v, want %s", name, attribute.StringValue, value)
		}
	}
}

func TestLargeBodiesStayWhole(t *testing.T) {
	for _, c := range []struct {
		name       string
		bytes      int
		attributes []string
		without    []string
	}{
		{"room for all", 260000, []string{"reason", "original"}, []string{"originalDropped"}},
		{"no room for the original attributes", 261900, []string{"reason", "stage", "originalDropped"}, []string{"original"}},
		{"hardly any room", 262144 - 30, []string{"reason"}, []string{"original", "stage"}},
		{"no room at all", 262144, nil, []string{"reason", "original", "originalDropped"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := &queue{t: t}
			message := messages(1, c.bytes)[0]
			message.Attributes = jsontext.Value(`{"SenderId":"` + strings.Repeat("s", 400) + `"}`)
			if errs := quarantine.NewQueue(q, "url", nil, "").Send(t.Context(), []quarantine.Message{message}, 1); failures(errs) > 0 {
				t.Fatal(errs)
			}
			got := q.taken[0].MessageAttributes
			if len(*q.taken[0].MessageBody) != c.bytes {
				t.Error("the body was changed")
			}
			for _, name := range c.attributes {
				if _, ok := got[name]; !ok {
					t.Errorf("no attribute %s", name)
				}
			}
			for _, name := range c.without {
				if _, ok := got[name]; ok {
					t.Errorf("attribute %s", name)
				}
			}
		})
	}
}

func TestSend(t *testing.T) {
	cases := []struct {
		name                 string
		count, bytes         int
		answer               func(call int, entry types.SendMessageBatchRequestEntry) (sent, mentioned, senderFault bool)
		err                  func(call int) error
		failed, calls, taken int
	}{
		{name: "none", count: 0},
		{name: "ten a call", count: 23, bytes: 10, calls: 3, taken: 23},
		{name: "256 KiB a call", count: 5, bytes: 100000, calls: 3, taken: 5},
		{name: "an empty body", count: 1, bytes: 0, calls: 1, taken: 1},
		{
			name: "Failed on the queue's side is tried again", count: 3, bytes: 1, calls: 2, taken: 3,
			answer: func(call int, entry types.SendMessageBatchRequestEntry) (bool, bool, bool) {
				return call > 1 || *entry.Id != "1", true, false
			},
		},
		{
			name: "Failed by our fault is not", count: 3, bytes: 1, calls: 1, taken: 2, failed: 1,
			answer: func(_ int, entry types.SendMessageBatchRequestEntry) (bool, bool, bool) {
				return *entry.Id != "1", true, true
			},
		},
		{
			name: "an entry that the answer does not mention is tried again, and has failed in the end", count: 2, bytes: 1, calls: 3, taken: 1, failed: 1,
			answer: func(_ int, entry types.SendMessageBatchRequestEntry) (bool, bool, bool) {
				return true, *entry.Id != "1", false
			},
		},
		{
			name: "a lost answer is tried again", count: 2, bytes: 1, calls: 2, taken: 2,
			err: func(call int) error { return map[int]error{1: errors.New("reset")}[call] },
		},
		{
			name: "a queue that can't be reached fails all", count: 2, bytes: 1, calls: 3, failed: 2,
			err: func(int) error { return errors.New("reset") },
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := &queue{t: t, answer: c.answer, err: c.err}
				errs := quarantine.NewQueue(q, "url", nil, "").Send(t.Context(), messages(c.count, c.bytes), 1)
				if len(errs) != c.count || failures(errs) != c.failed || q.calls != c.calls || len(q.taken) != c.taken {
					t.Errorf("%d failed, %d taken in %d calls; want %d, %d, %d (%v)", failures(errs), len(q.taken), q.calls, c.failed, c.taken, c.calls, errs)
				}
			})
		})
	}
}

// TestARefusedCallFailsOneMessageAlone has SQS refuse every call with one certain message in it.
func TestARefusedCallFailsOneMessageAlone(t *testing.T) {
	refusal := &smithy.GenericAPIError{Code: "InvalidParameterValue", Fault: smithy.FaultClient}
	q := &queue{t: t}
	q.refuses = func(entry types.SendMessageBatchRequestEntry) error {
		if *entry.Id == "3" {
			return refusal
		}
		return nil
	}
	synctest.Test(t, func(t *testing.T) {
		errs := quarantine.NewQueue(q, "url", nil, "").Send(t.Context(), messages(10, 10), 1)
		for i, err := range errs {
			if (err == nil) != (i != 3) {
				t.Errorf("message %d: %v", i, err)
			}
		}
	})
	if len(q.taken) != 9 {
		t.Errorf("%d messages were taken, want 9", len(q.taken))
	}
}
