package visibility_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"

	"cc-eventbridge/function/visibility"
)

func TestAPauseWaitsAnHourAndAtTheLastReceiveAsLongAsAMessageCan(t *testing.T) {
	const most = 11*time.Hour + 40*time.Minute
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	week := 7 * 24 * time.Hour
	cases := []struct {
		name     string
		policy   visibility.Policy
		received int
		age      time.Duration
		want     time.Duration
	}{
		{name: "the first receive", policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: week}, received: 1, want: time.Hour},
		{name: "the last but one", policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: week}, received: 2, want: time.Hour},
		{name: "the last", policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: week}, received: 3, want: most},
		{name: "beyond the last", policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: week}, received: 4, want: most},
		{name: "the only one", policy: visibility.Policy{MaxReceiveCount: 1, MessageRetention: week}, received: 1, want: most},
		{name: "no maximum is known", policy: visibility.Policy{MessageRetention: week}, received: 9, want: time.Hour},
		{
			name:   "the last, with half an hour for each receive that retention leaves",
			policy: visibility.Policy{MaxReceiveCount: 3, MessageRetention: week}, received: 3, age: week - time.Hour, want: 30 * time.Minute,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.policy.Pause(visibility.Message{ReceiveCount: c.received, SentAt: now.Add(-c.age)}, now); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestWhatIsNotKnownBoundsNothing(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	random := rand.New(rand.NewPCG(1, 0))
	for name, c := range map[string]struct {
		policy  visibility.Policy
		message visibility.Message
	}{
		"nothing is known":          {visibility.Policy{}, visibility.Message{}},
		"the maximum is not known":  {visibility.Policy{MessageRetention: 24 * time.Hour}, visibility.Message{ReceiveCount: 1, SentAt: now}},
		"the time sent is not":      {visibility.Policy{MaxReceiveCount: 9, MessageRetention: time.Minute}, visibility.Message{ReceiveCount: 1}},
		"the retention is not":      {visibility.Policy{MaxReceiveCount: 9}, visibility.Message{ReceiveCount: 1, SentAt: now.Add(-time.Hour)}},
		"the receive count is not":  {visibility.Policy{MaxReceiveCount: 9, MessageRetention: 24 * time.Hour}, visibility.Message{SentAt: now}},
		"one receive is left of it": {visibility.Policy{MaxReceiveCount: 2, MessageRetention: 24 * time.Hour}, visibility.Message{ReceiveCount: 1, SentAt: now}},
	} {
		if got := c.policy.Backoff(c.message, time.Hour, now, random); got != time.Hour {
			t.Errorf("%s: Retry-After of an hour becomes %v", name, got)
		}
	}
}

func TestBackoffDoublesUntilItsLimit(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	for received, ceiling := range []time.Duration{10, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900, 900, 900, 900} {
		ceiling *= time.Second
		least, most := ceiling, time.Duration(0)
		for range 2000 {
			wait := visibility.Policy{}.Backoff(visibility.Message{ReceiveCount: received}, 0, time.Time{}, random)
			least, most = min(least, wait), max(most, wait)
		}
		// Half of it is certain, the other half random and used to its ends.
		if least < ceiling/2 || least > ceiling*51/100 || most > ceiling || most < ceiling*99/100 {
			t.Errorf("receive %d: %v to %v, want %v to %v", received, least, most, ceiling/2, ceiling)
		}
	}
}

// sqsOf is SQS as a function of a call's entries.
type sqsOf func(ctx context.Context, entries []types.ChangeMessageVisibilityBatchRequestEntry) error

func (f sqsOf) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	return &sqs.ChangeMessageVisibilityBatchOutput{}, f(ctx, in.Entries)
}

func changes(n int) []visibility.Change {
	var all []visibility.Change
	for i := range n {
		all = append(all, visibility.Change{ReceiptHandle: strconv.Itoa(i), Wait: time.Duration(i) * time.Second})
	}
	return all
}

func TestEveryMessageIsChangedOnceInCallsOfTen(t *testing.T) {
	for _, n := range []int{1, 9, 10, 11, 20, 23} {
		var mutex sync.Mutex
		calls, waits := 0, map[string]int32{}
		err := visibility.Apply(t.Context(), sqsOf(func(_ context.Context, entries []types.ChangeMessageVisibilityBatchRequestEntry) error {
			mutex.Lock()
			defer mutex.Unlock()
			calls++
			ids := map[string]bool{}
			for _, entry := range entries {
				if _, twice := waits[*entry.ReceiptHandle]; twice || ids[*entry.Id] {
					t.Errorf("message %s twice, or id %s", *entry.ReceiptHandle, *entry.Id)
				}
				waits[*entry.ReceiptHandle], ids[*entry.Id] = entry.VisibilityTimeout, true
			}
			if len(entries) == 0 || len(entries) > 10 {
				t.Errorf("a call with %d messages", len(entries))
			}
			return nil
		}), "url", changes(n))
		if err != nil || len(waits) != n || calls != (n+9)/10 {
			t.Errorf("%d messages: %d changed in %d calls, %v", n, len(waits), calls, err)
		}
		for i := range n {
			if waits[strconv.Itoa(i)] != int32(i) {
				t.Errorf("message %d waits %d s", i, waits[strconv.Itoa(i)])
			}
		}
	}
}

