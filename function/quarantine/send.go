package quarantine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/awshttp"
	"cc-eventbridge/function/internal/backoff"
	"cc-eventbridge/function/internal/safely"
)

const (
	// maxEntries is the most that one SendMessageBatch takes (Amazon SQS API reference).
	maxEntries = 10
	// maxCalls bounds the calls under way at a time, to SQS and to the payload bucket each.
	maxCalls = 8
	// callTimeout bounds one call, attempts how often an entry is tried that failed on the queue's side.
	callTimeout = 2 * time.Second
	attempts    = 3
	waitBase    = 50 * time.Millisecond
	waitLimit   = time.Second
)

// deliver sends the pending entries and sets the error of each.
func (q *Queue) deliver(ctx context.Context, entries []entry, pending []int, errs []error, seed uint64) {
	waits := backoff.New(waitBase, waitLimit, seed)
	for attempt := 0; attempt < attempts && len(pending) > 0; attempt++ {
		if attempt > 0 && !waits.Wait(ctx, attempt-1) {
			return
		}
		pending = q.calls(ctx, entries, pending, errs)
	}
}

// calls sends the pending entries, in as few calls as they fit into and some of those side by side. It sets the error of
// each entry and returns those that are worth another try.
func (q *Queue) calls(ctx context.Context, entries []entry, pending []int, errs []error) (left []int) {
	var batches [][]int
	for len(pending) > 0 {
		n := fitting(entries, pending)
		batches, pending = append(batches, pending[:n]), pending[n:]
	}
	var (
		calls sync.WaitGroup
		slots = make(chan struct{}, maxCalls)
	)
	for i, batch := range batches {
		slots <- struct{}{}
		safely.Go(&calls, func() {
			defer func() { <-slots }()
			batches[i] = q.call(ctx, entries, batch, errs)
		}, func(err error) {
			batches[i] = nil
			for _, entry := range batch {
				errs[entry] = fmt.Errorf("send to validation queue: %w", err)
			}
		})
	}
	calls.Wait()
	return slices.Concat(batches...)
}

// fitting is how many of the pending entries, from the first on, one call can carry.
func fitting(entries []entry, pending []int) int {
	total := 0
	for n, i := range pending {
		if total += entries[i].bytes; n == maxEntries || n > 0 && total > maxBytes {
			return n
		}
	}
	return len(pending)
}

// call sends one batch, sets the error of each entry of it and returns those that are worth another try.
func (q *Queue) call(whole context.Context, entries []entry, batch []int, errs []error) (left []int) {
	ctx, cancel := context.WithTimeout(whole, callTimeout)
	defer cancel()
	request := make([]types.SendMessageBatchRequestEntry, len(batch))
	for n, i := range batch {
		request[n] = entries[i].request
		// Only an answer that names the entry says that it was sent.
		errs[i] = errors.New("send to validation queue: the answer does not mention the message")
	}
	output, err := q.api.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(q.url), Entries: request})
	if awshttp.RefusedForOne(err, len(batch)) {
		half := len(batch) / 2
		return slices.Concat(q.call(whole, entries, batch[:half], errs), q.call(whole, entries, batch[half:], errs))
	}
	if err != nil {
		for _, i := range batch {
			errs[i] = fmt.Errorf("send to validation queue: %w", err)
		}
		return batch
	}
	for _, sent := range output.Successful {
		if i, ok := q.index(sent.Id, len(entries)); ok {
			errs[i] = nil
		}
	}
	final := make(map[int]bool)
	for _, failed := range output.Failed {
		if i, ok := q.index(failed.Id, len(entries)); ok {
			errs[i] = fmt.Errorf("send to validation queue: SQS answered %s", awshttp.Code(aws.ToString(failed.Code)))
			final[i] = failed.SenderFault
		}
	}
	for _, i := range batch {
		if errs[i] != nil && !final[i] {
			left = append(left, i)
		}
	}
	return left
}

func (q *Queue) index(id *string, count int) (int, bool) {
	i, err := strconv.Atoi(aws.ToString(id))
	return i, err == nil && i >= 0 && i < count
}
