package replay_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/ops/replay"
)

// replayed runs a replay and gathers its notes.
func replayed(ctx context.Context, q *queues, o replay.Options) (replay.Summary, string, error) {
	var notes strings.Builder
	o.From, o.To = validation, ingestion
	o.Note = func(line string) { fmt.Fprintln(&notes, line) }
	summary, err := replay.Run(ctx, q, o)
	return summary, notes.String(), err
}

func TestRun(t *testing.T) {
	messages := func(q *queues) {
		for i := range 12 {
			q.add(validation, fmt.Sprintf(`{"n":%d}`, i), quarantined("schema-mismatch", `{}`), 0)
		}
		q.add(validation, "{", quarantined("not-json", `{}`), 0)
		q.add(validation, "(empty body)", quarantined("empty-body", `{}`), 0)
		q.add(validation, `{"large":1}`, quarantined("schema-mismatch", ""), 0)
	}
	cases := []struct {
		name    string
		fill    func(q *queues)
		options replay.Options
		want    replay.Summary
		sent    int // on the ingestion queue
		notes   []string
		err     string
	}{
		{name: "an empty queue"},
		{
			name: "all messages but those that can't be sent", fill: messages, want: replay.Summary{Replayed: 13, Left: 2}, sent: 13,
			notes: []string{"message m14: left: its body was empty", "message m15: left: its original attributes are not there"},
		},
		{
			name: "those of a reason", fill: messages, options: replay.Options{Reason: "not-json"}, want: replay.Summary{Replayed: 1, Left: 14}, sent: 1,
		},
		{
			name: "up to a limit", fill: messages, options: replay.Options{Limit: 3}, want: replay.Summary{Replayed: 3, Left: 7}, sent: 3,
		},
		{
			name: "up to a limit in the second receive", fill: messages, options: replay.Options{Limit: 11}, want: replay.Summary{Replayed: 11, Left: 4}, sent: 11,
		},
		{
			name: "messages without their attributes, if told to", fill: messages, options: replay.Options{WithoutAttributes: true},
			want: replay.Summary{Replayed: 14, Left: 1}, sent: 14, notes: []string{"message m14: left: its body was empty"},
		},
		{
			name: "a dry run sends nothing", fill: messages, options: replay.Options{DryRun: true, Reason: "not-json"},
			want: replay.Summary{Replayed: 1, Left: 14}, notes: []string{`message m13: would be replayed, reason "not-json"`},
		},
		{
			name: "a message that is refused does not stop the others",
			fill: func(q *queues) {
				messages(q)
				q.refuse = func(in *sqs.SendMessageInput) error {
					if *in.MessageBody == `{"n":3}` {
						return errors.New("InvalidMessageContents")
					}
					return nil
				}
			},
			want: replay.Summary{Replayed: 12, Left: 3}, sent: 12, err: "1 messages failed, the first: message m4: left: sending it: InvalidMessageContents",
		},
		{
			name: "a queue that refuses all ends the run",
			fill: func(q *queues) {
				messages(q)
				q.refuse = func(*sqs.SendMessageInput) error { return errors.New("AccessDenied") }
			},
			want: replay.Summary{Left: 10}, err: "10 messages failed",
		},
		{
			name: "a message that can't be deleted is said to be there twice",
			fill: func(q *queues) {
				q.add(validation, "{", quarantined("not-json", `{}`), 0)
				q.stuck = true
			},
			want: replay.Summary{Replayed: 1}, sent: 1, err: "sent, but still on its queue as well",
		},
		{
			name: "a garbled attribute is not quoted",
			fill: func(q *queues) { q.add(validation, "{", quarantined("not-json", `{"+49 30 1":`), 0) },
			want: replay.Summary{Left: 1}, notes: []string{`message m1: left: its attribute "original"`},
		},
		{
			name: "a queue that can't be read", fill: func(q *queues) { q.readErr = errors.New("AccessDenied") }, err: "reading the queue",
		},
		{
			name: "what the function sends back at once is left",
			fill: func(q *queues) {
				messages(q)
				q.processed = true
			},
			want: replay.Summary{Replayed: 13, Left: 15}, sent: 13, notes: []string{"left: it came after this run had begun"},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := newQueues(t)
				if c.fill != nil {
					c.fill(q)
				}
				before := len(q.messages[validation])
				summary, notes, err := replayed(t.Context(), q, c.options)
				if summary != c.want || (err != nil) != (c.err != "") || err != nil && !strings.Contains(err.Error(), c.err) {
					t.Errorf("%+v, %v; want %+v, %s", summary, err, c.want, c.err)
				}
				left := before - c.sent
				if q.stuck {
					left = before
				}
				if q.processed {
					left += c.sent
				}
				if len(q.messages[ingestion]) != c.sent || len(q.messages[validation]) != left {
					t.Errorf("%d sent and %d left, want %d and %d", len(q.messages[ingestion]), len(q.messages[validation]), c.sent, left)
				}
				if hidden := q.hidden(validation); hidden > 0 {
					t.Errorf("%d messages stay hidden", hidden)
				}
				for _, note := range c.notes {
					if !strings.Contains(notes, note) {
						t.Errorf("no note %q in:\n%s", note, notes)
					}
				}
				if strings.Contains(notes, "+49") {
					t.Errorf("a value of the message is in the notes:\n%s", notes)
				}
			})
		})
	}
}

