package harness

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// epoch is the time of the first event.
var epoch = time.Date(2026, time.January, 1, 9, 0, 0, 0, time.UTC)

// participant is one leg of a conversation.
type participant struct {
	ID         string            `json:"id"`
	Purpose    string            `json:"purpose"`
	Name       string            `json:"name"`
	SessionID  string            `json:"sessionId"`
	Provider   string            `json:"provider"`
	UserID     string            `json:"userId,omitempty"`
	QueueID    string            `json:"queueId,omitempty"`
	StartTime  string            `json:"startTime"`
	Attributes map[string]string `json:"attributes"`
	Metrics    map[string]int    `json:"metrics"`
}

// event is the body of an event in the direct envelope, about 2 KB of it: the median that the contact centre sends. It
// is the same for the same stream and index, and different for any other.
func event(stream string, index int) ([]byte, error) {
	name := fmt.Sprintf("%s-%d", stream, index)
	sum := sha256.Sum256([]byte(name))
	random := rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:]), binary.BigEndian.Uint64(sum[8:]))) // reproducible on purpose
	at := epoch.Add(time.Duration(index) * 137 * time.Millisecond)
	legs := make([]participant, 4)
	for i := range legs {
		legs[i] = newParticipant(name, i, random, at)
	}
	body, err := json.Marshal(map[string]any{
		"event": map[string]any{
			"type": "telephony.call.completed",
			"data": map[string]any{
				"id":             identifier(name),
				"conversationId": identifier("conversation " + name),
				"direction":      []string{"INBOUND", "OUTBOUND"}[random.IntN(2)],
				"mediaType":      "VOICE",
				"ani":            fmt.Sprintf("tel:+4670%07d", random.IntN(10_000_000)),
				"participants":   legs,
				"wrapUp":         map[string]any{"code": "resolved", "notes": "Återkoppling utlovad, ärende \"öppet\" \u2013 kund nöjd", "durationMs": random.IntN(120_000)},
			},
		},
		"timestamp": at.Format("2006-01-02T15:04:05.000Z"),
		"metadata":  map[string]any{"correlationId": identifier("correlation " + name), "version": 2},
	})
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", name, err)
	}
	return body, nil
}

// newParticipant is a customer first, then the flow, the queue and the agent.
func newParticipant(event string, leg int, random *rand.Rand, at time.Time) participant {
	purposes := []string{"customer", "ivr", "acd", "agent"}
	p := participant{
		ID:        identifier(fmt.Sprintf("leg %d %s", leg, event)),
		Purpose:   purposes[leg],
		Name:      fmt.Sprintf("Participant %04d", random.IntN(10_000)),
		SessionID: identifier(fmt.Sprintf("session %d %s", leg, event)),
		Provider:  "Edge media tier, eu-north-1",
		StartTime: at.Add(time.Duration(leg) * time.Second).Format(time.RFC3339Nano),
		Attributes: map[string]string{
			"language": []string{"sv-SE", "de-DE", "en-GB"}[random.IntN(3)],
			"segment":  fmt.Sprintf("segment-%02d", random.IntN(100)),
		},
		Metrics: map[string]int{"nHold": random.IntN(4), "tHoldMs": random.IntN(60_000), "tTalkMs": random.IntN(600_000)},
	}
	switch p.Purpose {
	case "acd":
		p.QueueID = identifier(fmt.Sprintf("queue %d", random.IntN(20)))
	case "agent":
		p.UserID = identifier(fmt.Sprintf("user %d", random.IntN(500)))
	}
	return p
}

// identifier is a UUID that belongs to a name.
func identifier(name string) string {
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
