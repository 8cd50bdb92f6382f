package visibility_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/visibility"
)

func TestBackoff(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	day := 24 * time.Hour
	cases := []struct {
		name        string
		policy      visibility.Policy
		received    int
		age         time.Duration
		retryAfter  time.Duration
		least, most time.Duration
	}{
		{name: "first failure", policy: visibility.Policy{MaxReceiveCount: 9, MessageRetention: 7 * day}, received: 1, least: 5 * time.Second, most: 10 * time.Second},
		{name: "doubled with each", policy: visibility.Policy{MaxReceiveCount: 9, MessageRetention: 7 * day}, received: 4, least: 40 * time.Second, most: 80 * time.Second},
		{name: "up to 15 minutes", policy: visibility.Policy{MaxReceiveCount: 1000, MessageRetention: 14 * day}, received: 500, least: 450 * time.Second, most: 900 * time.Second},
		{name: "last receive: at once", policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: 7 * day}, received: 3},
		{name: "beyond the last receive: at once", policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: 7 * day}, received: 8, retryAfter: time.Hour},
		{name: "Retry-After that is longer", policy: visibility.Policy{MaxReceiveCount: 5, MessageRetention: 7 * day}, received: 1, retryAfter: time.Hour, least: time.Hour, most: time.Hour},
		{name: "Retry-After that is shorter", policy: visibility.Policy{MaxReceiveCount: 5, MessageRetention: 7 * day}, received: 1, retryAfter: time.Second, least: 5 * time.Second, most: 10 * time.Second},
		{
			name:   "Retry-After beyond what the retention that is left has room for",
			policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: 7 * day}, received: 1, age: 7*day - time.Hour,
			retryAfter: day, least: 20 * time.Minute, most: 20 * time.Minute,
		},
		{
			name:   "a visibility timeout is reserved for each receive that is left",
			policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: 7 * day, VisibilityTimeout: 6 * time.Minute}, received: 2, age: 7*day - 20*time.Minute,
			retryAfter: time.Hour, least: 7 * time.Minute, most: 7 * time.Minute,
		},
		{
			name:   "two receives left, two visibility timeouts",
			policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: 7 * day, VisibilityTimeout: 6 * time.Minute}, received: 1, age: 7*day - 20*time.Minute,
			retryAfter: time.Hour, least: 160 * time.Second, most: 160 * time.Second,
		},
		{
			name:   "less retention left than the receives may take: at once",
			policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: 7 * day, VisibilityTimeout: 6 * time.Minute}, received: 1, age: 7*day - 10*time.Minute,
		},
		{name: "retention is over", policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: day}, received: 1, age: 2 * day},
		{
			name:   "12 hours at most",
			policy: visibility.Policy{MaxReceiveCount: 2, MessageRetention: 14 * day}, received: 1,
			retryAfter: 3 * day, least: 11*time.Hour + 40*time.Minute, most: 11*time.Hour + 40*time.Minute,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			message := visibility.Message{ReceiveCount: c.received, SentAt: now.Add(-c.age)}
			for seed := range uint64(100) {
				got := c.policy.Backoff(message, c.retryAfter, now, rand.New(rand.NewPCG(seed, 0)))
				if got < c.least || got > c.most {
					t.Fatalf("seed %d: %v, want %v to %v", seed, got, c.least, c.most)
				}
			}
		})
	}
}

// TestEveryMessageStillDeadLetters follows a message that has lain in a backlog: some of its receives fail and are made to
// wait, the others time out.
func TestEveryMessageStillDeadLetters(t *testing.T) {
	const visible = 6 * time.Minute
	sent := time.Unix(1767323045, 0)
	waits := map[string]func(p visibility.Policy, m visibility.Message, now time.Time) time.Duration{
		"back-off": func(p visibility.Policy, m visibility.Message, now time.Time) time.Duration {
			return p.Backoff(m, 24*time.Hour, now, rand.New(rand.NewPCG(1, uint64(m.ReceiveCount))))
		},
		"pause": visibility.Policy.Pause,
		"lease": func(p visibility.Policy, m visibility.Message, now time.Time) time.Duration {
			return p.Until(m, now.Add(time.Hour), now)
		},
	}
	for name, wait := range waits {
		for _, receives := range []int{1, 3, 5} {
			for failing := range 1 << receives { // a bit for each receive: it fails or times out
				for _, retention := range []time.Duration{time.Hour, 7 * 24 * time.Hour} {
					policy := visibility.Policy{MaxReceiveCount: receives, MessageRetention: retention, VisibilityTimeout: visible}
					now := sent.Add(retention - time.Duration(receives)*visible - time.Minute) // all that a backlog may leave
					for n := 1; n <= receives; n++ {
						if failing>>(n-1)&1 == 0 {
							now = now.Add(visible)
							continue
						}
						now = now.Add(wait(policy, visibility.Message{ReceiveCount: n, SentAt: sent}, now))
					}
					if age := now.Sub(sent); age >= retention {
						t.Errorf("%s, %d receives in %v, failing %b: dead-lettered after %v", name, receives, retention, failing, age)
					}
				}
			}
		}
	}
}

func TestUntil(t *testing.T) {
	now := time.Now()
	policy := visibility.Policy{MaxReceiveCount: 3, MessageRetention: time.Hour}
	message := visibility.Message{ReceiveCount: 1, SentAt: now}
	if got := policy.Until(message, now.Add(time.Minute), now); got != time.Minute+time.Second {
		t.Errorf("%v, want a second more than the minute", got)
	}
	if got := policy.Until(message, now.Add(-time.Minute), now); got != time.Second {
		t.Errorf("%v, want a second for a time that is past", got)
	}
}

type queue struct {
	mutex   sync.Mutex
	batches []int
	waits   map[string]int32
	failed  string
	err     error
}

func (q *queue) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.batches = append(q.batches, len(in.Entries))
	out := &sqs.ChangeMessageVisibilityBatchOutput{}
	for _, entry := range in.Entries {
		if *entry.ReceiptHandle == q.failed {
			out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: entry.Id, Code: aws.String("ReceiptHandleIsInvalid")})
			continue
		}
		q.waits[*entry.ReceiptHandle] = entry.VisibilityTimeout
	}
	return out, q.err
}

func TestApply(t *testing.T) {
	var changes []visibility.Change
	for n := range 23 {
		changes = append(changes, visibility.Change{ReceiptHandle: string(rune('a' + n)), Wait: time.Duration(n)*time.Second + time.Millisecond})
	}
	q := &queue{waits: map[string]int32{}, failed: "c"}
	err := visibility.Apply(t.Context(), q, "url", changes)
	if err == nil || !strings.Contains(err.Error(), "ReceiptHandleIsInvalid") {
		t.Errorf("%v, want the failed entry's code", err)
	}
	if len(q.batches) != 3 || len(q.waits) != 22 || q.waits["a"] != 1 || q.waits["k"] != 11 {
		t.Errorf("batches %v, waits %v", q.batches, q.waits)
	}
	q.err = errors.New("no route")
	if err := visibility.Apply(t.Context(), q, "url", changes[:1]); !errors.Is(err, q.err) {
		t.Errorf("%v, want %v", err, q.err)
	}
	if err := visibility.Apply(t.Context(), q, "url", nil); err != nil {
		t.Errorf("no changes: %v", err)
	}
}
