package deliver

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/event"
)

// occurredLayout is RFC 3339 in UTC with milliseconds, always three of them, so that texts sort as moments do.
const occurredLayout = "2006-01-02T15:04:05.000Z"

// Body is what the HTTP downstream is sent: the same members, in this order, whichever envelope the event came in.
//
//	{"envelope":     "direct" or "eventbridge",
//	 "type":         event.type, or the detail-type (a topic template with a literal {id}),
//	 "topic":        the topic with its real ids; EventBridge only,
//	 "timestamp":    as the sender wrote it, text or number; left out where there was none,
//	 "id":           event.data.id; direct only. EventBridge's id is of a publication: two of one event differ in it, and
//	                 one idempotency key must not come with two bodies. A replay's name is left out for the same reason,
//	 "source":       the partner event source; EventBridge only,
//	 "payload":      event.data or detail, exactly as it came,
//	 "occurredAt":   when the event happened, RFC 3339 in UTC with milliseconds; what to order by. Left out where the event
//	                 has no time that is one of this century,
//	 "organization": the Genesys Cloud organization's id,
//	 "entityIds":    the ids of what the event is about, as texts: those in the topic in their order, or event.data.id,
//	 "extra":        the envelope's members that are not known, by name, as they came. They say nothing about the event
//	                 itself, and two messages of one event may differ in them: whoever compares bodies of one key leaves
//	                 them out}
//
// The last four are left out where the event does not have them.
func Body(e event.Event) []byte { return keyedBody("", e) }

// keyMember has the event's identity where a target has no other place for it.
const keyMember = "idempotencyKey"

// keyedBody is Body with the event's identity as its first member, where there is a key.
func keyedBody(key string, e event.Event) []byte {
	body := make([]byte, 0, 512+2*len(key)+len(e.Type)+2*len(e.Topic)+2*len(e.Source)+len(e.Payload))
	body = append(body, '{')
	body = text(body, keyMember, key)
	body = text(body, "envelope", string(e.Envelope))
	body = text(body, "type", e.Type)
	body = text(body, "topic", e.Topic)
	body = raw(body, "timestamp", e.Timestamp)
	if e.Envelope == event.Direct {
		body = raw(body, "id", e.ID)
	}
	body = text(body, "source", e.Source)
	body = raw(body, "payload", e.Payload)
	body = text(body, "occurredAt", occurred(e))
	body = text(body, "organization", e.Organization())
	body = entityIDs(body, e.EntityIDs())
	body = extra(body, e.Extra())
	return append(body, '}')
}

func entityIDs(body []byte, ids []string) []byte {
	for i, id := range ids {
		if i == 0 {
			body = append(body, `,"entityIds":[`...)
		} else {
			body = append(body, ',')
		}
		body = quote(body, id)
	}
	if len(ids) > 0 {
		body = append(body, ']')
	}
	return body
}

func extra(body []byte, members []event.Member) []byte {
	for i, member := range members {
		if i == 0 {
			body = append(body, `,"extra":{`...)
		} else {
			body = append(body, ',')
		}
		body = append(quote(body, member.Name), ':')
		body = append(body, member.Value...)
	}
	if len(members) > 0 {
		body = append(body, '}')
	}
	return body
}

func quote(body []byte, value string) []byte {
	// A decoded text is valid UTF-8, which is all that can be wrong with it.
	body, _ = jsontext.AppendQuote(body, value)
	return body
}

func text(body []byte, name, value string) []byte {
	if value == "" {
		return body
	}
	return quote(named(body, name), value)
}

func raw[T ~string | ~[]byte](body []byte, name string, value T) []byte {
	if len(value) == 0 {
		return body
	}
	return append(named(body, name), value...)
}

// named begins a member.
func named(body []byte, name string) []byte {
	if len(body) > 1 {
		body = append(body, ',')
	}
	body = append(body, '"')
	body = append(body, name...)
	return append(body, '"', ':')
}
