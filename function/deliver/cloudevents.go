package deliver

import (
	"time"

	"cc-eventbridge/function/event"
)

// cloudEventsMedia is the media type of a CloudEvent in structured mode.
const cloudEventsMedia = "application/cloudevents+json"

// attributes are those of an event as CloudEvents 1.0 has them. Two requests about one event have the same.
type attributes struct {
	// id is ID of the event's identity.
	id string
	// source is EventBridge's partner source. The direct envelope has none: its events have genesys.com/cloud and, where they
	// say it, the organization behind it.
	source string
	// eventType is the event's type, a topic template with a literal {id} for EventBridge's envelope.
	eventType string
	// subject is what the event is about: the topic with its ids, or the direct event's id. It may be empty.
	subject string
	// time is when it happened, as in Body. It may be empty.
	time string
}

func attributesOf(delivery Delivery) attributes {
	e := delivery.Event
	a := attributes{id: ID(delivery.IdempotencyKey), source: reference(e.Source), eventType: e.Type, subject: e.Topic, time: occurred(e)}
	if e.Envelope == event.Direct {
		a.subject = e.ID.Text()
	}
	if a.source == "" {
		a.source = "genesys.com/cloud"
		if organization := e.Organization(); organization != "" {
			a.source += "/" + reference(organization)
		}
	}
	return a
}

// occurred is when an event happened, in the one form that texts of it have; "" where that is not known.
func occurred(e event.Event) string {
	at, ok := e.OccurredAt()
	if !ok {
		return ""
	}
	return at.Truncate(time.Millisecond).Format(occurredLayout)
}

// reference is a text as a URI reference may have it.
func reference(text string) string {
	return escaped(text, func(c byte) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~' || c == '/'
	})
}

// structured is the event in structured mode, with the payload as its data.
func (a attributes) structured(payload []byte) []byte {
	return append(raw(a.append(len(payload)), "data", payload), '}')
}

// elsewhere is the event in structured mode without its data, which is found at an address (CloudEvents extension "dataref").
func (a attributes) elsewhere(address string) []byte {
	return append(text(a.append(0), "dataref", address), '}')
}

// append begins a structured event, with room for more.
func (a attributes) append(more int) []byte {
	body := make([]byte, 0, 320+2*(len(a.source)+len(a.eventType)+len(a.subject))+more)
	body = append(body, '{')
	body = text(body, "specversion", "1.0")
	body = text(body, "id", a.id)
	body = text(body, "source", a.source)
	body = text(body, "type", a.eventType)
	body = text(body, "subject", a.subject)
	body = text(body, "time", a.time)
	return text(body, "datacontenttype", jsonMedia)
}

// headers are the attributes in binary mode. A quotation mark is encoded there, too (CloudEvents HTTP protocol binding,
// "HTTP Header Values").
func (a attributes) headers() map[string]string {
	headers := map[string]string{"Ce-Specversion": "1.0"}
	for name, value := range map[string]string{"Ce-Id": a.id, "Ce-Source": a.source, "Ce-Type": a.eventType, "Ce-Subject": a.subject, "Ce-Time": a.time} {
		if value != "" {
			headers[name] = escaped(value, func(c byte) bool { return c > ' ' && c < 0x7f && c != '%' && c != '"' })
		}
	}
	return headers
}
