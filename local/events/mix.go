package events

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
)

// source is a partner event source, of an organization that does not exist.
const source = "aws.partner/genesys.com/cloud/5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4/contact-centre"

// Sizes of the mix. A tenth of the good events is sent a second time.
const (
	directEvents      = 250
	eventBridgeEvents = 250
	duplicates        = 50
	flakyAnswers      = 2 // failures before the downstream takes the flaky event
)

// Expected is what must become of the messages of a mix.
type Expected struct{ Delivered, Duplicates, Quarantined, DeadLettered int }

// Mix returns the messages of the demo and what must become of them: both envelopes, duplicates, bodies that can never
// succeed, an event that the downstream never takes, one that it takes at the third attempt and one that it rejects. The
// same seed gives the same messages in the same order.
func Mix(seed uint64) ([]string, Expected) {
	r := rand.New(rand.NewPCG(seed, seed))
	bodies := make([]string, 0, directEvents+eventBridgeEvents+duplicates+32)
	for range directEvents {
		bodies = append(bodies, Direct(r, nil))
	}
	for range eventBridgeEvents {
		bodies = append(bodies, EventBridge(r))
	}
	for _, i := range r.Perm(len(bodies))[:duplicates] {
		bodies = append(bodies, again(r, bodies[i]))
	}
	bodies = append(bodies,
		Direct(r, map[string]any{"demoFail": -1}),
		Direct(r, map[string]any{"demoFail": flakyAnswers}),
		Direct(r, map[string]any{"demoFail": -1, "demoStatus": 422}),
	)
	for _, bad := range Malformed() {
		bodies = append(bodies, bad.Body)
	}
	r.Shuffle(len(bodies), func(i, j int) { bodies[i], bodies[j] = bodies[j], bodies[i] })
	return bodies, Expected{
		Delivered:  directEvents + eventBridgeEvents + 1,          // the flaky one
		Duplicates: duplicates, Quarantined: len(Malformed()) + 1, // the rejected one
		DeadLettered: 1,
	}
}

// Direct returns a body in the direct envelope; extra is added to its data.
func Direct(r *rand.Rand, extra map[string]any) string {
	types := []string{"routing.queue.member.status.changed", "routing.interaction.analyzed", "telephony.call.created", "telephony.call.completed"}
	data := map[string]any{
		"id":        id(r),
		"queueId":   id(r),
		"mediaType": "voice",
		"direction": "inbound",
		"durationS": r.IntN(3600),
	}
	for key, value := range extra {
		data[key] = value
	}
	return text(map[string]any{
		"event":     map[string]any{"type": types[r.IntN(len(types))], "data": data},
		"timestamp": moment(r),
		"metadata":  map[string]any{"organizationId": "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"},
	})
}

// EventBridge returns a body in the EventBridge envelope, of one of the shapes that Genesys topics have: conversation
// detail events at start and end, an audit with two ids, and a presence without one.
func EventBridge(r *rand.Rand) string {
	conversation, user := id(r), id(r)
	var template, topic string
	var event map[string]any
	switch r.IntN(4) {
	case 0:
		template, topic = "v2.detail.events.conversation.{id}.customer.start", "v2.detail.events.conversation."+conversation+".customer.start"
		event = conversationEvent(r, conversation)
	case 1:
		template, topic = "v2.detail.events.conversation.{id}.customer.end", "v2.detail.events.conversation."+conversation+".customer.end"
		event = conversationEvent(r, conversation)
		event["interactingDurationMs"] = r.IntN(600_000)
	case 2:
		template, topic = "v2.audits.entitytype.{id}.entityid.{id}", "v2.audits.entitytype.UserPresence.entityid."+user
		event = map[string]any{
			"id": id(r), "userId": user, "username": map[string]any{"id": ""}, "clientId": map[string]any{},
			"serviceName": "Presence", "eventTime": moment(r), "action": "Update", "entityType": "UserPresence",
			"entity":          map[string]any{"id": user, "name": "Example Agent"},
			"propertyChanges": []any{map[string]any{"property": "PRESENCE", "oldValues": []any{"Busy"}, "newValues": []any{"Available"}}},
		}
	default:
		template, topic = "v2.users.{id}.presence", "v2.users."+user+".presence"
		event = map[string]any{"source": "PURECLOUD", "presenceDefinition": map[string]any{"id": id(r), "systemPresence": "MEAL"}, "message": ""}
	}
	at := moment(r)
	return text(map[string]any{
		"version": "0", "id": id(r), "detail-type": template, "source": source, "account": "123456789012",
		"time": at[:19] + "Z", "region": "us-east-1", "resources": []any{},
		"detail": map[string]any{
			"topicName": topic, "version": "2", "eventBody": event, "timestamp": at,
			// Shared by many events, as in life: whoever deduplicates on it loses some.
			"metadata": map[string]any{"CorrelationId": fmt.Sprintf("shared-%d", r.IntN(6))},
		},
	})
}

func conversationEvent(r *rand.Rand, conversation string) map[string]any {
	return map[string]any{
		"eventTime": 1_700_000_000_000 + r.Int64N(10_000_000_000), "conversationId": conversation,
		"participantId": id(r), "sessionId": id(r), "mediaType": "CHAT", "provider": "Example Webchat",
		"direction": "INBOUND", "externalContactId": id(r), "conversationExternalContactIds": []any{id(r)},
	}
}

// again returns the same event as it arrives a second time: EventBridge gives every publication an id and a time of
// its own and keeps the detail.
func again(r *rand.Rand, body string) string {
	var message map[string]any
	if err := json.Unmarshal([]byte(body), &message); err != nil || message["detail"] == nil {
		return body
	}
	message["id"], message["time"] = id(r), moment(r)[:19]+"Z"
	return text(message)
}

// Bad is a body that can never succeed.
type Bad struct{ Name, Body string }

// Malformed returns bodies that must end in the validation queue and harm no neighbour.
func Malformed() []Bad {
	event := func(rest string) string {
		return `{"event":{"type":"telephony.call.created","data":{"id":"malformed","value":` + rest + `}},"timestamp":"2025-01-01T00:00:00Z"}`
	}
	return []Bad{
		{"not JSON", "telephony.call.created"},
		{"only white space", " \t "},
		{"cut off", `{"event":{"type":"telephony.call.created","data":{"id":"a1`},
		{"not an object", `["event"]`},
		{"unknown envelope", `{"notification":{"kind":"call"}}`},
		{"no type", `{"event":{"data":{"id":"a1"}},"timestamp":"2025-01-01T00:00:00Z"}`},
		{"no timestamp", `{"event":{"type":"telephony.call.created","data":{"id":"a1"}}}`},
		{"nested to depth 10,000", event(strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000))},
		{"half of a surrogate pair", event(`"\ud83d"`)},
		{"a number beyond float64", event(`1e999`)},
		{"256 KB of no JSON", strings.Repeat("x", maximumBytes-1024)},
	}
}

func id(r *rand.Rand) string {
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.Uint32N(1<<16), r.Uint32N(1<<12), r.Uint32N(1<<12), r.Uint64N(1<<48))
}

// moment returns a time with milliseconds, as Genesys writes it.
func moment(r *rand.Rand) string {
	return fmt.Sprintf("2025-%02d-%02dT%02d:%02d:%02d.%03dZ", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000))
}

func text(message map[string]any) string {
	b, err := json.Marshal(message)
	if err != nil {
		panic(fmt.Sprintf("events of this package can be written as JSON: %v", err))
	}
	return string(b)
}
