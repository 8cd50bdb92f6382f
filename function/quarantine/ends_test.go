package quarantine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/internal/bounded"
	"cc-eventbridge/function/quarantine"
)

// TestSendingEndsWhateverTheSizes sends messages that fill calls in every way.
func TestSendingEndsWhateverTheSizes(t *testing.T) {
	for _, sizes := range [][]int{{}, {1}, {262144}, {300000}, {1, 300000, 1}, {200000, 200000}, slices.Repeat([]int{1}, 21)} {
		q := &queue{t: t}
		var sent []quarantine.Message
		for _, size := range sizes {
			sent = append(sent, messages(1, size)...)
		}
		calls := 0
		api := sendFunc(func(ctx context.Context, in *sqs.SendMessageBatchInput) (*sqs.SendMessageBatchOutput, error) {
			if calls++; calls > 100 {
				return nil, errors.New("far too many calls")
			}
			if len(in.Entries) == 1 && size(in.Entries[0]) > 262144 {
				// A message above the maximum is SQS's to refuse. It must be sent alone, and here it is taken.
				return &sqs.SendMessageBatchOutput{Successful: []types.SendMessageBatchResultEntry{{Id: in.Entries[0].Id}}}, nil
			}
			return q.SendMessageBatch(ctx, in)
		})
		bounded.Run(func() {
			if errs := quarantine.NewQueue(api, "url", nil, "").Send(t.Context(), sent, 1); failures(errs) > 0 {
				t.Errorf("bodies of %v bytes: %v", sizes, errs)
			}
		})
	}
}

// sendFunc is an API of one function; its calls must not be side by side.
type sendFunc func(ctx context.Context, in *sqs.SendMessageBatchInput) (*sqs.SendMessageBatchOutput, error)

func (f sendFunc) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	return f(ctx, in)
}

// plain is a message of which the size is known: body and "reason", "stage", "receiveCount", "quarantinedAt", "original".
func plain(bytes int) quarantine.Message {
	return quarantine.Message{Body: []byte(strings.Repeat("x", bytes)), Reason: "r", Stage: "s", At: time.Unix(1767323045, 0)}
}

func TestAMessageAndACallMayHaveExactlyTheMaximum(t *testing.T) {
	const most = 262144
	q := &queue{t: t}
	send := func(sent ...quarantine.Message) {
		t.Helper()
		if errs := quarantine.NewQueue(q, "url", nil, "").Send(t.Context(), sent, 1); failures(errs) > 0 {
			t.Fatal(errs)
		}
	}
	send(plain(1))
	attributes := size(q.taken[0]) - 1
	*q = queue{t: t}
	send(plain(most - attributes))
	if got := q.taken[0]; size(got) != most || got.MessageAttributes["original"].StringValue == nil {
		t.Errorf("a message of %d bytes lost its original attributes", size(got))
	}
	*q = queue{t: t}
	send(plain(most - attributes + 1))
	if got := q.taken[0]; got.MessageAttributes["original"].StringValue != nil || got.MessageAttributes["originalDropped"].StringValue == nil {
		t.Error("a message of one byte more has its original attributes")
	}
	*q = queue{t: t}
	send(plain(most/2-attributes), plain(most/2-attributes))
	if q.calls != 1 {
		t.Errorf("two messages that fill a call go in %d", q.calls)
	}
	*q = queue{t: t}
	send(plain(most/2-attributes), plain(most/2-attributes+1))
	if q.calls != 2 {
		t.Errorf("two messages of one byte more go in %d calls", q.calls)
	}
}

func TestCharactersThatSQSRefusesAreReplacedInAttributes(t *testing.T) {
	for character, want := range map[string]string{
		"\x00": "\uFFFD", "\x08": "\uFFFD", "\x0B": "\uFFFD", "\x0C": "\uFFFD", "\x0E": "\uFFFD", "\x1F": "\uFFFD", "\uFFFE": "\uFFFD", "\uFFFF": "\uFFFD",
		"\t": "\t", "\n": "\n", "\r": "\r", " ": " ", "!": "!", "\x7F": "\x7F", "\uFFFD": "\uFFFD", "\uE000": "\uE000", "\U0001F600": "\U0001F600",
	} {
		q := &queue{t: t}
		message := plain(1)
		message.EventID = "a" + character + "b"
		if errs := quarantine.NewQueue(q, "url", nil, "").Send(t.Context(), []quarantine.Message{message}, 1); failures(errs) > 0 {
			t.Fatal(errs)
		}
		if got := *q.taken[0].MessageAttributes["eventId"].StringValue; got != "a"+want+"b" {
			t.Errorf("%q becomes %q", message.EventID, got)
		}
	}
}

