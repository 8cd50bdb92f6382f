package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
)

// quietDeadline is how long the queues may take to become quiet: the sent messages, and the back-off of those that fail
// until they are dead-lettered.
const quietDeadline = 10 * time.Minute

// session is what a demo sends to a stack, and finds again.
type session struct {
	*traffic.Pipeline
	w *cloud.Workspace
	c *embedded
	d *deployment
}

func newSession(ctx context.Context, w *cloud.Workspace, c *embedded, d *deployment) (*session, error) {
	pipeline, err := traffic.Open(ctx, c.endpoint, d.outputs)
	return &session{Pipeline: pipeline, w: w, c: c, d: d}, err
}

// sendAll sends messages over their intakes, and waits until the queue is quiet.
func (s *session) sendAll(ctx context.Context, m messages) error {
	if len(m.objects) > 0 {
		s.w.Out.Step("putting %d payloads into the bucket %s", len(m.objects), s.Payloads.Bucket)
	}
	if err := s.Store(ctx, m.objects...); err != nil {
		return err
	}
	s.w.Out.Step("sending %d messages as the writer role", len(m.direct))
	if len(m.published) > 0 {
		s.w.Out.Step("  and at the same time %d events from Genesys Cloud over the partner bus", len(m.published))
	}
	published := make(chan error, 1)
	go func() { published <- s.Publish(ctx, s.c.genesys, m.published...) }()
	_, err := s.Send(ctx, m.direct...)
	if err := errors.Join(err, <-published); err != nil {
		return err
	}
	return s.quiet(ctx)
}

func (s *session) quiet(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, quietDeadline)
	defer cancel()
	said := time.Now()
	err := s.AwaitQuiet(ctx, func(left int) {
		if left > 0 && time.Since(said) > 5*time.Second {
			said = time.Now()
			s.w.Out.Step("  %d messages are left on the ingestion queue", left)
		}
	})
	if err != nil {
		account := cloud.Account(s.c.endpoint, cloud.Region)
		log := cloud.FunctionLog(context.WithoutCancel(ctx), account, s.d.outputs[contract.OutputFunction])
		return fmt.Errorf("%w\n%s", err, log)
	}
	return nil
}

// report gathers what lies where and balances it against what was sent.
func (s *session) report(ctx context.Context) (traffic.Report, error) {
	deliveries, err := s.c.downstream.Deliveries(ctx)
	if err != nil {
		return traffic.Report{}, err
	}
	result, err := s.Report(ctx, deliveries)
	result.Deployments = []traffic.Deployment{s.d.took}
	return result, err
}
