package decode

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/event"
	"cc-eventbridge/function/internal/walk"
)

// isDirect reports whether there is an "event" member. With a "detail" beside it nobody can say which one is meant.
func isDirect(_ document, o outline) bool {
	return o.has(eventMember) && !o.has(detailMember)
}

// decodeDirect returns the event.
func decodeDirect(doc document) (content, error) {
	e := event.Event{Envelope: event.Direct}
	var err error
	e.Whole, err = walkObject(doc.body, func(r *walk.Reader, name []byte) (err error) {
		switch string(name) {
		case "event":
			err = readDirectEvent(r, &e)
		case "timestamp":
			e.Timestamp, err = scalar(r)
		default:
			err = r.Skip()
		}
		return err
	})
	switch {
	case err != nil:
		return content{}, err
	case e.Type == "":
		return content{}, refuse(MissingIdentity, "event.type should be a non-empty string")
	case e.Timestamp == "":
		return content{}, refuse(MissingIdentity, "timestamp should be a number or a non-empty string")
	case e.Payload == nil:
		return content{}, refuse(MissingIdentity, "event.data should be there and not null")
	}
	return content{event: e}, nil
}

func readDirectEvent(r *walk.Reader, e *event.Event) error {
	if r.Kind() != jsontext.KindBeginObject {
		return r.Skip()
	}
	_, err := r.Object(func(name []byte) (err error) {
		switch string(name) {
		case "type":
			e.Type, err = r.Text()
		case "data":
			err = readDirectData(r, e)
		default:
			err = r.Skip()
		}
		return err
	})
	return err
}

func readDirectData(r *walk.Reader, e *event.Event) (err error) {
	switch r.Kind() {
	case jsontext.KindNull:
		return r.Skip()
	case jsontext.KindBeginObject:
		e.Payload, err = r.Object(func(name []byte) (err error) {
			if string(name) != "id" {
				return r.Skip()
			}
			e.ID, err = scalar(r)
			return err
		})
	default:
		e.Payload, err = r.Raw()
	}
	return err
}
