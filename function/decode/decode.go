// Package decode opens the envelopes of a message, one in another, down to the event.
//
// An event comes in one of two envelopes: Genesys Cloud's own (direct) or EventBridge's (eventbridge). Around it there may
// be wrappings: a notification of SNS (sns), compression (compressed) and a claim check, which says where in the payload
// bucket the rest lies (pointer). Which one a body is shows in the body itself; package envelope says how, and each
// decoder's package what its envelope looks like.
//
// # Bounds
//
//   - At most MaxWrappings around an event.
//   - What comes out of all wrappings of a message together, the object of its claim check not counted, has at most
//     Limits.MaxBytes; so has that object.
//   - One claim check a message: the object that it points to has none in it, itself or another. A pair of objects that
//     point to each other would keep the function reading for ever.
//
// An event's identity (package identify) is the same whatever it was wrapped in.
package decode

import (
	"errors"
	"math"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/decode/compressed"
	"cc-eventbridge/function/decode/direct"
	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/decode/eventbridge"
	"cc-eventbridge/function/decode/pointer"
	"cc-eventbridge/function/decode/sns"
	"cc-eventbridge/function/event"
)

// MaxWrappings is how many wrappings may be around an event. A compressed notification of a claim check to a compressed
// object has four.
const MaxWrappings = 4

// Names are the decoders' names, by which flags switch them and logs show them.
func Names() []string {
	return []string{direct.Name, eventbridge.Name, sns.Name, compressed.Name, pointer.Name}
}

// Limits bound what a message may expand to.
type Limits struct {
	// MaxBytes is how many bytes all that comes out of a message's wrappings may have together.
	MaxBytes int
}

// Reader opens messages. It is safe for concurrent use.
type Reader struct {
	limits   Limits
	decoders []envelope.Decoder
}

// NewReader returns a Reader that expands messages within limits and lets claim checks point to what the rules allow.
func NewReader(limits Limits, rules pointer.Rules) *Reader {
	limits.MaxBytes = min(max(limits.MaxBytes, 0), math.MaxInt32)
	return &Reader{limits, []envelope.Decoder{
		direct.Decoder{}, eventbridge.Decoder{}, sns.Decoder{}, compressed.Decoder{}, pointer.New(rules),
	}}
}

// Message is a message as the queue delivers it.
type Message struct {
	Body []byte
	// Attributes are its message attributes as Lambda passes them on, a JSON object; nil for none. They are parsed only if
	// the body is not plainly JSON.
	Attributes jsontext.Value
}

// Opened is what a message's envelopes had in them: an event, or a claim check that is still to be resolved.
type Opened struct {
	// Event is the event, if Pointer is nil. It shares memory with the body, or with what the body expanded to.
	Event event.Event
	// Pointer is where the rest lies: Resume takes what lies there.
	Pointer *pointer.Pointer
	// Trail is the way to the event, or to the pointer.
	Trail Trail
	// Expanded is how many bytes of memory came out of wrappings, beside the body and the object of a claim check.
	Expanded int

	attributes jsontext.Value
	wrappings  int
	resolved   bool
}

// Trail names the decoders that were passed, for logs: "sns>compressed>eventbridge".
type Trail string

// String returns the text.
func (t Trail) String() string { return string(t) }

// past is the trail with one more decoder at its end.
func (t Trail) past(name string) Trail {
	if t == "" {
		return Trail(name)
	}
	return t + ">" + Trail(name)
}

// Open opens a message. enabled says which decoders are switched on, by name; nil for all. Every error is an
// *envelope.Error, and what is returned with it has the Trail up to the envelope that was refused.
func (r *Reader) Open(message Message, enabled func(name string) bool) (Opened, error) {
	return r.open(Opened{}, envelope.Document{Body: message.Body, Attributes: message.Attributes}, enabled)
}

// Resume goes on with the object that an opened message's Pointer points to.
func (r *Reader) Resume(opened Opened, object []byte, enabled func(name string) bool) (Opened, error) {
	if opened.Pointer == nil {
		return opened, errNoPointer
	}
	document := envelope.Document{Body: object, Attributes: opened.attributes}
	opened.Pointer, opened.attributes, opened.resolved = nil, nil, true
	if len(object) > r.limits.MaxBytes {
		return opened, envelope.Refuse(envelope.TooLarge, "the object of a claim check is larger than the maximum for all that is inside a message")
	}
	return r.open(opened, document, enabled)
}

var errNoPointer = errors.New("decode body: a message without a claim check was to be resumed")
