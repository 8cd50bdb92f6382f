// Package decode turns a message body into an Event, whichever of the two envelopes it came in.
package decode

import "github.com/go-json-experiment/json/jsontext"

// Envelope names the wrapping that an event arrived in.
type Envelope string

// The envelopes that Genesys Cloud events arrive in, one file of this package each.
const (
	Direct      Envelope = "direct"
	EventBridge Envelope = "eventbridge"
)

// Event is one Genesys Cloud event, the same for every envelope.
type Event struct {
	Envelope Envelope
	// Type is event.type of the direct envelope and detail-type of EventBridge's, which is a topic template with a
	// literal {id} in it.
	Type string
	// Topic is the topic with its real ids; only EventBridge's envelope has one.
	Topic string
	// Timestamp is when the event happened according to its sender: text or a number, as it came.
	Timestamp Scalar
	// ID is event.data.id of the direct envelope, and the id that EventBridge gave to this publication.
	ID Scalar
	// Source is the partner event source; the direct envelope has none.
	Source string
	// Payload is event.data or detail, as it came. It shares memory with the body it was decoded from.
	Payload jsontext.Value
}

// Scalar is a JSON string or number as it was written, quotes included; empty when there was none. Keeping the
// notation keeps "7" and 7 apart and integers exact.
type Scalar string

// Text is the string's value, or the number as it was written.
func (s Scalar) Text() string {
	if s == "" || s[0] != '"' {
		return string(s)
	}
	text, err := jsontext.AppendUnquote(nil, string(s))
	if err != nil {
		return string(s)
	}
	return string(text)
}
