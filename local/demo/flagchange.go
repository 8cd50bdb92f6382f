package demo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
	"cc-eventbridge/ops/replay"
)

const (
	// driftEvery is the pace of the events that flow while flags change.
	driftEvery = 500 * time.Millisecond
	// flagDeadline is when a change of flags must be in effect. The function's own promise is a minute; a warm one asks for
	// changes about every 30 s.
	flagDeadline = 90 * time.Second
	// mismatch is the reason that the function quarantines an event for whose payload an enforced schema does not allow.
	mismatch = "schema-mismatch"
)

var errDeadline = fmt.Errorf("it was not so within %s", flagDeadline)

// drift is a trickle of events that their topic's schema does not allow.
type drift struct {
	*session
	random *rand.Rand
	// keys are the identities of the events, in the order they were sent, and positions where there is a message by its id.
	keys      []string
	positions map[string]int
	// path is where in its schema the quarantined event failed.
	path string
}

// changeFlags enforces a topic's schema while drifted events of it flow, takes that back, and replays what was quarantined
// in between. All of the events are delivered in the end.
func (s *session) changeFlags(ctx context.Context) (*traffic.FlagChange, error) {
	store, err := openFlags(ctx, cloud.Account(s.c.endpoint, cloud.Region), stackName)
	if err != nil {
		return nil, err
	}
	before, document, err := store.deployed(ctx)
	if err != nil {
		return nil, err
	}
	document, err = enforcing(document, traffic.DriftedType)
	if err != nil {
		return nil, err
	}
	enforced, err := store.add(ctx, document)
	if err != nil {
		return nil, err
	}
	d := &drift{session: s, random: rand.New(rand.NewPCG(seed, seed+1)), positions: map[string]int{}}
	change := &traffic.FlagChange{}
	if err := d.thereAndBack(ctx, store, before, strconv.Itoa(int(enforced)), change); err != nil {
		return nil, err
	}
	change.Sent = len(d.keys)
	if err := store.remove(ctx, enforced); err != nil {
		return nil, err
	}
	change.Replayed, err = s.replay(ctx)
	return change, err
}

// thereAndBack deploys two versions of the flags, one after the other, and has events flow until each is seen to be in
// effect.
func (d *drift) thereAndBack(ctx context.Context, store *flagStore, before, enforced string, change *traffic.FlagChange) error {
	d.w.Out.Step("events flow that the schema of %s does not allow, and flags change meanwhile", traffic.DriftedType)
	if _, err := d.flow(ctx, "an event is delivered under warn", d.delivered); err != nil {
		return err
	}
	d.w.Out.Step("  schema warn: they are delivered")

	if err := store.deploy(ctx, enforced); err != nil {
		return err
	}
	took, err := d.flow(ctx, "an event is quarantined under enforce", d.quarantined)
	if err != nil {
		return err
	}
	change.EnforcedAfterSeconds = took.Seconds()
	d.w.Out.Step("  schema enforce: after %.1f s the first is quarantined, with schemaPath %s", took.Seconds(), d.path)

	if err := store.deploy(ctx, before); err != nil {
		return err
	}
	if took, err = d.flow(ctx, "an event is delivered again", d.delivered); err != nil {
		return err
	}
	change.BackAfterSeconds = took.Seconds()
	d.w.Out.Step("  schema warn again: after %.1f s the first is delivered", took.Seconds())
	return d.quiet(ctx)
}

// flow sends one event after the other until seen says so of one of those that it sent. It returns how long that took.
func (d *drift) flow(ctx context.Context, what string, seen func(ctx context.Context, from int) (bool, error)) (time.Duration, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, flagDeadline, errDeadline)
	defer cancel()
	began, from := time.Now(), len(d.keys)
	ticker := time.NewTicker(driftEvery)
	defer ticker.Stop()
	for {
		err := d.sendOne(ctx)
		done := false
		if err == nil {
			done, err = seen(ctx, from)
		}
		if err != nil {
			return 0, waited(ctx, what, err)
		}
		if done {
			return time.Since(began), nil
		}
		select {
		case <-ctx.Done():
			return 0, waited(ctx, what, ctx.Err())
		case <-ticker.C:
		}
	}
}

// waited tells a deadline from what else may go wrong while waiting.
func waited(ctx context.Context, what string, err error) error {
	if cause := context.Cause(ctx); errors.Is(cause, errDeadline) {
		err = cause
	}
	return fmt.Errorf("waiting until %s: %w", what, err)
}

func (d *drift) sendOne(ctx context.Context) error {
	message := traffic.Message{Body: traffic.Drifted(d.random)}
	key, err := d.Key(ctx, message)
	if err != nil {
		return err
	}
	sent, err := d.Send(ctx, message)
	if err != nil {
		return err
	}
	d.positions[sent[0].ID] = len(d.keys)
	d.keys = append(d.keys, key)
	return nil
}

// delivered reports whether the downstream has one of the events from a position on.
func (d *drift) delivered(ctx context.Context, from int) (bool, error) {
	deliveries, err := d.c.downstream.Deliveries(ctx)
	if err != nil {
		return false, err
	}
	received := map[string]bool{}
	for _, delivery := range deliveries {
		received[delivery.Key] = delivery.Received > 0
	}
	for _, key := range d.keys[from:] {
		if received[key] {
			return true, nil
		}
	}
	return false, nil
}

// quarantined reports whether one of the events from a position on is in the validation queue for what its schema says.
func (d *drift) quarantined(ctx context.Context, from int) (bool, error) {
	messages, err := d.Quarantined(ctx)
	if err != nil {
		return false, err
	}
	for _, message := range messages {
		position, ours := d.positions[message.Attributes["messageId"]]
		if path := message.Attributes["schemaPath"]; ours && position >= from && path != "" {
			d.path = path
			return true, nil
		}
	}
	return false, nil
}

// replay sends what schemas have quarantined to the ingestion queue again, and waits until that is quiet. Processes of the
// function ask for flags at times of their own: one that has not asked since the change quarantines what it gets once more,
// and that is replayed again.
func (s *session) replay(ctx context.Context) (replayed int, err error) {
	client := sqs.NewFromConfig(cloud.Account(s.c.endpoint, cloud.Region))
	ctx, cancel := context.WithTimeoutCause(ctx, flagDeadline, errDeadline)
	defer cancel()
	for {
		summary, err := replay.Run(ctx, client, replay.Options{
			From: s.d.outputs[contract.OutputValidationQueueURL], To: s.d.outputs[contract.OutputIngestionQueueURL], Reason: mismatch,
		})
		replayed += summary.Replayed
		if err == nil {
			err = s.quiet(ctx)
		}
		if err != nil {
			return replayed, waited(ctx, "what was quarantined is replayed", err)
		}
		if summary.Replayed == 0 {
			s.w.Out.Step("  replayed the %d that were quarantined in between", replayed)
			return replayed, nil
		}
	}
}
