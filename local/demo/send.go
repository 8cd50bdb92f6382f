package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"cc-eventbridge/function/payload"
	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
)

// quietDeadline is how long the queues may take to become quiet: the sent messages, and the back-off of those that fail
// until they are dead-lettered.
const quietDeadline = 10 * time.Minute

// session is what a demo sends to a stack, and finds again.
type session struct {
	w *cloud.Workspace
	c *embedded
	d *deployment

	account, writer aws.Config
	payloads        traffic.Payloads
	bucket          *payload.Bucket
	opener          *traffic.Opener

	sent []traffic.Sent
}

func newSession(ctx context.Context, w *cloud.Workspace, c *embedded, d *deployment) (*session, error) {
	t := &session{w: w, c: c, d: d, account: cloud.Account(c.endpoint, cloud.Region)}
	t.payloads = traffic.Payloads{Bucket: d.outputs["payloadBucket"], Endpoint: c.endpoint}
	t.bucket = traffic.PayloadBucket(t.account, t.payloads.Bucket)
	t.opener = traffic.NewOpener(t.payloads, t.bucket)
	var err error
	t.writer, err = traffic.AsWriter(ctx, t.account, d.outputs["writerRoleArn"], cloud.ExternalID)
	return t, err
}

// send sends messages over their intakes, and waits until the queue is quiet.
func (t *session) send(ctx context.Context, m messages) error {
	if len(m.objects) > 0 {
		t.w.Out.Step("putting %d payloads into the bucket %s", len(m.objects), t.payloads.Bucket)
	}
	if err := traffic.PutObjects(ctx, t.bucket, m.objects); err != nil {
		return err
	}
	t.w.Out.Step("sending %d messages as the writer role", len(m.direct))
	if len(m.published) > 0 {
		t.w.Out.Step("  and at the same time %d events from Genesys Cloud over the partner bus", len(m.published))
	}
	published := make(chan error, 1)
	go func() { published <- publish(ctx, t.c.genesys.URL, m.published) }()
	_, err := t.put(ctx, m.direct...)
	if err := errors.Join(err, <-published); err != nil {
		return err
	}
	for _, body := range m.published {
		t.sent = append(t.sent, traffic.Sent{Message: traffic.Message{Body: body}})
	}
	return t.quiet(ctx)
}

// put puts messages on the ingestion queue, and returns them as they were sent.
func (t *session) put(ctx context.Context, list ...traffic.Message) ([]traffic.Sent, error) {
	ids, err := traffic.Send(ctx, t.writer, t.d.outputs["ingestionQueueUrl"], list)
	from := len(t.sent)
	for i, id := range ids {
		t.sent = append(t.sent, traffic.Sent{ID: id, Message: list[i]})
	}
	return t.sent[from:], err
}

func (t *session) quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, quietDeadline)
	defer cancel()
	said := time.Now()
	err := traffic.AwaitQuiet(ctx, t.account, t.d.outputs["ingestionQueueUrl"], func(left int) {
		if left > 0 && time.Since(said) > 5*time.Second {
			said = time.Now()
			t.w.Out.Step("  %d messages are left on the ingestion queue", left)
		}
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, cloud.FunctionLog(context.WithoutCancel(ctx), t.account, t.d.outputs["functionName"]))
	}
	return nil
}

// balance gathers what lies where and balances it against what was sent.
func (t *session) balance(ctx context.Context) (traffic.Report, error) {
	quarantined, err := traffic.Peek(ctx, t.account, t.d.outputs["validationQueueUrl"])
	if err != nil {
		return traffic.Report{}, err
	}
	deadLettered, err := traffic.Peek(ctx, t.account, t.d.outputs["deadLetterQueueUrl"])
	if err != nil {
		return traffic.Report{}, err
	}
	received, err := cloud.ReadDownstream(ctx, t.c.downstream.Base)
	if err != nil {
		return traffic.Report{}, err
	}
	if received.Unauthorised > 0 {
		return traffic.Report{}, fmt.Errorf("the downstream refused %d deliveries without the bearer token", received.Unauthorised)
	}
	result, err := traffic.Balance(ctx, t.opener, t.sent, received.Deliveries, quarantined, deadLettered)
	result.Deployments = []traffic.Deployment{t.d.took}
	return result, err
}
