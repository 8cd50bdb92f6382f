package simulation

import (
	"context"
	"errors"
	"time"

	"cc-eventbridge/function/payload"
)

const (
	// readShare is the part of the time for work that the function may read payloads in: the rest is for what lies beside
	// them in the batch. readSlack is for what a read does when its time is over.
	readShare = 3
	readSlack = 100 * time.Millisecond
)

// payloads are the payload bucket as the function reads it: package payload, on a model of S3.
type payloads struct {
	world  *world
	bucket *payload.Bucket
}

func (p payloads) Read(ctx context.Context, key string, limit int) ([]byte, error) {
	object, err := p.bucket.Read(ctx, key, limit)
	i, m := invocationOf(ctx), p.world.plan.pointing[key]
	if i == nil || m == nil {
		return object, err // GetObject has said so
	}
	if _, permanent := errors.AsType[*payload.Error](err); err != nil && !permanent {
		i.hinder(reading(m))
		p.world.count("payload not read")
	}
	if ctx.Err() != nil {
		i.hinder(readingAny) // those that waited for their turn may have waited in vain
		p.world.count("time for reading payloads over")
	}
	if late := time.Since(i.readsEnd()); late > readSlack && !i.stood() {
		p.world.violate("%s reads payloads until %v after their share of the time, which those beside them need", i.name, late)
	}
	return object, err
}

// readingAny is the trouble of an invocation with the bucket, reading that with the object of one message.
const readingAny = "reading"

func reading(m *message) string { return "reading " + m.id }

// readsEnd is when an invocation has to be done with reading payloads.
func (i *invocation) readsEnd() time.Time {
	left := i.startedAt.Add(i.world.plan.timeout).Sub(i.workFrom)
	return i.workFrom.Add((left - min(guard, left/2)) / readShare)
}

// stood reports whether the process of an invocation has stood still since it began.
func (i *invocation) stood() bool {
	i.environment.mu.Lock()
	defer i.environment.mu.Unlock()
	return i.environment.stalledUntil.After(i.startedAt)
}

// keptFrom reports whether an invocation could do nothing for a message, whatever its event: the flags forbade it, its
// payload could not be read, or there was no memory for it beside the others of the batch.
func (i *invocation) keptFrom(m *message) bool {
	return i.unread(m) || i.flags.forbids(m.of) != "" || i.crowded(m)
}

// unread reports whether the payload of a message could not be read.
func (i *invocation) unread(m *message) bool {
	return i.had(reading(m)).hindered || m.object != "" && i.had(readingAny).hindered
}

// crowded reports whether the batch of a message expands to more than the function has memory for. While an object is read,
// it takes as much as an object may have.
func (i *invocation) crowded(m *message) bool {
	total := 0
	for _, r := range i.batch {
		total += r.takes
	}
	if m.object != "" {
		total += i.world.plan.maximumPayload
	}
	return (m.takes > 0 || m.object != "") && total > i.world.plan.expansion
}
