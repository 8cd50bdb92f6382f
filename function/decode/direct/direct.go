// Package direct decodes the envelope that Genesys Cloud writes to the queue itself:
//
//	{"event":     {"type": "telephony.call.created",
//	               "data": {"id": "…", …},
//	               …},
//	 "timestamp": "2026-01-02T03:04:05.678Z",
//	 "metadata":  {"organizationId": "…"},
//	 …}
//
// type must be a text that is not empty, timestamp such a text or a number, data anything but null. data.id may be
// missing. Members that are not known are kept as they came (event.Event's Extra).
package direct

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/event"
	"cc-eventbridge/function/internal/walk"
)

// Name is the decoder's name in flags and logs.
const Name = "direct"

// Decoder decodes the direct envelope.
type Decoder struct{}

// Name is the decoder's name in flags and logs.
func (Decoder) Name() string { return Name }

// Recognizes reports whether there is an "event" member. With a "detail" beside it nobody can say which one is meant.
func (Decoder) Recognizes(_ envelope.Document, outline envelope.Outline) bool {
	return outline.Has(envelope.Event) && !outline.Has(envelope.Detail)
}

// Decode returns the event.
func (Decoder) Decode(document envelope.Document) (envelope.Content, error) {
	e := event.Event{Envelope: event.Direct}
	var err error
	e.Whole, err = envelope.Members(document.Body, func(r *walk.Reader, name []byte) (err error) {
		switch string(name) {
		case "event":
			err = readEvent(r, &e)
		case "timestamp":
			e.Timestamp, err = envelope.Scalar(r)
		default:
			err = r.Skip()
		}
		return err
	})
	switch {
	case err != nil:
		return envelope.Content{}, err
	case e.Type == "":
		return envelope.Content{}, envelope.Refuse(envelope.MissingIdentity, "event.type should be a non-empty string")
	case e.Timestamp == "":
		return envelope.Content{}, envelope.Refuse(envelope.MissingIdentity, "timestamp should be a number or a non-empty string")
	case e.Payload == nil:
		return envelope.Content{}, envelope.Refuse(envelope.MissingIdentity, "event.data should be there and not null")
	}
	return envelope.Content{Event: e}, nil
}

func readEvent(r *walk.Reader, e *event.Event) error {
	if r.Kind() != jsontext.KindBeginObject {
		return r.Skip()
	}
	_, err := r.Object(func(name []byte) (err error) {
		switch string(name) {
		case "type":
			e.Type, err = r.Text()
		case "data":
			err = readData(r, e)
		default:
			err = r.Skip()
		}
		return err
	})
	return err
}

func readData(r *walk.Reader, e *event.Event) (err error) {
	switch r.Kind() {
	case jsontext.KindNull:
		return r.Skip()
	case jsontext.KindBeginObject:
		e.Payload, err = r.Object(func(name []byte) (err error) {
			if string(name) != "id" {
				return r.Skip()
			}
			e.ID, err = envelope.Scalar(r)
			return err
		})
	default:
		e.Payload, err = r.Raw()
	}
	return err
}
