package traffic

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/payload"
	"cc-eventbridge/local/cloud"
)

// Pipeline is a deployed stack as those see it who send events, and look for what became of them.
type Pipeline struct {
	// Payloads is where claim checks point to.
	Payloads Payloads

	account, writer aws.Config
	outputs         map[string]string
	bucket          *payload.Bucket
	opener          *opener
	// published came over the bus, sent did not. Both may be sent at the same time.
	sent, published []Sent
}

// Open returns the pipeline of a stack at an AWS endpoint of this machine.
func Open(ctx context.Context, endpoint string, outputs map[string]string) (*Pipeline, error) {
	p := &Pipeline{
		Payloads: Payloads{Bucket: outputs[contract.OutputPayloadBucket], Endpoint: endpoint},
		account:  cloud.Account(endpoint, cloud.Region), outputs: outputs,
	}
	p.bucket = payloadBucket(p.account, p.Payloads.Bucket)
	p.opener = newOpener(p.Payloads, p.bucket)
	var err error
	p.writer, err = asWriter(ctx, p.account, outputs[contract.OutputWriterRoleARN], cloud.ExternalID)
	return p, err
}

// Store puts objects into the payload bucket, as a producer does before it sends what points to them.
func (p *Pipeline) Store(ctx context.Context, objects ...Object) error {
	for _, object := range objects {
		if err := p.bucket.Put(ctx, object.Key, object.Body); err != nil {
			return err
		}
	}
	return nil
}

// Send puts messages on the ingestion queue as the writer role, in order, and returns them as they were sent.
func (p *Pipeline) Send(ctx context.Context, messages ...Message) ([]Sent, error) {
	ids, err := send(ctx, p.writer, p.outputs[contract.OutputIngestionQueueURL], messages)
	from := len(p.sent)
	for i, id := range ids {
		p.sent = append(p.sent, Sent{ID: id, Message: messages[i]})
	}
	return p.sent[from:], err
}

// Publish has Genesys Cloud publish the events that arrive as bodies. Every one must reach the bus.
func (p *Pipeline) Publish(ctx context.Context, genesys cloud.Genesys, bodies ...string) error {
	if err := publish(ctx, genesys, bodies); err != nil {
		return err
	}
	for _, body := range bodies {
		p.published = append(p.published, Sent{Message: Message{Body: body}})
	}
	return nil
}

// AwaitQuiet waits until nothing on the ingestion queue is visible, in flight or delayed, and tells progress how many are
// left.
func (p *Pipeline) AwaitQuiet(ctx context.Context, progress func(left int)) error {
	return awaitQuiet(ctx, p.account, p.outputs[contract.OutputIngestionQueueURL], progress)
}

// Waiting is how many messages the ingestion queue has, visible or not.
func (p *Pipeline) Waiting(ctx context.Context) (int, error) {
	return waiting(ctx, sqs.NewFromConfig(p.account), p.outputs[contract.OutputIngestionQueueURL])
}

// Quarantined returns what lies on the validation queue.
func (p *Pipeline) Quarantined(ctx context.Context) ([]Queued, error) {
	return peek(ctx, p.account, p.outputs[contract.OutputValidationQueueURL])
}

// DeadLettered returns what lies on the dead-letter queue.
func (p *Pipeline) DeadLettered(ctx context.Context) ([]Queued, error) {
	return peek(ctx, p.account, p.outputs[contract.OutputDeadLetterQueueURL])
}

// Key returns the key under which the downstream gets the event of a message, or nothing for a message that has none.
func (p *Pipeline) Key(ctx context.Context, message Message) (string, error) {
	return p.opener.key(ctx, message)
}

// Report balances all that was sent against what the downstream received and what lies on the queues.
func (p *Pipeline) Report(ctx context.Context, deliveries []cloud.Delivery) (Report, error) {
	quarantined, err := p.Quarantined(ctx)
	if err != nil {
		return Report{}, err
	}
	deadLettered, err := p.DeadLettered(ctx)
	if err != nil {
		return Report{}, err
	}
	return balance(ctx, p.opener, slices.Concat(p.sent, p.published), deliveries, quarantined, deadLettered)
}

// payloadBucket is the payload bucket at the account's endpoint, which names it in the path.
func payloadBucket(account aws.Config, bucket string) *payload.Bucket {
	client := s3.NewFromConfig(account, func(o *s3.Options) { o.UsePathStyle = true })
	return payload.NewBucket(client, bucket)
}
