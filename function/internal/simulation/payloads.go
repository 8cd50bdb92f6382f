package simulation

import (
	"context"
	"errors"
	"time"

	"cc-eventbridge/function/payload"
)

const (
	// readShare is the part of the time for work that the function may read payloads in, in all: the rest is for what lies
	// beside them in the batch. readSlack is for what a read does when its time is over.
	readShare = 3
	readSlack = 100 * time.Millisecond
)

// payloads are the payload bucket as the function reads it: package payload, on a model of S3.
type payloads struct {
	world  *world
	bucket *payload.Bucket
}

func (p payloads) Read(ctx context.Context, key string, limit int) ([]byte, error) {
	i, pointers := invocationOf(ctx), p.world.plan.bucket.pointers(key)
	if i != nil {
		i.readBegins()
		defer i.readEnds()
	}
	object, err := p.bucket.Read(ctx, key, limit)
	if i == nil || len(pointers) == 0 {
		return object, err // GetObject has said so
	}
	if _, permanent := errors.AsType[*payload.Error](err); err != nil && !permanent {
		for _, m := range pointers {
			i.hinder(reading(m))
		}
		for _, r := range i.batch {
			if r.inner { // what it points to is known by the message that it was a copy of
				i.hinder(reading(r.message))
			}
		}
		p.world.count("payload not read")
	}
	if ctx.Err() != nil {
		i.hinder(readingAny) // those that waited for their turn may have waited in vain
		p.world.count("time for reading payloads over")
	}
	return object, err
}

// readingAny is the trouble of an invocation with the bucket, reading that with the object of one message.
const readingAny = "reading"

func reading(m *message) string { return "reading " + m.id }

// readBegins and readEnds add up the time in which an invocation reads payloads, one or several side by side, and hold it
// against its share.
func (i *invocation) readBegins() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.reads++; i.reads == 1 {
		i.readingSince = time.Now()
	}
}

func (i *invocation) readEnds() {
	i.mu.Lock()
	took := i.readingFor + time.Since(i.readingSince)
	if i.reads--; i.reads == 0 {
		i.readingFor = took
	}
	i.mu.Unlock()
	left := i.startedAt.Add(i.world.plan.timeout).Sub(i.workFrom)
	share := (left - min(guard, left/2)) / readShare
	if took > share+readSlack && !i.stood() {
		i.world.violate("%s reads payloads for %v and more than their share of the time, %v, which those beside them need", i.name, took, share)
	}
}

// stood reports whether the process of an invocation has stood still since it began.
func (i *invocation) stood() bool {
	i.environment.mu.Lock()
	defer i.environment.mu.Unlock()
	return i.environment.stalledUntil.After(i.startedAt)
}

// keptFrom reports whether an invocation could do nothing for a message, whatever its event: the flags forbade it, or its
// payload could not be read. That others of the batch need the memory is no excuse while there is time.
func (i *invocation) keptFrom(m *message) bool {
	return i.unread(m) || i.forbiddenOnce(m) || i.world.plan.drops(m.of)
}

// unread reports whether the payload of a message could not be read.
func (i *invocation) unread(m *message) bool {
	return i.had(reading(m)).hindered || m.object != "" && i.had(readingAny).hindered
}

// crowded reports whether the batch of a message expands to more than the function has memory for, so that it may wait for
// others. While an object is read, it takes as much as an object may have.
func (i *invocation) crowded(m *message) bool {
	total := i.takes
	if m.object != "" {
		total += i.world.plan.maximumPayload
	}
	return (m.takes > 0 || m.object != "") && total > i.world.plan.expansion
}

// outOfTime reports whether the time for work is over.
func (i *invocation) outOfTime() bool {
	return !time.Now().Before(i.startedAt.Add(i.world.plan.timeout - guard))
}
