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

// send replays messages, those of one receive side by side. An interrupt lets them finish: one that is sent and not deleted
// would be sent twice.
func (r *run) send(ctx context.Context, messages []*message) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	errs := make([]error, len(messages))
	var calls sync.WaitGroup
	for i, m := range messages {
		calls.Go(func() { errs[i] = r.sendOne(ctx, m) })
	}
	calls.Wait()
	for i, err := range errs {
		if err != nil {
			r.note(messages[i].id, "%v", err)
			r.failures = append(r.failures, fmt.Errorf("message %s: %w", messages[i].id, err))
		}
	}
}

func (r *run) sendOne(ctx context.Context, m *message) error {
	if r.options.DryRun {
		m.sent = true
		return nil
	}
	if !m.sent {
		if _, err := r.api.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: aws.String(r.options.To), MessageBody: m.body, MessageAttributes: m.attributes, MessageGroupId: m.group,
		}); err != nil {
			return fmt.Errorf("left: sending it: %w", err)
		}
		m.sent, m.body, m.attributes = true, nil, nil
	}
	if _, err := r.api.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: aws.String(r.options.From), ReceiptHandle: aws.String(m.handle),
	}); err != nil {
		return fmt.Errorf("sent, but still on its queue as well: deleting it: %w", err)
	}
	m.deleted = true
	return nil
}

// release makes what is still on the queue visible again.
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
		out, err := r.api.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
			QueueUrl: aws.String(r.options.From), Entries: entries,
		})
		if err != nil {
			errs = append(errs, err)
		} else {
			for _, failed := range out.Failed {
				// What SQS blames on the caller is a receipt that has expired: that message is visible already.
				if !failed.SenderFault {
					errs = append(errs, fmt.Errorf("%s: %s", aws.ToString(failed.Code), aws.ToString(failed.Message)))
				}
			}
		}
		entries = nil
	}
	for _, m := range r.messages {
		if m.deleted {
			continue
		}
		entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(len(entries))), ReceiptHandle: aws.String(m.handle), VisibilityTimeout: 0,
		})
		if len(entries) == batchEntries {
			flush()
		}
	}
	flush()
	if len(errs) > 0 {
		return fmt.Errorf("%w for up to %d minutes, then they come by themselves: %w", ErrHidden, hideSeconds/60, errors.Join(errs...))
	}
	return nil
}
