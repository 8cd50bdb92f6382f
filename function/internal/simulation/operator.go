package simulation

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/contract"
)

// letter is a message as it lies in the validation queue.
type letter struct {
	of     *message
	number int // of the letters about this message
	body   string
	object string // the key of the object that its body lies in, "" if it is its own
}

// sealed reads an entry for the validation queue: the letter, and the body that it stands for.
func (w *world) sealed(m *message, e types.SendMessageBatchRequestEntry) (l letter, body string) {
	l = letter{of: m, body: aws.ToString(e.MessageBody)}
	if _, dropped := e.MessageAttributes[contract.QuarantineOriginalDropped]; dropped {
		w.violate("%s has lost its attributes on its way to the validation queue", m.id)
	}
	if _, offloaded := e.MessageAttributes[contract.ClaimCheckSize]; !offloaded {
		return l, l.body
	}
	_, where, _ := strings.Cut(l.body, contract.QuarantinePrefix)
	hash, _, _ := strings.Cut(where, `"`)
	l.object = contract.QuarantinePrefix + hash
	body, found := w.plan.bucket.get(l.object)
	if !found || l.body != claimCheck(payloadBucket, l.object) {
		w.violate("%s is in the validation queue with %q, and no such object is there", m.id, l.body)
	}
	return l, body
}

// operate is the operator, who sends what lies in the validation queue to the ingestion queue again.
func (w *world) operate() {
	for n, at := range w.plan.replayAt {
		time.Sleep(time.Until(w.start.Add(at)))
		for _, l := range w.ledger.takeLetters() {
			w.queue.send(w.replay(l))
			w.count("replayed from the validation queue")
			time.Sleep(w.plan.dice.between(time.Millisecond, 10*time.Millisecond, "replay", l.of.id, itoa(l.number)))
		}
		w.mu.Lock()
		w.operated = n + 1
		w.mu.Unlock()
	}
}

// replay makes a message of a letter. It carries what its original does, and is opened the same way once its body is read.
func (w *world) replay(l letter) *message {
	m := *l.of
	m.id, m.body = fmt.Sprintf("%s-r%d", l.of.id, l.number), l.body
	if m.object != "" {
		w.plan.bucket.point(m.object, &m)
	}
	if l.object != "" {
		body, _ := w.plan.bucket.get(l.object)
		m.offloaded, m.inner, m.object = true, m.object != "", l.object
		m.takes += len(body)
		w.plan.bucket.point(l.object, &m)
	}
	m.replayed = true
	return &m
}

// takeLetters empties the validation queue.
func (l *ledger) takeLetters() []letter {
	l.mu.Lock()
	defer l.mu.Unlock()
	letters := l.letters
	l.letters = nil
	slices.SortFunc(letters, func(a, b letter) int {
		return cmp.Or(cmp.Compare(a.of.id, b.of.id), cmp.Compare(a.number, b.number))
	})
	return letters
}