func TestWaitsAreRoundedUpToSeconds(t *testing.T) {
	for wait, want := range map[time.Duration]int32{
		0: 0, time.Nanosecond: 1, time.Second - 1: 1, time.Second: 1, time.Second + 1: 2, 11*time.Hour + 40*time.Minute: 42000,
	} {
		err := visibility.Apply(t.Context(), sqsOf(func(_ context.Context, entries []types.ChangeMessageVisibilityBatchRequestEntry) error {
			if entries[0].VisibilityTimeout != want {
				t.Errorf("%v becomes %d s, want %d", wait, entries[0].VisibilityTimeout, want)
			}
			return nil
		}), "url", []visibility.Change{{Wait: wait}})
		if err != nil {
			t.Error(err)
		}
	}
}

func TestARefusedCallLeavesOneMessageAsItWas(t *testing.T) {
	for refused := range 10 {
		var mutex sync.Mutex
		calls, changed := 0, map[string]bool{}
		refusal := &smithy.GenericAPIError{Code: "InvalidParameterValue", Fault: smithy.FaultClient}
		err := visibility.Apply(t.Context(), sqsOf(func(_ context.Context, entries []types.ChangeMessageVisibilityBatchRequestEntry) error {
			mutex.Lock()
			defer mutex.Unlock()
			if calls++; calls > 100 {
				return errors.New("far too many calls")
			}
			for _, entry := range entries {
				if *entry.ReceiptHandle == strconv.Itoa(refused) {
					return refusal
				}
			}
			for _, entry := range entries {
				changed[*entry.ReceiptHandle] = true
			}
			return nil
		}), "url", changes(10))
		if !errors.Is(err, refusal) || len(changed) != 9 || changed[strconv.Itoa(refused)] || calls > 9 {
			t.Errorf("message %d is refused: %d changed in %d calls, %v", refused, len(changed), calls, err)
		}
	}
}

func TestACallThatFailsForAnotherReasonIsNotMadeAgain(t *testing.T) {
	for _, failure := range []error{
		errors.New("no route"),
		&smithy.GenericAPIError{Code: "AccessDenied", Fault: smithy.FaultClient},
		&smithy.GenericAPIError{Code: "ThrottlingException", Fault: smithy.FaultClient},
	} {
		calls := 0
		err := visibility.Apply(t.Context(), sqsOf(func(context.Context, []types.ChangeMessageVisibilityBatchRequestEntry) error {
			calls++
			return failure
		}), "url", changes(10))
		if !errors.Is(err, failure) || calls != 1 {
			t.Errorf("%d calls, %v", calls, err)
		}
	}
}

func TestAHungCallEndsAfterTwoSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := visibility.Apply(t.Context(), sqsOf(func(ctx context.Context, _ []types.ChangeMessageVisibilityBatchRequestEntry) error {
			<-ctx.Done()
			return ctx.Err()
		}), "url", changes(1))
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took != 2*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestEightCallsAreUnderWayAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mutex sync.Mutex
		under, most := 0, 0
		err := visibility.Apply(t.Context(), sqsOf(func(context.Context, []types.ChangeMessageVisibilityBatchRequestEntry) error {
			mutex.Lock()
			under++
			most = max(most, under)
			mutex.Unlock()
			time.Sleep(time.Second)
			mutex.Lock()
			under--
			mutex.Unlock()
			return nil
		}), "url", changes(200))
		if err != nil || most != 8 {
			t.Errorf("%d calls at a time, %v", most, err)
		}
	})
}

func TestTheErrorNamesWhatSQSSays(t *testing.T) {
	q := &queue{waits: map[string]int32{}, failed: "1"}
	err := visibility.Apply(t.Context(), q, "url", changes(3))
	if want := "change visibility of a message: SQS answered ReceiptHandleIsInvalid"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	q = &queue{waits: map[string]int32{}, err: &smithy.GenericAPIError{Code: "AccessDenied", Message: "no", Fault: smithy.FaultClient}}
	if err := visibility.Apply(t.Context(), q, "url", changes(3)); err == nil || err.Error() != "change visibility of 3 messages: api error AccessDenied: no" {
		t.Errorf("%v", err)
	}
}
