package quarantine_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/quarantine"
)

// bucket holds what is put into it, and fails as told.
type bucket struct {
	mutex   sync.Mutex
	objects map[string]string
	puts    int
	err     func(ctx context.Context, body string) error
}

func (b *bucket) Put(ctx context.Context, key string, body []byte) error {
	if b.err != nil {
		if err := b.err(ctx, string(body)); err != nil {
			return err
		}
	}
	b.mutex.Lock()
	defer b.mutex.Unlock()
	if b.objects == nil {
		b.objects = make(map[string]string)
	}
	b.objects[key] = string(body)
	b.puts++
	return nil
}

// followed is the body that a message stands for, found as the function finds it.
func followed(t *testing.T, b *bucket, message types.SendMessageBatchRequestEntry) string {
	t.Helper()
	rules := decode.ClaimCheckRules{Bucket: "payloads-1", Prefixes: []string{contract.QuarantinePrefix}}
	opened, err := decode.NewReader(decode.Limits{MaxBytes: 1 << 20}, rules).Open(decode.Message{Body: []byte(*message.MessageBody)}, nil)
	if err != nil || opened.ClaimCheck == nil {
		t.Fatalf("the function would refuse the claim check %.200s: %v", *message.MessageBody, err)
	}
	body, ok := b.objects[opened.ClaimCheck.Key]
	if !ok {
		t.Fatalf("nothing lies under %s", opened.ClaimCheck.Key)
	}
	return body
}

// full is a message with everything that a message can have.
func full(body string) quarantine.Message {
	return quarantine.Message{
		Body: []byte(body), Reason: "schema-mismatch", Stage: "validate", Path: "/properties/a/type", MessageID: "m", EventID: `direct["t",1,"x"]`,
		ReceiveCount: 3, At: time.Unix(1767323045, 0), Envelopes: "sns>direct",
		Attributes: jsontext.Value(`{"SentTimestamp":"1767323000000"}`), MessageAttributes: jsontext.Value(`{"a":{"stringValue":"b"}}`),
	}
}

func values(message types.SendMessageBatchRequestEntry) map[string]string {
	values := make(map[string]string)
	for name, value := range message.MessageAttributes {
		values[name] = *value.StringValue
	}
	return values
}

func TestBodiesThatLeaveNoRoomGoByClaimCheck(t *testing.T) {
	for _, c := range []struct {
		name      string
		body      string
		attribute int // bytes of an original attribute
		offloaded bool
		original  bool
	}{
		{"all of it fits", strings.Repeat("x", 261000), 0, false, true},
		{"the body leaves no room for the original attributes", strings.Repeat("x", 262000), 0, true, true},
		{"the body is as large as a message can be", strings.Repeat("x", 262144), 0, true, true},
		{"the body is larger, by characters that stand for garbled bytes", strings.Repeat("\uFFFD", 100000), 0, true, true},
		{"body and attributes take half of it each", strings.Repeat("x", 131072), 131072, true, true},
		{"the original attributes alone leave no room, and the body may stay", "xxx", 262000, false, false},
		{"neither leaves any", strings.Repeat("x", 262144), 262144, true, false},
		{"an empty body beside large attributes", "", 262144, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			q, b := &queue{t: t}, &bucket{}
			message := full(c.body)
			if c.attribute > 0 {
				message.MessageAttributes = jsontext.Value(`{"a":{"stringValue":"` + strings.Repeat("y", c.attribute) + `"}}`)
			}
			if errs := quarantine.NewQueue(q, "url", b, "payloads-1").Send(t.Context(), []quarantine.Message{message}, 1); failures(errs) > 0 {
				t.Fatal(errs)
			}
			got := values(q.taken[0])
			want := map[string]string{
				"reason": "schema-mismatch", "stage": "validate", "schemaPath": "/properties/a/type", "messageId": "m",
				"eventId": `direct["t",1,"x"]`, "receiveCount": "3", "quarantinedAt": "2026-01-02T03:04:05Z", "envelopes": "sns>direct",
			}
			if c.original {
				want["original"] = `{"attributes":{"SentTimestamp":"1767323000000"},"messageAttributes":` + string(message.MessageAttributes) + `}`
			} else {
				want["originalDropped"] = "true"
			}
			body := *q.taken[0].MessageBody
			if c.offloaded {
				want["ExtendedPayloadSize"] = strconv.Itoa(len(c.body))
				body = followed(t, b, q.taken[0])
			} else if c.body == "" {
				c.body = contract.QuarantineEmptyBody
			}
			if body != c.body || (b.puts > 0) != c.offloaded {
				t.Errorf("a body of %d bytes, %d objects put; want %d bytes", len(body), b.puts, len(c.body))
			}
			if len(got) != len(want) {
				t.Errorf("%d attributes, want %d", len(got), len(want))
			}
			for name, value := range want {
				if got[name] != value {
					t.Errorf("%s has %d bytes, want %.40s", name, len(got[name]), value)
				}
			}
		})
	}
}

func TestKeyIsTheBodysHash(t *testing.T) {
	body := strings.Repeat("x", 262144)
	sum := sha256.Sum256([]byte(body))
	q, b := &queue{t: t}, &bucket{}
	sent := []quarantine.Message{full(body), full(body), full(body + "y")}
	if errs := quarantine.NewQueue(q, "url", b, "payloads-1").Send(t.Context(), sent, 1); failures(errs) > 0 {
		t.Fatal(errs)
	}
	if b.objects["quarantine/"+hex.EncodeToString(sum[:])] != body || len(b.objects) != 2 {
		t.Errorf("%d objects, want that of the body and that of the other", len(b.objects))
	}
	if string(sent[0].Body) != body {
		t.Error("the caller's message was changed")
	}
}

func TestBodiesThatCannotBePutFailAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q *queue
		refused := strings.Repeat("r", 262144)
		hung := strings.Repeat("h", 262144)
		taken := -1
		b := &bucket{err: func(ctx context.Context, body string) error {
			switch body {
			case refused:
				return errors.New("refused")
			case hung:
				synctest.Wait()
				q.mutex.Lock()
				taken = len(q.taken)
				q.mutex.Unlock()
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}}
		q = &queue{t: t}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		errs := quarantine.NewQueue(q, "url", b, "payloads-1").Send(ctx, []quarantine.Message{full("a"), full(refused), full("b"), full(hung)}, 1)
		if errs[0] != nil || errs[1] == nil || errs[2] != nil || errs[3] == nil || len(q.taken) != 2 {
			t.Errorf("%v with %d taken", errs, len(q.taken))
		}
		if taken != 2 {
			t.Errorf("%d messages were taken while the bucket hung, want 2", taken)
		}
	})
}

func TestNothingIsSentBeforeItsBodyIsThere(t *testing.T) {
	b := &bucket{}
	q := &queue{t: t}
	q.answer = func(_ int, message types.SendMessageBatchRequestEntry) (bool, bool, bool) {
		b.mutex.Lock()
		defer b.mutex.Unlock()
		if strings.HasPrefix(*message.MessageBody, "[") && followed(t, b, message) == "" {
			t.Error("an empty object")
		}
		return true, true, false
	}
	sent := make([]quarantine.Message, 0, 25)
	for i := range 25 {
		sent = append(sent, full(strings.Repeat("x", 262000+i)))
	}
	if errs := quarantine.NewQueue(q, "url", b, "payloads-1").Send(t.Context(), sent, 1); failures(errs) > 0 || len(q.taken) != 25 {
		t.Errorf("%v with %d taken", errs, len(q.taken))
	}
}
