// Package event is the canonical event: what the rest of the pipeline works on, whichever envelopes an event came in.
//
// A decoder fills in what every consumer needs: which event it is and its payload. What only some ask for (ids,
// organization, the moment it happened, members nobody knows) is found in the event's bytes when it is asked for, so
// that it costs nothing otherwise.
package event

import (
	"github.com/go-json-experiment/json/jsontext"
)

// Envelope names the shape that an event is written in.
type Envelope string

// The shapes that Genesys Cloud events are written in.
const (
	Direct      Envelope = "direct"
	EventBridge Envelope = "eventbridge"
)

// Event is one Genesys Cloud event, the same for every envelope.
type Event struct {
	Envelope Envelope
	// Type is event.type of the direct envelope and detail-type of EventBridge's, which is a topic template with a
	// literal {id} in it. Schemas and flags are looked up by it.
	Type string
	// Topic is the topic with its real ids; only EventBridge's envelope has one.
	Topic string
	// Timestamp is when the event was sent according to its sender: text or a number, as it came.
	Timestamp Scalar
	// ID is event.data.id of the direct envelope, and the id that EventBridge gave to this publication.
	ID Scalar
	// Source is the partner event source; the direct envelope has none.
	Source string
	// Replay is the name of the replay of an EventBridge archive that brought the event; empty when none did (Amazon
	// EventBridge user guide, "Archiving and replaying events").
	Replay string
	// Payload is event.data or detail, as it came. It shares memory with Whole.
	Payload jsontext.Value
	// Whole is the envelope with everything in it, as it came. It shares memory with the body it was decoded from.
	Whole jsontext.Value
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

// scalarOf returns a raw value if it is a number or a string other than "", else "".
func scalarOf(raw jsontext.Value) Scalar {
	if len(raw) == 0 || string(raw) == `""` {
		return ""
	}
	if c := raw[0]; c == '"' || c == '-' || c >= '0' && c <= '9' {
		return Scalar(raw)
	}
	return ""
}
