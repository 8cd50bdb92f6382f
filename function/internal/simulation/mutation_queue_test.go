package simulation

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/process"
)

// lateQuarantine says that messages are in the validation queue, and sends them after a while if the process still lives.
func lateQuarantine(w *world, api process.SQS) process.SQS { return lateSender{api, w} }

type lateSender struct {
	process.SQS
	world *world
}

func (s lateSender) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	s.world.parts.Go(func() {
		time.Sleep(100 * time.Millisecond)
		_, _ = s.SQS.SendMessageBatch(context.WithoutCancel(ctx), in, options...) // nobody looks
	})
	return allSent(in), nil
}

// blindQuarantine takes every answer of the validation queue for success.
func blindQuarantine(_ *world, api process.SQS) process.SQS { return blindSender{api} }

type blindSender struct{ process.SQS }

func (s blindSender) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	if _, err := s.SQS.SendMessageBatch(ctx, in, options...); err != nil {
		return nil, err
	}
	return allSent(in), nil
}

// forgetfulQuarantine drops what the downstream has rejected and says that it was sent.
func forgetfulQuarantine(_ *world, api process.SQS) process.SQS { return forgetfulSender{api} }

type forgetfulSender struct{ process.SQS }

func (s forgetfulSender) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	sent := *in
	sent.Entries = slices.DeleteFunc(slices.Clone(in.Entries), func(e sqstypes.SendMessageBatchRequestEntry) bool {
		return aws.ToString(e.MessageAttributes["stage"].StringValue) == string(process.Deliver)
	})
	out := &sqs.SendMessageBatchOutput{}
	if len(sent.Entries) > 0 {
		var err error
		if out, err = s.SQS.SendMessageBatch(ctx, &sent, options...); err != nil {
			return nil, err
		}
	}
	for _, e := range in.Entries {
		if !slices.ContainsFunc(sent.Entries, func(s sqstypes.SendMessageBatchRequestEntry) bool { return s.Id == e.Id }) {
			out.Successful = append(out.Successful, sqstypes.SendMessageBatchResultEntry{Id: e.Id})
		}
	}
	return out, nil
}

// noBackOff makes every message that failed visible at once.
func noBackOff(_ *world, api process.SQS) process.SQS { return impatientQueue{api} }

type impatientQueue struct{ process.SQS }

func (s impatientQueue) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	sent := *in
	sent.Entries = slices.Clone(in.Entries)
	for n := range sent.Entries {
		sent.Entries[n].VisibilityTimeout = 0
	}
	return s.SQS.ChangeMessageVisibilityBatch(ctx, &sent, options...)
}

// leastUrgentFirst has the function believe that messages with many receives left have few, and the other way round.
func leastUrgentFirst(w *world, batch []received) []received {
	seen := slices.Clone(batch)
	for n := range seen {
		seen[n].count = max(w.plan.maxReceives-seen[n].count, 1)
	}
	return seen
}

// leaseInsteadOfBackOff has a failed message whose claim is still held wait for the end of the lease, and no longer.
func leaseInsteadOfBackOff(w *world, api process.SQS) process.SQS { return leaseWaiter{api, w} }

type leaseWaiter struct {
	process.SQS
	world *world
}

func (s leaseWaiter) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, options ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	sent := *in
	sent.Entries = slices.Clone(in.Entries)
	for n, e := range sent.Entries {
		m := s.world.queue.find(aws.ToString(e.ReceiptHandle))
		item, _ := s.world.table.Peek(m.key)
		if r := read(item); r != nil && !r.completed {
			left := max(time.Until(r.leaseEnd), 0) + time.Second
			sent.Entries[n].VisibilityTimeout = min(e.VisibilityTimeout, int32(left/time.Second))
		}
	}
	return s.SQS.ChangeMessageVisibilityBatch(ctx, &sent, options...)
}

func allSent(in *sqs.SendMessageBatchInput) *sqs.SendMessageBatchOutput {
	out := &sqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		out.Successful = append(out.Successful, sqstypes.SendMessageBatchResultEntry{Id: e.Id})
	}
	return out
}
