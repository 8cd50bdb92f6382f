package replay

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
)

const (
	// finishTimeout is how long a message that is under way may take after an interrupt, and callTimeout how long the calls
	// may that make messages visible again.
	finishTimeout = 30 * time.Second
	callTimeout   = 30 * time.Second
	// releases is how many of these calls are made at a time.
	releases = 8
)

// send replays messages, those of one receive side by side. An interrupt lets those finish that are under way: one that is sent
// and not deleted would be sent twice. It leaves those that wait for their turn.
func (r *run) send(ctx context.Context, messages []*message) {
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
	if !r.turn(ctx) {
		return nil // interrupted: it is left
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	if r.options.Discard {
		return r.discard(ctx, m)
	}
	if !m.sent {
		if _, err := r.api.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: aws.String(r.options.To), MessageBody: m.body, MessageAttributes: m.attributes, MessageGroupId: m.group,
		}); err != nil {
			return fmt.Errorf("left: sending it: %w", err)
		}
		m.sent, m.body, m.attributes = true, nil, nil
	}
	if err := r.remove(ctx, m); err != nil {
		return fmt.Errorf("sent, but still on its queue as well: %w", err)
	}
	return nil
}

// turn waits until the rate allows one more message, and reports whether it does before an interrupt.
func (r *run) turn(ctx context.Context) bool {
	wait := r.limiter.Reserve().Delay()
	if wait == 0 {
		return true
	}
	select {
	case <-time.After(wait):
		return true
	case <-ctx.Done():
		return false
	}
}

// discard deletes a message, once it is kept where that is wanted.
func (r *run) discard(ctx context.Context, m *message) error {
	if r.options.Keep != nil {
		r.keeping.Lock()
		defer r.keeping.Unlock()
		if err := r.options.Keep(*m.kept); err != nil {
			return fmt.Errorf("left: keeping it: %w", err)
		}
	}
	m.kept = nil
	if err := r.remove(ctx, m); err != nil {
		return fmt.Errorf("left: %w", err)
	}
	m.sent = true
	return nil
}

func (r *run) remove(ctx context.Context, m *message) error {
	if _, err := r.api.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: aws.String(r.options.From), ReceiptHandle: aws.String(m.handle),
	}); err != nil {
		return fmt.Errorf("deleting it: %w", err)
	}
	m.deleted = true
	return nil
}

// release makes what is still on the queue visible again.
func (r *run) release(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var handles []string
	for _, m := range r.messages {
		if !m.deleted {
			handles = append(handles, m.handle)
		}
	}
	var (
		calls sync.WaitGroup
		mutex sync.Mutex
		errs  []error
	)
	turns := make(chan struct{}, releases)
	for batch := range slices.Chunk(handles, batchEntries) {
		turns <- struct{}{}
		calls.Go(func() {
			defer func() { <-turns }()
			if err := r.show(ctx, batch); err != nil {
				mutex.Lock()
				defer mutex.Unlock()
				errs = append(errs, err)
			}
		})
	}
	calls.Wait()
	if len(errs) > 0 {
		return fmt.Errorf("%w for up to %s, then they come by themselves: %w", ErrHidden, r.options.Hide, errors.Join(errs...))
	}
	return nil
}

// show makes up to batchEntries messages visible.
func (r *run) show(ctx context.Context, handles []string) error {
	entries := make([]types.ChangeMessageVisibilityBatchRequestEntry, len(handles))
	for i, handle := range handles {
		entries[i] = types.ChangeMessageVisibilityBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), ReceiptHandle: aws.String(handle), VisibilityTimeout: 0,
		}
	}
	out, err := r.api.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{
		QueueUrl: aws.String(r.options.From), Entries: entries,
	})
	if err != nil {
		return err
	}
	for _, failed := range out.Failed {
		// What SQS blames on the caller is a receipt that has expired: that message is visible already.
		if !failed.SenderFault {
			err = errors.Join(err, fmt.Errorf("%s: %s", aws.ToString(failed.Code), aws.ToString(failed.Message)))
		}
	}
	return err
}