// TestTheMessageIsWhatItWas has the attributes as Lambda writes them.
func TestTheMessageIsWhatItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const pointer = `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b","s3Key":"quarantine/1"}]`
		q := newQueues(t)
		q.add(validation, pointer, quarantined("schema-mismatch", `{
			"Content-Encoding": {"stringValue": "deflate", "stringListValues": [], "binaryListValues": [], "dataType": "String"},
			"n": {"stringValue": "7", "dataType": "Number.int"},
			"raw": {"binaryValue": "AAEC/w==", "stringListValues": [], "binaryListValues": [], "dataType": "Binary"}}`), 0)
		if summary, notes, err := replayed(t.Context(), q, replay.Options{}); err != nil || summary.Replayed != 1 {
			t.Fatalf("%+v, %v, %s", summary, err, notes)
		}
		got := q.messages[ingestion][0]
		if got.body != pointer || len(got.attributes) != 3 {
			t.Errorf("%s with %d attributes", got.body, len(got.attributes))
		}
		for name, want := range map[string]types.MessageAttributeValue{
			"Content-Encoding": {DataType: aws.String("String"), StringValue: aws.String("deflate")},
			"n":                {DataType: aws.String("Number.int"), StringValue: aws.String("7")},
			"raw":              {DataType: aws.String("Binary"), BinaryValue: []byte{0, 1, 2, 255}},
		} {
			attribute := got.attributes[name]
			if aws.ToString(attribute.DataType) != *want.DataType || aws.ToString(attribute.StringValue) != aws.ToString(want.StringValue) || string(attribute.BinaryValue) != string(want.BinaryValue) {
				t.Errorf("%s is %+v", name, attribute)
			}
		}
	})
}

func TestAnInterruptLeavesNothingHalfDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		q.add(validation, "{", quarantined("schema-mismatch", `{}`), 0)
		for i := range 29 {
			q.add(validation, fmt.Sprint(i), quarantined("not-json", `{}`), 0)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		q.onSend = func(*sqs.SendMessageInput) { cancel() }
		summary, _, err := replayed(ctx, q, replay.Options{Reason: "not-json"})
		if !errors.Is(err, context.Canceled) || summary != (replay.Summary{Replayed: 9, Left: 1}) {
			t.Errorf("%+v, %v", summary, err)
		}
		if len(q.messages[ingestion]) != 9 || len(q.messages[validation]) != 21 || q.hidden(validation) > 0 {
			t.Errorf("%d sent, %d left, %d of them hidden", len(q.messages[ingestion]), len(q.messages[validation]), q.hidden(validation))
		}
	})
}

// TestAnInterruptWhileReadingHidesNothing interrupts between SQS handing messages out and its answer.
func TestAnInterruptWhileReadingHidesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		for i := range 12 {
			q.add(validation, fmt.Sprint(i), quarantined("not-json", `{}`), 0)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		q.onReceive = cancel
		summary, _, err := replayed(ctx, q, replay.Options{})
		if !errors.Is(err, context.Canceled) || summary != (replay.Summary{Left: 10}) {
			t.Errorf("%+v, %v", summary, err)
		}
		if len(q.messages[ingestion]) != 0 || len(q.messages[validation]) != 12 || q.hidden(validation) > 0 {
			t.Errorf("%d sent, %d left, %d of them hidden", len(q.messages[ingestion]), len(q.messages[validation]), q.hidden(validation))
		}
	})
}

func TestMessagesThatStayHiddenAreAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		q.add(validation, "(empty body)", quarantined("empty-body", `{}`), 0)
		q.unmoved = true
		if summary, _, err := replayed(t.Context(), q, replay.Options{}); !errors.Is(err, replay.ErrHidden) || summary.Left != 1 {
			t.Errorf("%+v, %v", summary, err)
		}
	})
}

