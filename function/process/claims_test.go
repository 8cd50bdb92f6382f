package process

import (
	"testing"
	"time"

	"cc-eventbridge/function/batch"
	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
)

// TestAClaimWithoutAnAnswerMayBeHeld has the claims of a batch end without one: whether they were made is unknown, so that they
// are given up.
func TestAClaimWithoutAnAnswerMayBeHeld(t *testing.T) {
	in := working(t, message{record: &batch.Record{}, claiming: true})
	in.round = []*message{&in.messages[0]}
	decisions := make(chan decision, 1)
	in.decisions = decisions
	close(decisions)
	in.deliver()
	if m := &in.messages[0]; !m.held || m.claiming || m.outcome.Kind != Transient || m.outcome.Err == nil {
		t.Errorf("held is %t, the outcome is %+v", m.held, m.outcome)
	}
}

// TestObjectsAreOpenedOneAtATime looks whether the lock is held while an object is opened: opening takes several times its memory.
func TestObjectsAreOpenedOneAtATime(t *testing.T) {
	p := New(Config{ClaimChecks: decode.ClaimCheckRules{Bucket: "bucket", Region: "eu-central-1", Prefixes: []string{contract.ProducerPrefix}}})
	in := working(t, message{record: &batch.Record{}})
	in.processor, in.flags = p, p.config.Flags.Current()
	m := &in.messages[0]
	in.opened(m, func() (decode.Opened, error) {
		return p.reader.Open(decode.Message{
			Body: []byte(`["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"bucket","s3Key":"payloads/1"}]`),
		}, in.flags.Decoder)
	})
	if m.opened.ClaimCheck == nil {
		t.Fatalf("no claim check: %+v", m.outcome)
	}
	p.memory.mutex.Lock() // what has been opened is counted, for which it now waits
	done := make(chan struct{})
	go func() {
		defer close(done)
		in.resume(m, []byte(`{"event":{"type":"t","data":{}},"timestamp":"2026-01-02T03:04:05.678Z"}`))
	}()
	held := false
	for deadline := time.Now().Add(5 * time.Second); !held && time.Now().Before(deadline); {
		if held = !p.memory.parsing.TryLock(); !held {
			p.memory.parsing.Unlock()
		}
	}
	p.memory.mutex.Unlock()
	<-done
	if !held {
		t.Error("another object may be opened at the same time")
	}
	if m.opened.Event.Type != "t" || !p.memory.parsing.TryLock() {
		t.Errorf("the event is %+v, and the lock is held for ever", m.opened.Event)
	}
}
