package simulation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// SQS's limits on a batch: API reference, SendMessageBatch; developer guide, "Amazon SQS message quotas".
const (
	maximumEntries    = 10
	maximumAttributes = 10
	maximumBatchBytes = 262144
)

// queueClient is the SDK's client of SQS.
type queueClient struct{ world *world }

func (c queueClient) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	var ids []string
	for _, e := range in.Entries {
		ids = append(ids, aws.ToString(e.Id))
	}
	if err := c.check(aws.ToString(in.QueueUrl), validationURL, ids); err != nil {
		return nil, err
	}
	if size := batchBytes(in.Entries); size > maximumBatchBytes {
		c.world.violate("a SendMessageBatch carries %d bytes", size)
		return nil, invalid("BatchRequestTooLong", "%d bytes", size)
	}
	out := &sqs.SendMessageBatchOutput{}
	return out, c.call(ctx, "SendMessageBatch", c.original(ctx, in.Entries[0]), func(name string) {
		for n, e := range in.Entries {
			if c.world.plan.dice.chance(c.world.plan.rates.entryFailed, "entry", name, c.original(ctx, e)) {
				c.world.count("SendMessageBatch failed for an entry")
				out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: aws.String("InternalError")})
				continue
			}
			c.world.ledger.quarantine(invocationOf(ctx), c.original(ctx, in.Entries[n]), e)
			out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: e.Id})
		}
	})
}

func (c queueClient) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	var ids []string
	for _, e := range in.Entries {
		ids = append(ids, aws.ToString(e.Id))
	}
	if err := c.check(aws.ToString(in.QueueUrl), ingestionURL, ids); err != nil {
		return nil, err
	}
	out := &sqs.ChangeMessageVisibilityBatchOutput{}
	if i := invocationOf(ctx); i != nil {
		for _, e := range in.Entries {
			i.asked(aws.ToString(e.ReceiptHandle), e.VisibilityTimeout)
		}
	}
	return out, c.call(ctx, "ChangeMessageVisibilityBatch", aws.ToString(in.Entries[0].ReceiptHandle), func(name string) {
		for _, e := range in.Entries {
			handle := aws.ToString(e.ReceiptHandle)
			code := c.world.queue.changeVisibility(handle, e.VisibilityTimeout)
			switch {
			case code == "InvalidParameterValue" || code == "ReceiptHandleIsInvalid":
				c.world.violate("%s: visibility of %s to %ds: %s", name, handle, e.VisibilityTimeout, code)
			case code == "" && c.world.plan.dice.chance(c.world.plan.rates.entryFailed, "entry", name, handle):
				code = "InternalError"
			}
			if code != "" {
				c.world.count("ChangeMessageVisibilityBatch failed for an entry")
				out.Failed = append(out.Failed, types.BatchResultErrorEntry{Id: e.Id, Code: aws.String(code)})
				continue
			}
			out.Successful = append(out.Successful, types.ChangeMessageVisibilityBatchResultEntry{Id: e.Id})
		}
	})
}

// check refuses what SQS refuses. The function should never send such a request.
func (c queueClient) check(url, want string, ids []string) error {
	seen := map[string]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	if url != want || len(ids) < 1 || len(ids) > maximumEntries || len(seen) != len(ids) || seen[""] {
		c.world.violate("a batch for %s has the entries %v, want 1 to %d distinct ones for %s", url, ids, maximumEntries, want)
		return invalid("InvalidBatchEntry", "%v", ids)
	}
	return nil
}

// call makes a call with its faults; effect is what it does to the queue.
func (c queueClient) call(ctx context.Context, operation, about string, effect func(name string)) error {
	w := c.world
	i, d, r := invocationOf(ctx), w.plan.dice, w.plan.rates
	if i == nil {
		w.violate("a call of %s has not the context of its invocation", operation)
		return errNetwork
	}
	name, err := i.enter(ctx, operation+" "+about)
	if err != nil {
		return err
	}
	if d.chance(r.sqsRefused, "refused", name) {
		w.count(operation + " refused")
		if err := i.wait(ctx, w.latency(name)); err != nil {
			return err
		}
		return pick(d, []error{errNetwork, &smithy.GenericAPIError{Code: "RequestThrottled", Fault: smithy.FaultClient}}, "refusal", name)
	}
	if err := i.wait(ctx, w.latency(name)/2); err != nil {
		w.count(operation + " interrupted")
		return err
	}
	effect(name)
	w.trace("%s took effect", name)
	if err := i.crash("after " + name); err != nil {
		return err
	}
	if d.chance(r.sqsLost, "lost", name) {
		w.count(operation + " took effect, answer lost")
		return errors.Join(errNetwork, i.wait(ctx, d.between(time.Millisecond, time.Second, "loss", name)))
	}
	return i.wait(ctx, w.latency(name+" back")/2)
}

// original is the id of the message that an entry for the validation queue is about: the attribute that names a message
// of the batch.
func (c queueClient) original(ctx context.Context, e types.SendMessageBatchRequestEntry) string {
	i := invocationOf(ctx)
	if i == nil {
		return ""
	}
	if len(e.MessageAttributes) > maximumAttributes {
		c.world.violate("an entry for the validation queue has %d attributes", len(e.MessageAttributes))
	}
	for _, a := range e.MessageAttributes {
		for _, r := range i.batch {
			if r.id == aws.ToString(a.StringValue) {
				return r.id
			}
		}
	}
	c.world.violate("%s: no attribute of a message for the validation queue names one of the batch", i.name)
	return ""
}

func batchBytes(entries []types.SendMessageBatchRequestEntry) int {
	size := 0
	for _, e := range entries {
		size += len(aws.ToString(e.MessageBody))
		for name, a := range e.MessageAttributes {
			size += len(name) + len(aws.ToString(a.DataType)) + len(aws.ToString(a.StringValue)) + len(a.BinaryValue)
		}
	}
	return size
}

func invalid(code, format string, arguments ...any) error {
	return &smithy.GenericAPIError{Code: code, Message: fmt.Sprintf(format, arguments...), Fault: smithy.FaultClient}
}
