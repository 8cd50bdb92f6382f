package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"cc-eventbridge/local/downstream"
	"cc-eventbridge/local/events"
	"cc-eventbridge/local/genesyscloud"
	"cc-eventbridge/local/intake"
	"cc-eventbridge/local/report"
	"cc-eventbridge/local/stack"
	"cc-eventbridge/local/workspace"
)

const (
	// seed makes every demo send the same messages.
	seed = 1
	// quietDeadline is how long the queues may take to become quiet: the sent messages at the emulator's one batch at a
	// time, and the back-off of those that fail until they are dead-lettered.
	quietDeadline = 10 * time.Minute
)

// messages are the bodies to send, by the intake that they come over.
type messages struct {
	// direct goes to the queue as it is.
	direct []string
	// published goes over the bus, in the EventBridge envelope; id and time are EventBridge's.
	published []string
}

// traffic returns what to send, and for the built-in mix what must become of it. A file's bodies go to the queue as they
// are, whatever they are.
func traffic(w *workspace.Workspace, file string) (messages, *events.Expected, error) {
	if file != "" {
		bodies, err := events.Read(file, func(reason string) { w.Out.Step("left out: %s", reason) })
		return messages{direct: bodies}, nil, err
	}
	bodies, expected := events.Mix(seed)
	var m messages
	for _, body := range bodies {
		if _, ok := Published(body); ok {
			m.published = append(m.published, body)
		} else {
			m.direct = append(m.direct, body)
		}
	}
	return m, &expected, nil
}

// publish has Genesys Cloud publish the events that arrive as bodies, and wants every one to reach the bus.
func publish(ctx context.Context, genesys string, bodies []string) error {
	if len(bodies) == 0 {
		return nil
	}
	list := make([]genesyscloud.Event, len(bodies))
	for i, body := range bodies {
		list[i], _ = Published(body)
	}
	got, err := genesyscloud.Publish(ctx, genesys, list)
	if err != nil {
		return err
	}
	if want := (genesyscloud.Published{Published: len(bodies)}); got != want {
		return fmt.Errorf("of %d events Genesys Cloud published %d; %d were dropped for want of a bus, and for %d there was no active integration with the topic",
			len(bodies), got.Published, got.Dropped, got.Unsubscribed)
	}
	return nil
}

// send sends all messages over their intakes and says what became of them.
func send(ctx context.Context, w *workspace.Workspace, c *cloud, d *deployment, m messages) (report.Report, error) {
	account := intake.Account(c.endpoint, stack.Region)
	writer, err := intake.AsWriter(ctx, account, d.outputs["writerRoleArn"], ExternalID)
	if err != nil {
		return report.Report{}, err
	}
	w.Out.Step("sending %d messages as the writer role", len(m.direct))
	if len(m.published) > 0 {
		w.Out.Step("  and at the same time %d events from Genesys Cloud over the partner bus", len(m.published))
	}
	published := make(chan error, 1)
	go func() { published <- publish(ctx, c.genesys.URL, m.published) }()
	queue := d.outputs["ingestionQueueUrl"]
	ids, err := intake.Send(ctx, writer, queue, m.direct)
	if err := errors.Join(err, <-published); err != nil {
		return report.Report{}, err
	}
	sent := make([]report.Sent, 0, len(m.direct)+len(m.published))
	for i, id := range ids {
		sent = append(sent, report.Sent{ID: id, Body: m.direct[i]})
	}
	for _, body := range m.published {
		sent = append(sent, report.Sent{Body: body})
	}
	if err := awaitQuiet(ctx, w, account, queue); err != nil {
		return report.Report{}, err
	}
	return balance(ctx, account, c, d, sent)
}

func awaitQuiet(ctx context.Context, w *workspace.Workspace, account aws.Config, queue string) error {
	ctx, cancel := context.WithTimeout(ctx, quietDeadline)
	defer cancel()
	said := time.Now()
	err := intake.AwaitQuiet(ctx, account, queue, func(left int) {
		if left > 0 && time.Since(said) > 5*time.Second {
			said = time.Now()
			w.Out.Step("  %d messages are left on the ingestion queue", left)
		}
	})
	if err != nil {
		return fmt.Errorf("%w\n%s", err, workspace.Tail(w.Path("emulator", stackName+".log")))
	}
	return nil
}

// balance gathers what lies where and balances it against what was sent.
func balance(ctx context.Context, account aws.Config, c *cloud, d *deployment, sent []report.Sent) (report.Report, error) {
	quarantined, err := intake.Peek(ctx, account, d.outputs["validationQueueUrl"])
	if err != nil {
		return report.Report{}, err
	}
	deadLettered, err := intake.Peek(ctx, account, d.outputs["deadLetterQueueUrl"])
	if err != nil {
		return report.Report{}, err
	}
	received, err := downstream.Read(ctx, c.downstream.Base)
	if err != nil {
		return report.Report{}, err
	}
	if received.Unauthorised > 0 {
		return report.Report{}, fmt.Errorf("the downstream refused %d deliveries without the bearer token", received.Unauthorised)
	}
	result := report.Account(sent, received.Deliveries, quarantined, deadLettered)
	result.Deployments = []report.Deployment{d.took}
	return result, nil
}
