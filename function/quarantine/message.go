package quarantine

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/contract"
)

// Message is one message to quarantine.
type Message struct {
	Body          []byte
	Reason, Stage string
	// Path is where in its schema the payload failed; "" for any other reason.
	Path      string
	MessageID string
	// EventID is "" where the event has no identity.
	EventID      string
	ReceiveCount int
	At           time.Time
	// Envelopes names the decoders that the body went through; "" where none knew it.
	Envelopes string
	// Attributes and MessageAttributes are the original message's, as JSON objects; nil where there are none.
	Attributes, MessageAttributes jsontext.Value
}

// entry writes the message in SQS's terms, with a body of its own or a pointer to it, and what the pointer needs. What does
// not fit beside the body is left out, the least important first.
func (m Message) entry(index int, body string, needed []attribute) entry {
	if body == "" {
		body = contract.QuarantineEmptyBody
	}
	e := newEntry(index, body)
	for _, a := range append(needed, m.attributes()...) {
		e.add(a)
	}
	if !e.add(text(contract.QuarantineOriginal, m.original())) {
		e.add(text(contract.QuarantineOriginalDropped, "true"))
	}
	return e
}

// attributes are the message's attributes of its own, the most important first.
func (m Message) attributes() []attribute {
	return []attribute{
		text(contract.QuarantineReason, m.Reason),
		text(contract.QuarantineStage, m.Stage),
		text(contract.QuarantineSchemaPath, m.Path),
		text(contract.QuarantineMessageID, m.MessageID),
		text(contract.QuarantineEventID, m.EventID),
		text(contract.QuarantineReceiveCount, strconv.Itoa(m.ReceiveCount)),
		text(contract.QuarantinedAt, m.At.UTC().Format(time.RFC3339Nano)),
		text(contract.QuarantineEnvelopes, m.Envelopes),
	}
}

func (m Message) original() string {
	original := make([]byte, 0, 64+len(m.Attributes)+len(m.MessageAttributes))
	original = append(original, `{"attributes":`...)
	original = append(original, orEmpty(m.Attributes)...)
	original = append(original, `,"messageAttributes":`...)
	original = append(original, orEmpty(m.MessageAttributes)...)
	return string(append(original, '}'))
}

func orEmpty(object jsontext.Value) jsontext.Value {
	if object == nil {
		return jsontext.Value("{}")
	}
	return object
}
