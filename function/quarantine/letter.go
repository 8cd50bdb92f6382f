package quarantine

import (
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/contract"
)

// Letter is one message to quarantine.
type Letter struct {
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

// entry writes the letter in SQS's terms, with a body of its own or a pointer to it, and what the pointer needs. What does
// not fit beside the body is left out, the least important first.
func (l Letter) entry(index int, body string, needed []attribute) entry {
	if body == "" {
		body = contract.QuarantineEmptyBody
	}
	e := newEntry(index, body)
	for _, a := range append(needed, l.attributes()...) {
		e.add(a)
	}
	if !e.add(text(contract.QuarantineOriginal, l.original())) {
		e.add(text(contract.QuarantineOriginalDropped, "true"))
	}
	return e
}

// attributes are the letter's attributes of its own, the most important first.
func (l Letter) attributes() []attribute {
	return []attribute{
		text(contract.QuarantineReason, l.Reason),
		text(contract.QuarantineStage, l.Stage),
		text(contract.QuarantineSchemaPath, l.Path),
		text(contract.QuarantineMessageID, l.MessageID),
		text(contract.QuarantineEventID, l.EventID),
		text(contract.QuarantineReceiveCount, strconv.Itoa(l.ReceiveCount)),
		text(contract.QuarantinedAt, l.At.UTC().Format(time.RFC3339Nano)),
		text(contract.QuarantineEnvelopes, l.Envelopes),
	}
}

func (l Letter) original() string {
	original := make([]byte, 0, 64+len(l.Attributes)+len(l.MessageAttributes))
	original = append(original, `{"attributes":`...)
	original = append(original, orEmpty(l.Attributes)...)
	original = append(original, `,"messageAttributes":`...)
	original = append(original, orEmpty(l.MessageAttributes)...)
	return string(append(original, '}'))
}

func orEmpty(object jsontext.Value) jsontext.Value {
	if object == nil {
		return jsontext.Value("{}")
	}
	return object
}
