package simulation

import (
	"fmt"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/decode/pointer"
	"cc-eventbridge/function/decode/pointer"
	"cc-eventbridge/function/identify"
	"cc-eventbridge/function/process"
)

// body writes the event of an entity the way its envelope does. Variants differ in spelling only, except for -1, which
// has the same identity and another payload.
func body(e *entity, variant int, d dice) string {
	if e.temper == malformed {
		return fmt.Sprintf(pick(d, []string{`{"event":%q`, `not JSON: %s`, `["%s"]`, `{"unknown":%q}`, `{"event":{"data":{"id":%q}}}`}, "malformed", e.name), e.name)
	}
	amount := 7
	if variant < 0 {
		amount = 8
	}
	const at = "2026-03-01T10:00:00Z"
	switch e.envelope {
	case 0: // direct, with an id
		if variant%2 == 0 {
			return fmt.Sprintf(`{"event":{"type":"routing.queue.member.status.changed","data":{"id":%q,"amount":%d}},"timestamp":%q}`, e.name, amount, at)
		}
		return fmt.Sprintf(`{"timestamp":%q, "event":{"data":{"amount":%d.0, "id":%q}, "type":"routing.queue.member.status.changed"}}`, at, amount, e.name)
	case 1: // direct, identified by its data
		return fmt.Sprintf(`{"event":{"type":"telephony.call.created","data":{"call":%q}},"timestamp":%q}`, e.name, at)
	default: // EventBridge, published again under another id and time
		return fmt.Sprintf(`{"version":"0","id":"00000000-0000-0000-0000-%012d","detail-type":"v2.detail.events.conversation.{id}.customer.end",`+
			`"source":"aws.partner/genesys.com/cloud/org/bus","account":"123456789012","time":"2026-03-01T10:00:0%dZ","region":"eu-west-1","resources":[],`+
			`"detail":{"topicName":"v2.detail.events.conversation.%s.customer.end","version":"2","eventBody":{"conversationId":%q},`+
			`"metadata":{"CorrelationId":"shared"},"timestamp":"2026-03-01T10:00:00.123Z"}}`, variant, variant%10, e.name, e.name)
	}
}

var reader = decode.NewReader(decode.Limits{MaxBytes: 16 << 20}, pointer.Rules{})

var reader = decode.NewReader(decode.Limits{MaxBytes: process.DefaultMaximumPayloadBytes}, pointer.Rules{})

// identity is the key and payload hash of the record of the event in a body; "" when it has none.
func identity(body string) (key, hash string) {
	opened, err := reader.Open(decode.Message{Body: []byte(body)}, nil)
	if err != nil {
		return "", ""
	}
	id, err := identify.Event(opened.Event, false)
	if err != nil {
		return "", ""
	}
	return id.Key, id.PayloadHash
}