// TestTheGroupIsKept: a message of a fair queue has its group among the attributes that the function kept, or is read with one.
func TestTheGroupIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		kept := quarantined("not-json", `{}`)
		kept["original"] = types.MessageAttributeValue{
			DataType: aws.String("String"), StringValue: aws.String(`{"attributes":{"SenderId":"s","MessageGroupId":"org-1"},"messageAttributes":{}}`),
		}
		q.add(validation, "kept", kept, 0)
		q.add(validation, "read", quarantined("not-json", `{}`), 0)
		q.messages[validation][1].group = aws.String("org-2")
		q.add(validation, "none", quarantined("not-json", `{}`), 0)
		if summary, notes, err := replayed(t.Context(), q, replay.Options{}); err != nil || summary.Replayed != 3 {
			t.Fatalf("%+v, %v, %s", summary, err, notes)
		}
		want := map[string]string{"kept": "org-1", "read": "org-2", "none": ""}
		for _, m := range q.messages[ingestion] {
			if got := aws.ToString(m.group); got != want[m.body] || m.body == "none" && m.group != nil {
				t.Errorf("%s is of group %q, want %q", m.body, got, want[m.body])
			}
		}
	})
}

// TestDeadLettersOfARule has their attributes as EventBridge writes them. Without WithoutAttributes they are replayed all the
// same, and what is sent has none of them.
func TestDeadLettersOfARule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		for _, code := range []string{"NO_PERMISSIONS", "NO_PERMISSIONS", "THROTTLING"} {
			q.add(validation, `{"detail-type":"`+code+`"}`, texts(map[string]string{
				"RULE_ARN": "arn:aws:events:eu-central-1:1:rule/bus/rule", "TARGET_ARN": "arn:aws:sqs:eu-central-1:1:ingestion",
				"ERROR_CODE": code, "ERROR_MESSAGE": "no", "EXHAUSTED_RETRY_CONDITION": "MaximumEventAgeInSeconds", "RETRY_ATTEMPTS": "185",
			}), 0)
		}
		q.messages[validation][0].group = aws.String("org-1")
		summary, notes, err := replayed(t.Context(), q, replay.Options{Reason: "NO_PERMISSIONS"})
		if err != nil || summary != (replay.Summary{Replayed: 2, Left: 1}) {
			t.Fatalf("%+v, %v, %s", summary, err, notes)
		}
		groups := map[string]int{}
		for _, m := range q.messages[ingestion] {
			groups[aws.ToString(m.group)]++
			if len(m.attributes) > 0 || m.body != `{"detail-type":"NO_PERMISSIONS"}` {
				t.Errorf("sent %s with attributes %v", m.body, m.attributes)
			}
		}
		if groups["org-1"] != 1 || groups[""] != 1 {
			t.Errorf("the groups are %v", groups)
		}
	})
}

func texts(values map[string]string) map[string]types.MessageAttributeValue {
	attributes := map[string]types.MessageAttributeValue{}
	for name, value := range values {
		attributes[name] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(value)}
	}
	return attributes
}

func TestThoseOfATopic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const (
			call  = `{"event":{"type":"telephony.call.created","data":{"id":"1"}},"timestamp":"2026-01-02T03:04:05Z"}`
			chat  = `{"event":{"type":"chat.created","data":{"id":"2"}},"timestamp":"2026-01-02T03:04:05Z"}`
			large = `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b","s3Key":"payloads/1"}]`
		)
		notification := fmt.Sprintf(`{"Type":"Notification","MessageId":"1","TopicArn":"arn:aws:sns:eu-central-1:1:t","Message":%q}`, call)
		q := newQueues(t)
		for _, body := range []string{call, chat, notification, large, "{"} {
			q.add(validation, body, quarantined("schema-mismatch", `{}`), 0)
		}
		summary, notes, err := replayed(t.Context(), q, replay.Options{Topic: "telephony.call.created"})
		if err != nil || summary != (replay.Summary{Replayed: 2, Left: 3}) || q.messages[ingestion][0].body == chat || q.messages[ingestion][1].body == chat {
			t.Errorf("%+v, %v, %s", summary, err, notes)
		}
		if got := strings.Count(notes, "its topic does not show"); got != 2 {
			t.Errorf("%d notes of messages without a topic, want 2:\n%s", got, notes)
		}
	})
}

// TestAMessageThatComesTwiceIsSentOnce: a Standard queue delivers at least once, deleted messages too.
func TestAMessageThatComesTwiceIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueues(t)
		q.add(validation, "{", quarantined("not-json", `{}`), 0)
		copied := *q.messages[validation][0]
		q.onSend = func(*sqs.SendMessageInput) {
			second := copied
			second.receives = 5
			second.visibleAt = time.Now().Add(time.Second)
			q.messages[validation] = append(q.messages[validation], &second)
		}
		summary, _, err := replayed(t.Context(), q, replay.Options{})
		if err != nil || summary != (replay.Summary{Replayed: 1}) || len(q.messages[ingestion]) != 1 || len(q.messages[validation]) != 0 {
			t.Errorf("%+v, %v with %d sent and %d left", summary, err, len(q.messages[ingestion]), len(q.messages[validation]))
		}
	})
}