func TestTriesFollowAfterShortWaitsAndOnlyWhereTheyAreNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var longest [3]time.Duration
		for seed := range uint64(200) {
			var tries []time.Time
			api := sendFunc(func(context.Context, *sqs.SendMessageBatchInput) (*sqs.SendMessageBatchOutput, error) {
				tries = append(tries, time.Now())
				return nil, errors.New("reset")
			})
			quarantine.NewQueue(api, "url", nil, "").Send(t.Context(), messages(1, 1), seed)
			if len(tries) != 3 {
				t.Fatalf("%d tries, want 3", len(tries))
			}
			for i := range 2 {
				longest[i] = max(longest[i], tries[i+1].Sub(tries[i]))
			}
		}
		// Up to 50 ms and then up to 100 ms, with a millisecond on top.
		if longest[0] > 51*time.Millisecond || longest[0] < 40*time.Millisecond || longest[1] > 101*time.Millisecond || longest[1] < 80*time.Millisecond {
			t.Errorf("waits of up to %v", longest)
		}
		start := time.Now()
		if errs := quarantine.NewQueue(&queue{t: t}, "url", nil, "").Send(t.Context(), messages(25, 1), 1); failures(errs) > 0 || time.Since(start) > 0 {
			t.Errorf("what succeeds takes %v: %v", time.Since(start), errs)
		}
	})
}

func TestAHungCallEndsAfterTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var took []time.Duration
		api := sendFunc(func(ctx context.Context, _ *sqs.SendMessageBatchInput) (*sqs.SendMessageBatchOutput, error) {
			start := time.Now()
			<-ctx.Done()
			took = append(took, time.Since(start))
			return nil, ctx.Err()
		})
		errs := quarantine.NewQueue(api, "url", nil, "").Send(t.Context(), messages(1, 1), 1)
		if !errors.Is(errs[0], context.DeadlineExceeded) || !slices.Equal(took, []time.Duration{2 * time.Second, 2 * time.Second, 2 * time.Second}) {
			t.Errorf("calls of %v, %v", took, errs[0])
		}
	})
}

func TestAnAnswerAboutOtherMessagesSaysNothing(t *testing.T) {
	for _, id := range []*string{aws.String("2"), aws.String("3"), aws.String("-1"), aws.String("x"), aws.String(""), nil} {
		synctest.Test(t, func(t *testing.T) {
			api := sendFunc(func(context.Context, *sqs.SendMessageBatchInput) (*sqs.SendMessageBatchOutput, error) {
				return &sqs.SendMessageBatchOutput{
					Successful: []types.SendMessageBatchResultEntry{{Id: aws.String("0")}, {Id: id}},
					Failed:     []types.BatchResultErrorEntry{{Id: id, SenderFault: true}},
				}, nil
			})
			errs := quarantine.NewQueue(api, "url", nil, "").Send(t.Context(), messages(2, 1), 1)
			if errs[0] != nil || errs[1] == nil || errs[1].Error() != "send to validation queue: the answer does not mention the message" {
				t.Errorf("id %s: %v", aws.ToString(id), errs)
			}
		})
	}
}

func TestEightCallsAreUnderWayAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		under, most := make(chan struct{}, 1000), 0
		api := sendFunc(func(_ context.Context, in *sqs.SendMessageBatchInput) (*sqs.SendMessageBatchOutput, error) {
			under <- struct{}{}
			time.Sleep(time.Second)
			out := &sqs.SendMessageBatchOutput{}
			for _, entry := range in.Entries {
				out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: entry.Id})
			}
			<-under
			return out, nil
		})
		done := make(chan []error, 1)
		go func() { done <- quarantine.NewQueue(api, "url", nil, "").Send(t.Context(), messages(250, 1), 1) }()
		for {
			synctest.Wait()
			most = max(most, len(under))
			select {
			case errs := <-done:
				if failures(errs) > 0 || most != 8 {
					t.Errorf("%d calls at a time, %d failures", most, failures(errs))
				}
				return
			case <-time.After(time.Second):
			}
		}
	})
}
