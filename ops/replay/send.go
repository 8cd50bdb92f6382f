package replay

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
)

const (
	// finishTimeout is how long a message that is under way may take after an interrupt, and callTimeout how long the calls
	// may that make messages visible again.
	finishTimeout = 30 * time.Second
	callTimeout   = 30 * time.Second
)

// send replays letters, those of one receive side by side. An interrupt lets them come to an end: half-done ones would be
// sent twice.
func (r *run) send(ctx context.Context, letters []*letter) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	errs := make([]error, len(letters))
	var calls sync.WaitGroup
	for i, l := range letters {
		calls.Go(func() { errs[i] = r.sendOne(ctx, l) })
	}
	calls.Wait()
	for i, err := range errs {
		if err != nil {
			r.note(letters[i].id, "%v", err)
			r.failures = append(r.failures, fmt.Errorf("message %s: %w", letters[i].id, err))
		}
	}
}

func (r *run) sendOne(ctx context.Context, l *letter) error {
	if r.options.DryRun {
		l.sent = true
		return nil
	}
	if !l.sent {
		if _, err := r.api.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: aws.String(r.options.To), MessageBody: l.body, MessageAttributes: l.attributes,
		}); err != nil {
			return fmt.Errorf("left: sending it: %w", err)
		}
		l.sent = true
	}
	if _, err := r.api.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: aws.String(r.options.From), ReceiptHandle: aws.String(l.handle),
	}); err != nil {
		return fmt.Errorf("sent, but still on the validation queue as well: deleting it: %w", err)
	}
	l.deleted = true
	return nil
}

// release makes what is still on the validation queue visible again.
func (r *run) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var (
		entries []types.ChangeMessageVisibilityBatchRequestEntry
		errs    []error
	)
	flush := func() {
		if len(entries) == 0 {
			return
		}
		// What it says of single messages is passed over: those whose receipt has expired are visible already.
		if _, err := r.api.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
			QueueUrl: aws.String(r.options.From), Entries: entries,
		}); err != nil {
			errs = append(errs, err)
		}
		entries = nil
	}
	for _, l := range r.letters {
		if l.deleted {
			continue
		}
		entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(len(entries))), ReceiptHandle: aws.String(l.handle), VisibilityTimeout: 0,
		})
		if len(entries) == batchEntries {
			flush()
		}
	}
	flush()
	if len(errs) > 0 {
		return fmt.Errorf("making the letters that are left visible at once; they are within %d minutes: %w", hideSeconds/60, errors.Join(errs...))
	}
	return nil
}
