package decode

import (
	"bytes"
	"errors"
	"math"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/event"
)

// MaxWrappings is how many wrappings may be around an event. A compressed notification of a claim check to a compressed
// object has four.
const MaxWrappings = 4

// Names are the decoders' names, by which flags switch them and logs show them.
func Names() []string {
	var names []string
	for _, d := range decoders(ClaimCheckRules{}) {
		names = append(names, d.name)
	}
	return names
}

// Limits bound what a message may expand to.
type Limits struct {
	// MaxBytes is how many bytes all that comes out of a message's wrappings may have together.
	MaxBytes int
}

// Reader opens messages. It is safe for concurrent use.
type Reader struct {
	limits   Limits
	rules    ClaimCheckRules
	decoders []decoder
}

// NewReader returns a Reader that expands messages within limits and takes the claim checks that the rules allow.
func NewReader(limits Limits, rules ClaimCheckRules) *Reader {
	limits.MaxBytes = min(max(limits.MaxBytes, 0), math.MaxInt32)
	return &Reader{limits, rules, decoders(rules)}
}

// Message is a message as the queue delivers it.
type Message struct {
	Body []byte
	// Attributes are its message attributes as Lambda passes them on, a JSON object; nil for none. They are parsed only if
	// the body is not plainly JSON.
	Attributes jsontext.Value
	// ReplaceLoneSurrogates has half of a surrogate pair in a text read as U+FFFD. Otherwise the message is refused.
	ReplaceLoneSurrogates bool
}

// Opened is what a message's envelopes had in them: an event, or a claim check whose object is still to be read.
type Opened struct {
	// Event is the event, if ClaimCheck is nil. It shares memory with the body, or with what the body expanded to.
	Event event.Event
	// ClaimCheck is where the rest lies: Resume takes what lies there.
	ClaimCheck *ClaimCheck
	// Path is the way to the event, or to the claim check.
	Path Path
	// Expanded is how many bytes of memory came out of wrappings, beside the body and the object of a claim check.
	Expanded int

	attributes jsontext.Value
	wrappings  int
	// bodyElsewhere is whether ClaimCheck says where the message's own body is; inObject is whether what is opened comes out
	// of the object of a sender's claim check.
	bodyElsewhere, inObject bool
	replaceLoneSurrogates   bool
}

// Path names the decoders that were passed, for logs: "sns>compressed>eventbridge".
type Path string

func (p Path) past(name string) Path {
	if p == "" {
		return Path(name)
	}
	return p + ">" + Path(name)
}

// Open opens a message. enabled says which decoders are switched on, by name; nil for all. Every error is an *Error, and
// what is returned with it has the Path up to the envelope that was refused.
//
// Of a message whose body quarantine put into the payload bucket, and which has been sent again, it returns where that body
// is. Such a claim check is the function's own: it is no wrapping, it is not on the Path, and no switch applies to it.
func (r *Reader) Open(message Message, enabled func(name string) bool) (Opened, error) {
	doc := document{body: message.Body, attributes: message.Attributes, shared: true}
	if beginsArray(doc.body) {
		if body, ok := r.quarantined(doc); ok {
			return Opened{
				ClaimCheck: &body, attributes: doc.attributes, bodyElsewhere: true, replaceLoneSurrogates: message.ReplaceLoneSurrogates,
			}, nil
		}
	}
	return r.open(Opened{replaceLoneSurrogates: message.ReplaceLoneSurrogates}, doc, enabled)
}

// beginsArray reports whether a body is an array, if it is JSON: no envelope of an event is one.
func beginsArray(body []byte) bool {
	body = bytes.TrimLeft(body, " \t\r\n")
	return len(body) > 0 && body[0] == '['
}

// Resume goes on with the object of an opened message's ClaimCheck, which is its own from then on. What it returns has another
// ClaimCheck if that object was the message's own body, and has a sender's claim check in it.
func (r *Reader) Resume(opened Opened, object []byte, enabled func(name string) bool) (Opened, error) {
	if opened.ClaimCheck == nil {
		return opened, errNoClaimCheck
	}
	inner := document{body: object, attributes: opened.attributes}
	opened.ClaimCheck, opened.attributes = nil, nil
	opened.bodyElsewhere, opened.inObject = false, !opened.bodyElsewhere
	if len(object) > r.limits.MaxBytes {
		return opened, refuse(TooLarge, "the object of a claim check is larger than the maximum for all that is inside a message")
	}
	return r.open(opened, inner, enabled)
}

var (
	errNoClaimCheck = errors.New("decode body: a message without a claim check was to be resumed")
	errTooMany      = refuse(TooManyEnvelopes, "more than four wrappings are around what is inside")
	errTooLarge     = refuse(TooLarge, "what is inside a message is larger than the maximum")
)

// open opens a document and what is in it, until there is an event or a claim check.
func (r *Reader) open(opened Opened, doc document, enabled func(name string) bool) (Opened, error) {
	for {
		if opened.replaceLoneSurrogates {
			opened.Expanded += doc.replaceLoneSurrogates()
		}
		d, err := r.recognize(doc, enabled)
		if err != nil {
			return opened, err
		}
		opened.Path = opened.Path.past(d.name)
		if opened.inObject && d.name == contract.DecoderClaimCheck {
			return opened, refuse(ClaimCheckLoop, "the object of a claim check has a claim check in it")
		}
		doc.limit = r.limits.MaxBytes - opened.Expanded
		found, err := d.decode(doc)
		if err != nil {
			return opened, err
		}
		if found.event.Envelope != "" {
			opened.Event = found.event
			return opened, nil
		}
		if opened.wrappings++; opened.wrappings > MaxWrappings {
			return opened, errTooMany
		}
		if found.claimCheck != nil {
			opened.ClaimCheck, opened.attributes = found.claimCheck, found.inner.attributes
			return opened, nil
		}
		doc = found.inner
		if opened.Expanded += len(doc.body); opened.Expanded > r.limits.MaxBytes {
			return opened, errTooLarge
		}
	}
}

// recognize returns the decoder of a document. Switches do not change which one that is: a body must not become another
// event because an operator has switched its decoder off.
func (r *Reader) recognize(doc document, enabled func(name string) bool) (decoder, error) {
	o, err := look(doc.body)
	if err != nil {
		return decoder{}, err
	}
	for _, d := range r.decoders {
		if !d.recognizes(doc, o) {
			continue
		}
		if enabled != nil && !enabled(d.name) {
			return decoder{}, refuse(DecoderOff, "the decoder "+d.name+" is switched off")
		}
		return d, nil
	}
	return decoder{}, unrecognized(doc.body, o)
}
