package simulation

import (
	"fmt"
	"strings"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/payload"
)

// body writes the event of an entity the way its envelope does. Variants differ in spelling only, except for -1, which
// has the same identity and another payload.
func body(e *entity, variant int) string {
	amount := 7
	if variant < 0 {
		amount = 8
	}
	const at = "2026-03-01T10:00:00Z"
	more := ""
	if e.misfit {
		more = misfitMember
	}
	if e.padding > 0 {
		more += `,"padding":"` + strings.Repeat("x", e.padding) + `"`
	}
	name := ""
	if e.replayed && variant >= 2 {
		name = replayName
	}
	switch e.envelope {
	case 0: // direct, with an id
		if variant%2 == 0 {
			return fmt.Sprintf(`{"event":{"type":%q,"data":{"id":%q,"amount":%d%s}},"timestamp":%q}`, e.topic, e.name, amount, more, at)
		}
		return fmt.Sprintf(`{"timestamp":%q, "event":{"data":{"amount":%d.0, "id":%q%s}, "type":%q}}`, at, amount, e.name, more, e.topic)
	case 1: // direct, identified by its data
		return fmt.Sprintf(`{"event":{"type":%q,"data":{"call":%q%s}},"timestamp":%q}`, e.topic, e.name, more, at)
	default: // EventBridge, published again under another id and time
		return fmt.Sprintf(`{%s"version":"0","id":"00000000-0000-0000-0000-%012d","detail-type":%q,`+
			`"source":"aws.partner/genesys.com/cloud/org/bus","account":"123456789012","time":"2026-03-01T10:00:0%dZ","region":"eu-west-1","resources":[],`+
			`"detail":{"topicName":"v2.detail.events.conversation.%s.customer.end","version":"2","eventBody":{"conversationId":%q}%s,`+
			`"metadata":{"CorrelationId":"shared"},"timestamp":"2026-03-01T10:00:00.123Z"}}`, name, variant, e.topic, variant%10, e.name, e.name, more)
	}
}

// published is the envelope of EventBridge, and replayName what the replay of an archive adds to it.
const (
	published  = 2
	replayName = `"replay-name":"archive-1",`
)

// topics are the ones of the envelopes that no flags speak of.
var topics = []string{"routing.queue.member.status.changed", "telephony.call.created", "v2.detail.events.conversation.{id}.customer.end"}

// flaw is why a malformed message can never be processed, and how such a message is made.
type flaw struct {
	reason string
	spoil  func(p *plan, m *message, key string)
}

// flaws of bodies, and of what lies in the payload bucket.
var flaws = []flaw{
	written(decode.NotJSON, `{"event":%q`),
	written(decode.NotJSON, `not JSON: %s`),
	written(decode.UnknownEnvelope, `["%s"]`),
	written(decode.UnknownEnvelope, `{"unknown":%q}`),
	written(decode.MissingIdentity, `{"event":{"data":{"id":%q}}}`),
	{string(decode.CorruptCompression), func(_ *plan, m *message, _ string) {
		packed := pack(sound)
		m.body, m.takes = packed[:len(packed)/2/4*4], len(sound)
	}},
	{string(decode.ForeignBucket), func(_ *plan, m *message, key string) { m.body = claimCheck("bucket-of-another-world", key) }},
	{string(decode.ForeignPrefix), func(_ *plan, m *message, key string) { m.body = claimCheck(payloadBucket, "elsewhere/"+key) }},
	{payload.MissingObject, func(p *plan, m *message, key string) {
		m.body = p.deposit(m, key, "")
		p.bucket.remove(key)
	}},
	{payload.ObjectTooLarge, func(p *plan, m *message, key string) {
		m.body = p.deposit(m, key, strings.Repeat(" ", p.maximumPayload+1))
	}},
	{string(decode.CorruptCompression), func(p *plan, m *message, key string) {
		packed := zip(sound)
		m.body = p.deposit(m, key, packed[:len(packed)-5])
	}},
	{string(decode.ClaimCheckLoop), func(p *plan, m *message, key string) {
		m.body = p.deposit(m, key, claimCheck(payloadBucket, key))
	}},
	{string(decode.ClaimCheckLoop), func(p *plan, m *message, key string) {
		next := key + "-next"
		p.deposit(m, next, sound)
		m.body = p.deposit(m, key, claimCheck(payloadBucket, next))
	}},
}

// sound is an event that nothing is wrong with.
const sound = `{"event":{"type":"telephony.call.created","data":{"id":"sound"}},"timestamp":"2026-03-01T10:00:00Z"}`

func written(reason decode.Reason, format string) flaw {
	return flaw{string(reason), func(_ *plan, m *message, _ string) {
		m.body = fmt.Sprintf(format, m.of.name)
		if m.of.bulk != small {
			m.body += strings.Repeat(" ", max(bulkyBody-len(m.body), 0))
		}
	}}
}
