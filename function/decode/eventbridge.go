package decode

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/walk"
)

// bridge is what is read of the envelope that EventBridge delivers partner events in:
//
//	{"id": "…", "detail-type": "…", "source": "aws.partner/…", "detail": {"topicName": "…", "timestamp": "…", …}, …}
//
// Its "time" is not read: it has a resolution of one second and is the publication's, not the event's.
type bridge struct {
	present    bool
	detailType string
	source     string
	id         Scalar
	topic      string
	timestamp  Scalar
	payload    jsontext.Value
	empty      bool
}

func (b *bridge) detail(r *walk.Reader) (err error) {
	b.present = true
	b.empty = true
	if r.Kind() != jsontext.KindBeginObject {
		return r.Skip()
	}
	b.payload, err = r.Object(func(name []byte) (err error) {
		b.empty = false
		switch string(name) {
		case "topicName":
			b.topic, err = r.Text()
		case "timestamp":
			b.timestamp, err = scalar(r)
		default:
			err = r.Skip()
		}
		return err
	})
	return err
}

func (b *bridge) decoded() (Event, error) {
	switch {
	case b.source == "":
		return Event{}, refuse(MissingIdentity, "source should be a non-empty string")
	case b.detailType == "":
		return Event{}, refuse(MissingIdentity, "detail-type should be a non-empty string")
	case b.empty:
		return Event{}, refuse(MissingIdentity, "detail should be an object with members")
	}
	return Event{
		Envelope:  EventBridge,
		Type:      b.detailType,
		Topic:     b.topic,
		Timestamp: b.timestamp,
		ID:        b.id,
		Source:    b.source,
		Payload:   b.payload,
	}, nil
}
