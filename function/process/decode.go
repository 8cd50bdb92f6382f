package process

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/payload"
)

const (
	// maxFetchers is how many payloads are read from the bucket at a time, less where the function has little memory: each
	// may be as large as a payload can be, beside those that have been read.
	maxFetchers = 4
	// readShare is the part of the time for work that reading payloads may take, in all rounds together. A bucket that hangs
	// must leave the messages beside it time to be delivered.
	readShare = 3
)

var errNoTime = errors.New("reading the payloads of the batch took all the time there is for it")

// decode opens the envelopes of every message, down to its event, and reads what claim checks point to.
func (in *invocation) decode() {
	var claimChecks []*message
	in.each(Decode, func(m *message) {
		if m.holdsMemory() {
			return // it kept its payload when it was postponed
		}
		if m.record.BodyGarbled {
			m.refused(&decode.Error{Reason: decode.InvalidUTF8, Detail: "the body was not UTF-8"})
			return
		}
		in.opened(m, func() (decode.Opened, error) {
			return in.processor.reader.Open(decode.Message{
				Body: m.record.Body, Attributes: m.record.MessageAttributes, ReplaceLoneSurrogates: in.flags.ReplaceLoneSurrogates(),
			}, in.flags.Decoder)
		})
		if m.undecided() && m.opened.ClaimCheck != nil {
			claimChecks = append(claimChecks, m)
		}
	})
	in.fetch(claimChecks)
}

// opened takes what a message's envelopes had in them, unless it is more than the batch has memory left for.
func (in *invocation) opened(m *message, open func() (decode.Opened, error)) {
	expanded := m.opened.Expanded
	opened, err := open()
	m.opened = decode.Opened{Path: opened.Path}
	switch {
	case err != nil:
		m.refused(err)
		if m.outcome.Reason == string(decode.DecoderOff) {
			in.byFlags(m, m.outcome)
		}
	case !in.take(m, opened.Expanded-expanded):
	default:
		m.opened = opened
	}
}

// take takes memory for a message, or postpones it: the next round has what the others of this one have taken.
func (in *invocation) take(m *message, bytes int) bool {
	if m.postponed = !in.processor.memory.take(m.takes, bytes); m.postponed {
		in.crowded.Store(true)
	} else {
		m.takes += bytes
	}
	return !m.postponed
}

// refused makes an error of a decoder the message's outcome.
func (m *message) refused(err error) {
	reason := decode.NotJSON
	if refused, ok := errors.AsType[*decode.Error](err); ok {
		reason = refused.Reason
	}
	m.outcome = permanent(Decode, string(reason), err)
}

// fetch reads the payloads that lie in the bucket, some side by side, and opens what is in them.
func (in *invocation) fetch(claimChecks []*message) {
	if len(claimChecks) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(in.budget.work, in.readTime)
	defer cancel()
	defer func(began time.Time) { in.readTime -= time.Since(began) }(time.Now())
	var (
		reads sync.WaitGroup
		slots = make(chan struct{}, min(max(in.config.ExpansionBytes/in.config.MaximumPayloadBytes, 1), maxFetchers))
	)
	for _, m := range claimChecks {
		slots <- struct{}{}
		reads.Go(func() { // guard recovers
			defer func() { <-slots }()
			in.guard(m, Fetch, func(m *message) {
				// A body that comes back from quarantine may have a claim check in it: then there are two objects to read.
				for m.undecided() && m.opened.ClaimCheck != nil {
					if object, ok := in.read(ctx, m); ok {
						in.resume(m, object)
					}
				}
			})
		})
	}
	reads.Wait()
}

// read returns the object that a message's claim check points to. Without one, the message has its outcome.
func (in *invocation) read(ctx context.Context, m *message) (object []byte, ok bool) {
	switch {
	case !in.inTime(m, Fetch):
		return nil, false
	case ctx.Err() != nil:
		m.outcome = transient(Fetch, errNoTime)
		return nil, false
	case in.crowded.Load(), in.processor.memory.full():
		m.postponed = true
		return nil, false
	}
	object, err := in.config.Payloads.Read(ctx, m.opened.ClaimCheck.Key, in.config.MaximumPayloadBytes)
	if err != nil {
		m.outcome = transient(Fetch, fmt.Errorf("read claim check: %w", err))
		if unreadable, ok := errors.AsType[*payload.Error](err); ok {
			m.outcome = permanent(Fetch, unreadable.Reason, err)
		}
		return nil, false
	}
	return object, in.take(m, len(object))
}

// resume opens what a claim check pointed to.
func (in *invocation) resume(m *message, object []byte) {
	in.processor.memory.parsing.Lock()
	defer in.processor.memory.parsing.Unlock()
	in.opened(m, func() (decode.Opened, error) { return in.processor.reader.Resume(m.opened, object, in.flags.Decoder) })
	switch {
	case !m.undecided(): // nothing is left of it that is still needed
		in.free(m, m.takes)
	case m.opened.ClaimCheck != nil: // nothing is left of the object
		in.free(m, len(object))
	}
}

// free gives back memory that a message has taken.
func (in *invocation) free(m *message, bytes int) {
	in.processor.memory.giveBack(bytes)
	m.takes -= bytes
}

// memory is what the expanded payloads of a process may take together, in bytes. A function that runs out of memory is
// killed, and with it every message of its batches. It is safe for concurrent use.
type memory struct {
	size int
	// parsing is held while an object is opened: that takes several times the memory of the object.
	parsing sync.Mutex

	mutex sync.Mutex
	taken int
}

// take takes bytes for whoever has taken own, or reports that they are not there. As long as nobody else has taken any, they
// always are: no payload is too large to be processed alone, whatever it is wrapped in.
func (m *memory) take(own, bytes int) bool {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if bytes > 0 && m.taken > own && m.taken+bytes > m.size {
		return false
	}
	m.taken += bytes
	return true
}

// giveBack gives back what was taken and is not needed.
func (m *memory) giveBack(bytes int) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.taken -= bytes
}

// full reports whether nothing is left.
func (m *memory) full() bool {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	return m.taken >= m.size
}
