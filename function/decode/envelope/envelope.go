// Package envelope is what the decoders of message envelopes have in common: the interface they implement, the reasons
// for which a body is refused, and the first look at a body that says which decoder is its.
//
// A body is gone over twice. Look passes over its bytes, checks what must be checked before anything recurses, and
// gathers an outline: the kind of the value and which of the names that decoders go by are there. By the outline the
// decoder is found, whatever the order of the members, and the decoder then makes the one walk that parses.
//
// There are two kinds of envelopes: those with an event in them (direct, eventbridge), and wrappings with another
// envelope in them or elsewhere (sns, compressed, pointer).
package envelope

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/event"
)

// Decoder takes one kind of envelope apart. It keeps nothing of a document, and is safe for concurrent use.
type Decoder interface {
	// Name is the decoder's name in flags and logs.
	Name() string
	// Recognizes reports whether a document is in this envelope. No document is recognized by two decoders.
	Recognizes(document Document, outline Outline) bool
	// Decode takes apart a document that it recognizes. Every error it returns is an *Error.
	Decode(document Document) (Content, error)
}

// Document is what a decoder is given: a message's body, or what was wrapped in one.
type Document struct {
	Body []byte
	// Attributes are the message attributes of SQS or SNS that came with the body, as a JSON object; nil for none.
	Attributes jsontext.Value
	// Limit is how many bytes may come out of a wrapping. A wrapping whose content is never larger than itself may leave it
	// to the caller.
	Limit int
}

// Content is what an envelope had in it: an event, if Event.Envelope is set; a pointer, if Pointer is; else a document.
type Content struct {
	Event   event.Event
	Pointer *Pointer
	Inner   Document
}

// Pointer says where in the payload bucket an object lies. Only package pointer makes one, of what its rules allow.
type Pointer struct{ Bucket, Key string }
