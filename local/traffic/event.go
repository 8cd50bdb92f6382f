package traffic

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"

	"cc-eventbridge/local/cloud"
)

// Direct returns a body in the direct envelope; extra is added to its data.
func Direct(r *rand.Rand, extra map[string]any) string {
	types := cloud.EventTypes()
	return directOf(r, types[r.IntN(len(types))], extra)
}

// directOf returns a body in the direct envelope of one type; extra is added to its data.
func directOf(r *rand.Rand, eventType string, extra map[string]any) string {
	data := map[string]any{
		"id":        id(r),
		"queueId":   id(r),
		"mediaType": "voice",
		"direction": "inbound",
		"durationS": r.IntN(3600),
	}
	maps.Copy(data, extra)
	return text(map[string]any{
		"event":     map[string]any{"type": eventType, "data": data},
		"timestamp": moment(r),
		"metadata":  map[string]any{"organizationId": cloud.ExternalID},
	})
}

// DriftedType is the type of drifted events.
const DriftedType = "telephony.call.created"

// Drifted returns a body whose payload its topic's schema does not allow: what was a text has become an object, as when a
// producer changes its mind.
func Drifted(r *rand.Rand) string {
	return directOf(r, DriftedType, map[string]any{"conversationId": map[string]any{"id": id(r)}})
}

// large returns an event in the direct envelope of at least so many bytes.
func large(r *rand.Rand, bytes int) string {
	var transcript strings.Builder
	for transcript.Len() < bytes {
		transcript.WriteString(id(r))
		transcript.WriteByte(' ')
	}
	return Direct(r, map[string]any{"transcript": transcript.String()})
}

// EventBridge returns a body in the EventBridge envelope, of one of the shapes that Genesys topics have: conversation
// detail events at start and end, an audit with two ids, a presence without one, and a transcription's words and status.
func EventBridge(r *rand.Rand) string {
	conversation, user := id(r), id(r)
	switch r.IntN(6) {
	case 0:
		return onTopic(r, "v2.detail.events.conversation.{id}.customer.start", conversationEvent(r, conversation), conversation)
	case 1:
		event := conversationEvent(r, conversation)
		event["interactingDurationMs"] = r.IntN(600_000)
		return onTopic(r, "v2.detail.events.conversation.{id}.customer.end", event, conversation)
	case 2:
		return onTopic(r, "v2.audits.entitytype.{id}.entityid.{id}", map[string]any{
			"id": id(r), "userId": user, "username": map[string]any{"id": ""}, "clientId": map[string]any{},
			"serviceName": "Presence", "eventTime": moment(r), "action": "Update", "entityType": "UserPresence",
			"entity":          map[string]any{"id": user, "name": "Example Agent"},
			"propertyChanges": []any{map[string]any{"property": "PRESENCE", "oldValues": []any{"Busy"}, "newValues": []any{"Available"}}},
		}, "UserPresence", user)
	case 3:
		return transcription(r, map[string]any{"transcripts": []any{map[string]any{
			"utteranceId": id(r), "isFinal": true, "channel": "EXTERNAL",
			"alternatives": []any{map[string]any{"confidence": 0.9, "offsetMs": r.IntN(60_000), "durationMs": 1200, "transcript": "example"}},
		}}})
	case 4:
		return transcriptionStatus(r)
	default:
		return onTopic(r, "v2.users.{id}.presence",
			map[string]any{"source": "PURECLOUD", "presenceDefinition": map[string]any{"id": id(r), "systemPresence": "MEAL"}, "message": ""}, user)
	}
}

// transcriptionStatus returns a transcription event that says how it goes and has no words.
func transcriptionStatus(r *rand.Rand) string {
	return transcription(r, map[string]any{"status": map[string]any{"offsetMs": r.IntN(60_000), "status": "SESSION_ENDED"}})
}

// transcription returns an event of a conversation's transcription in the EventBridge envelope, with a part of its own:
// one topic has two shapes.
func transcription(r *rand.Rand, part map[string]any) string {
	conversation := id(r)
	event := map[string]any{
		"eventTime": moment(r), "organizationId": cloud.ExternalID, "conversationId": conversation, "communicationId": id(r),
		"sessionStartTimeMs": 1_700_000_000_000 + r.Int64N(10_000_000_000),
	}
	maps.Copy(event, part)
	return onTopic(r, "v2.conversations.{id}.transcription", event, conversation)
}

// onTopic returns an event in the EventBridge envelope. The ids take the places of the template's {id}, in order.
func onTopic(r *rand.Rand, template string, event map[string]any, ids ...string) string {
	topic := template
	for _, id := range ids {
		topic = strings.Replace(topic, "{id}", id, 1)
	}
	at := moment(r)
	return text(map[string]any{
		"version": "0", "id": id(r), "detail-type": template, "source": cloud.Source, "account": "123456789012",
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

// replayed returns an event in the EventBridge envelope as the replay of an archive brings it (Amazon EventBridge user
// guide, "Archiving and replaying events").
func replayed(body, name string) string {
	var message map[string]any
	if err := json.Unmarshal([]byte(body), &message); err != nil {
		panic(fmt.Sprintf("events of this package are JSON: %v", err))
	}
	message["replay-name"] = name
	return text(message)
}

func id(r *rand.Rand) string {
	return fmt.Sprintf("%08x-%04x-4%03x-a%03x-%012x", r.Uint32(), r.Uint32N(1<<16), r.Uint32N(1<<12), r.Uint32N(1<<12), r.Uint64N(1<<48))
}

// moment returns a time with milliseconds, as Genesys writes it.
func moment(r *rand.Rand) string {
	return fmt.Sprintf("2025-%02d-%02dT%02d:%02d:%02d.%03dZ", 1+r.IntN(12), 1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(1000))
}

func text(message any) string {
	b, err := json.Marshal(message)
	if err != nil {
		panic(fmt.Sprintf("events of this package can be written as JSON: %v", err))
	}
	return string(b)
}
