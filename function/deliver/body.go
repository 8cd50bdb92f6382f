package deliver

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/decode"
)

// Body is what the HTTP downstream is sent: the same members, in this order, whichever envelope the event came in.
//
//	{"envelope":  "direct" or "eventbridge",
//	 "type":      event.type, or the detail-type (a topic template with a literal {id}),
//	 "topic":     the topic with its real ids; EventBridge only,
//	 "timestamp": as the sender wrote it, text or number; left out where there was none,
//	 "id":        event.data.id; direct only. EventBridge's id is of a publication: two of one event differ in it, and one
//	              idempotency key must not come with two bodies,
//	 "source":    the partner event source; EventBridge only,
//	 "payload":   event.data or detail, exactly as it came}
func Body(event decode.Event) []byte {
	body := make([]byte, 0, 256+len(event.Type)+len(event.Topic)+len(event.Source)+len(event.Payload))
	body = append(body, '{')
	body = text(body, "envelope", string(event.Envelope))
	body = text(body, "type", event.Type)
	body = text(body, "topic", event.Topic)
	body = raw(body, "timestamp", string(event.Timestamp))
	if event.Envelope == decode.Direct {
		body = raw(body, "id", string(event.ID))
	}
	body = text(body, "source", event.Source)
	body = raw(body, "payload", string(event.Payload))
	return append(body, '}')
}

func text(body []byte, name, value string) []byte {
	if value == "" {
		return body
	}
	// A decoded text is valid UTF-8, which is all that can be wrong with it.
	quoted, _ := jsontext.AppendQuote(nil, value)
	return raw(body, name, string(quoted))
}

func raw(body []byte, name, value string) []byte {
	if value == "" {
		return body
	}
	if len(body) > 1 {
		body = append(body, ',')
	}
	body = append(body, '"')
	body = append(body, name...)
	body = append(body, '"', ':')
	return append(body, value...)
}
