package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"cc-eventbridge/function/payload"
	"cc-eventbridge/local/downstream"
	"cc-eventbridge/local/events"
	"cc-eventbridge/local/intake"
	"cc-eventbridge/local/report"
	"cc-eventbridge/local/stack"
	"cc-eventbridge/local/workspace"
)

// quietDeadline is how long the queues may take to become quiet: the sent messages at the emulator's one batch at a
// time, and the back-off of those that fail until they are dead-lettered.
const quietDeadline = 10 * time.Minute

// traffic is what a demo sends to a stack, and finds again.
type traffic struct {
	w *workspace.Workspace
	c *cloud
	d *deployment

	account, writer aws.Config
	payloads        events.Payloads
	bucket          *payload.Bucket
	opener          *report.Opener

	sent []report.Sent
}

func newTraffic(ctx context.Context, w *workspace.Workspace, c *cloud, d *deployment) (*traffic, error) {
	t := &traffic{w: w, c: c, d: d, account: intake.Account(c.endpoint, stack.Region)}
	t.payloads = events.Payloads{Bucket: d.outputs["payloadBucket"], Endpoint: c.endpoint}
	t.bucket = intake.Payloads(t.account, t.payloads.Bucket)
	t.opener = report.NewOpener(t.payloads, t.bucket)
	var err error
	t.writer, err = intake.AsWriter(ctx, t.account, d.outputs["writerRoleArn"], ExternalID)
	return t, err
}

// send sends messages over their intakes, and waits until the queue is quiet.
func (t *traffic) send(ctx context.Context, m messages) error {
	if len(m.objects) > 0 {
		t.w.Out.Step("putting %d payloads into the bucket %s", len(m.objects), t.payloads.Bucket)
	}
	if err := intake.Put(ctx, t.bucket, m.objects); err != nil {
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
		t.sent = append(t.sent, report.Sent{Message: events.Message{Body: body}})
	}
	return t.quiet(ctx)
}

// put puts messages on the ingestion queue, and returns them as they were sent.
func (t *traffic) put(ctx context.Context, list ...events.Message) ([]report.Sent, error) {
	ids, err := intake.Send(ctx, t.writer, t.d.outputs["ingestionQueueUrl"], list)
	from := len(t.sent)
	for i, id := range ids {
		t.sent = append(t.sent, report.Sent{ID: id, Message: list[i]})
	}
	return t.sent[from:], err
}

func (t *traffic) quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, quietDeadline)
	defer cancel()
	said := time.Now()
	err := intake.AwaitQuiet(ctx, t.account, t.d.outputs["ingestionQueueUrl"], func(left int) {
		if left > 0 && time.Since(said) > 5*time.Second {
			said = time.Now()
			t.w.Out.Step("  %d messages are left on the ingestion queue", left)
		}
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, workspace.Tail(t.w.Path("emulator", stackName+".log")))
	}
	return nil
}

// balance gathers what lies where and balances it against what was sent.
func (t *traffic) balance(ctx context.Context) (report.Report, error) {
	quarantined, err := intake.Peek(ctx, t.account, t.d.outputs["validationQueueUrl"])
	if err != nil {
		return report.Report{}, err
	}
	deadLettered, err := intake.Peek(ctx, t.account, t.d.outputs["deadLetterQueueUrl"])
	if err != nil {
		return report.Report{}, err
	}
	received, err := downstream.Read(ctx, t.c.downstream.Base)
	if err != nil {
		return report.Report{}, err
	}
	if received.Unauthorised > 0 {
		return report.Report{}, fmt.Errorf("the downstream refused %d deliveries without the bearer token", received.Unauthorised)
	}
	result, err := report.Account(ctx, t.opener, t.sent, received.Deliveries, quarantined, deadLettered)
	result.Deployments = []report.Deployment{t.d.took}
	return result, err
}
