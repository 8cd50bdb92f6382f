package decode

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/event"
	"cc-eventbridge/function/internal/walk"
)

// isEventBridge reports whether there is a "detail" or a "detail-type" member. With an "event" beside it, it is either the
// direct envelope or nobody can say which one is meant.
func isEventBridge(_ document, o outline) bool {
	return (o.has(detailMember) || o.has(detailTypeMember)) && !o.has(eventMember)
}

// decodeEventBridge returns the event.
func decodeEventBridge(doc document) (content, error) {
	e := event.Event{Envelope: event.EventBridge}
	empty := true
	var err error
	e.Whole, err = walkObject(doc.body, func(r *walk.Reader, name []byte) (err error) {
		switch string(name) {
		case "detail-type":
			e.Type, err = r.Text()
		case "source":
			e.Source, err = r.Text()
		case "id":
			e.ID, err = scalar(r)
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
		return content{}, err
	case e.Source == "":
		return content{}, refuse(MissingIdentity, "source should be a non-empty string")
	case e.Type == "":
		return content{}, refuse(MissingIdentity, "detail-type should be a non-empty string")
	case empty:
		return content{}, refuse(MissingIdentity, "detail should be an object with members")
	}
	return content{event: e}, nil
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
			e.Timestamp, err = scalar(r)
		default:
			err = r.Skip()
		}
		return err
	})
	return empty, err
}
