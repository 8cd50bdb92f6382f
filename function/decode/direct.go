package decode

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/walk"
)

// direct is what is read of the envelope that Genesys Cloud writes to the queue itself:
//
//	{"event": {"type": "…", "data": {"id": "…", …}}, "timestamp": "…", …}
type direct struct {
	present   bool
	timestamp Scalar
	eventType string
	id        Scalar
	data      jsontext.Value
}

func (d *direct) event(r *walk.Reader) error {
	d.present = true
	if r.Kind() != jsontext.KindBeginObject {
		return r.Skip()
	}
	_, err := r.Object(func(name []byte) (err error) {
		switch string(name) {
		case "type":
			d.eventType, err = r.Text()
		case "data":
			err = d.payload(r)
		default:
			err = r.Skip()
		}
		return err
	})
	return err
}

func (d *direct) payload(r *walk.Reader) (err error) {
	switch r.Kind() {
	case jsontext.KindNull:
		return r.Skip()
	case jsontext.KindBeginObject:
		d.data, err = r.Object(func(name []byte) (err error) {
			if string(name) != "id" {
				return r.Skip()
			}
			d.id, err = scalar(r)
			return err
		})
	default:
		d.data, err = r.Raw()
	}
	return err
}

func (d *direct) decoded() (Event, error) {
	switch {
	case d.eventType == "":
		return Event{}, refuse(MissingIdentity, "event.type should be a non-empty string")
	case d.timestamp == "":
		return Event{}, refuse(MissingIdentity, "timestamp should be a number or a non-empty string")
	case d.data == nil:
		return Event{}, refuse(MissingIdentity, "event.data should be there and not null")
	}
	return Event{
		Envelope:  Direct,
		Type:      d.eventType,
		Timestamp: d.timestamp,
		ID:        d.id,
		Payload:   d.data,
	}, nil
}
