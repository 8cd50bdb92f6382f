package visibility

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/awshttp"
	"cc-eventbridge/function/internal/safely"
)

const (
	// maxEntries is the most that one ChangeMessageVisibilityBatch takes (Amazon SQS API reference).
	maxEntries = 10
	// maxCalls bounds the calls under way at a time, so that a large failed batch doesn't open a connection for each ten.
	maxCalls = 8
	// callTimeout bounds one call.
	callTimeout = 2 * time.Second
)

// API is what this package calls of SQS.
type API interface {
	ChangeMessageVisibilityBatch(ctx context.Context, input *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// Change gives one received message a new visibility timeout, counted from now.
type Change struct {
	ReceiptHandle string
	Wait          time.Duration
}

// Apply makes changes, ten a call. An error joins what could not be changed: those messages keep the timeout that they
// had, which is later than wished for but loses nothing, so that it never is a reason to fail a message.
func Apply(ctx context.Context, api API, queueURL string, changes []Change) error {
	var (
		calls sync.WaitGroup
		errs  = make([]error, (len(changes)+maxEntries-1)/maxEntries)
		slots = make(chan struct{}, maxCalls)
	)
	for i := range errs {
		slots <- struct{}{}
		safely.Go(&calls, func() {
			defer func() { <-slots }()
			errs[i] = apply(ctx, api, queueURL, changes[i*maxEntries:min((i+1)*maxEntries, len(changes))])
		}, func(err error) { errs[i] = fmt.Errorf("change visibility: %w", err) })
	}
	calls.Wait()
	return errors.Join(errs...)
}

func apply(whole context.Context, api API, queueURL string, changes []Change) error {
	ctx, cancel := context.WithTimeout(whole, callTimeout)
	defer cancel()
	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(changes))
	for i, change := range changes {
		entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
			Id:                aws.String(strconv.Itoa(i)),
			ReceiptHandle:     aws.String(change.ReceiptHandle),
			VisibilityTimeout: seconds(change.Wait),
		}
	}
	output, err := api.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
		QueueUrl: aws.String(queueURL), Entries: entries,
	})
	if awshttp.RefusedForOne(err, len(changes)) {
		half := len(changes) / 2
		return errors.Join(apply(whole, api, queueURL, changes[:half]), apply(whole, api, queueURL, changes[half:]))
	}
	if err != nil {
		return fmt.Errorf("change visibility of %d messages: %w", len(changes), err)
	}
	var errs []error
	for _, failed := range output.Failed {
		errs = append(errs, fmt.Errorf("change visibility of a message: SQS answered %s", awshttp.Code(aws.ToString(failed.Code))))
	}
	return errors.Join(errs...)
}

// seconds rounds up: a message that returns before a lease ends is received for nothing.
func seconds(wait time.Duration) int32 {
	return int32((wait + time.Second - 1) / time.Second) // bounded by maxVisibility
}
