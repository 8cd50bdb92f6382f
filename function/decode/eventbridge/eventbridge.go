// Package eventbridge decodes the envelope that EventBridge delivers partner events in (Amazon EventBridge user guide,
// "AWS service event structure"):
//
//	{"version":     "0",
//	 "id":          "…",                    new with every publication
//	 "detail-type": "v2.users.{id}.presence",
//	 "source":      "aws.partner/genesys.com/cloud/<organization>/<suffix>",
//	 "account":     "…", "time": "…", "region": "…", "resources": [],
//	 "replay-name": "…",                    only when an archive is replayed
//	 "detail":      {"topicName": "v2.users.<id>.presence",
//	                 "version":   "2",
//	                 "eventBody": {"eventTime": 1767323045678, …},
//	                 "metadata":  {"CorrelationId": "…"},
//	                 "timestamp": "2026-01-02T03:04:05.901Z"},
//	 …}
//
// source and detail-type must be texts that are not empty, detail an object with at least one member; nothing in detail
// is required. "time" is not read: it has a resolution of one second and is the publication's, not the event's. Members
// that are not known are kept as they came (event.Event's Extra).
package eventbridge

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/event"
	"cc-eventbridge/function/internal/walk"
)

// Name is the decoder's name in flags and logs.
const Name = "eventbridge"

// Decoder decodes EventBridge's envelope.
type Decoder struct{}

// Name is the decoder's name in flags and logs.
func (Decoder) Name() string { return Name }

// Recognizes reports whether there is a "detail" or a "detail-type" member. With an "event" beside it, it is either the
// direct envelope or nobody can say which one is meant.
func (Decoder) Recognizes(_ envelope.Document, outline envelope.Outline) bool {
	return (outline.Has(envelope.Detail) || outline.Has(envelope.DetailType)) && !outline.Has(envelope.Event)
}

// Decode returns the event.
func (Decoder) Decode(document envelope.Document) (envelope.Content, error) {
	e := event.Event{Envelope: event.EventBridge}
	empty := true
	var err error
	e.Whole, err = envelope.Members(document.Body, func(r *walk.Reader, name []byte) (err error) {
		switch string(name) {
		case "detail-type":
			e.Type, err = r.Text()
		case "source":
			e.Source, err = r.Text()
		case "id":
			e.ID, err = envelope.Scalar(r)
		case "replay-name":
			e.Replay, err = r.Text()
		case "detail":
			empty, err = readDetail(r, &e)
		default:
			err = r.Skip()
		}
		return err
	})
	switch {
	case err != nil:
		return envelope.Content{}, err
	case e.Source == "":
		return envelope.Content{}, envelope.Refuse(envelope.MissingIdentity, "source should be a non-empty string")
	case e.Type == "":
		return envelope.Content{}, envelope.Refuse(envelope.MissingIdentity, "detail-type should be a non-empty string")
	case empty:
		return envelope.Content{}, envelope.Refuse(envelope.MissingIdentity, "detail should be an object with members")
	}
	return envelope.Content{Event: e}, nil
}

func readDetail(r *walk.Reader, e *event.Event) (empty bool, err error) {
	if r.Kind() != jsontext.KindBeginObject {
		return true, r.Skip()
	}
	empty = true
	e.Payload, err = r.Object(func(name []byte) (err error) {
		empty = false
		switch string(name) {
		case "topicName":
			e.Topic, err = r.Text()
		case "timestamp":
			e.Timestamp, err = envelope.Scalar(r)
		default:
			err = r.Skip()
		}
		return err
	})
	return empty, err
}
