package traffic

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"cc-eventbridge/local/cloud"
)

// Report is written as JSON. sent = delivered + duplicates + quarantined + deadLettered + lost.
type Report struct {
	Sent int `json:"sent"`
	// Delivered counts distinct events that the downstream received.
	Delivered int `json:"delivered"`
	// Duplicates counts messages whose event was delivered by another message.
	Duplicates   int `json:"duplicates"`
	Quarantined  int `json:"quarantined"`
	DeadLettered int `json:"deadLettered"`
	// Lost counts messages that are nowhere.
	Lost int `json:"lost"`
	// DeliveredTwice counts events that the downstream received more than once.
	DeliveredTwice int `json:"deliveredTwice"`
	// Deployments has a row for each run of pulumi up.
	Deployments []Deployment `json:"deployments"`
	// FlagChange is what a change of flags did while events flowed; nil if none was made.
	FlagChange *FlagChange `json:"flagChange,omitempty"`
	Seconds    float64     `json:"seconds"`
}

// Deployment is one run of pulumi up.
type Deployment struct {
	Stack   string  `json:"stack"`
	Seconds float64 `json:"seconds"`
}

// FlagChange is a change of flags in flight, there and back.
type FlagChange struct {
	// EnforcedAfterSeconds is how long after its deployment a change was seen to be in effect: an event was quarantined.
	EnforcedAfterSeconds float64 `json:"enforcedAfterSeconds"`
	// BackAfterSeconds is the same of the deployment of what was there before: an event was delivered again.
	BackAfterSeconds float64 `json:"backAfterSeconds"`
	// Sent counts the events that flowed all the while, and Replayed those of them that were quarantined, sent again and
	// delivered in the end. They are part of the report's other numbers.
	Sent     int `json:"sent"`
	Replayed int `json:"replayed"`
}

// Sent is a message as it was sent. What was published to a bus has no ID: EventBridge makes the message, and it is known
// by the identity of its event alone.
type Sent struct {
	ID string
	Message
}

// balance decides for every message that was sent what became of it, from what lies where at the end. It does not ask
// the function: an event counts as delivered when the downstream has it, as quarantined or dead-lettered when its
// message lies on that queue, as a duplicate when another message brought the same event downstream. The rest is lost.
// What a message that was replayed became counts for the one that was sent.
func balance(ctx context.Context, opener *opener, sent []Sent, deliveries []cloud.Delivery, quarantined, deadLettered []Queued) (Report, error) {
	keys := make([]string, len(sent))
	for i, message := range sent {
		var err error
		if keys[i], err = opener.key(ctx, message.Message); err != nil {
			return Report{}, err
		}
	}
	known := idsAndBodies(sent)
	inValidation, err := origins(ctx, opener, quarantined, known, func(m Queued) string { return m.Attributes["messageId"] })
	if err != nil {
		return Report{}, err
	}
	inDeadLetter, err := origins(ctx, opener, deadLettered, known, func(m Queued) string { return m.ID })
	if err != nil {
		return Report{}, err
	}
	return count(sent, keys, deliveries, inValidation, inDeadLetter), nil
}

func count(sent []Sent, keys []string, deliveries []cloud.Delivery, inValidation, inDeadLetter map[string]int) Report {
	r := Report{Sent: len(sent)}
	received := make(map[string]bool, len(deliveries))
	for _, d := range deliveries {
		if d.Received > 0 {
			received[d.Key] = true
		}
		if d.Received > 1 {
			r.DeliveredTwice++
		}
	}
	counted := make(map[string]bool, len(received))
	setAside := map[string]*int{}
	for i, message := range sent {
		key := keys[i]
		switch {
		case take(inDeadLetter, message, key):
			r.DeadLettered++
			setAside[key] = &r.DeadLettered
		case take(inValidation, message, key):
			r.Quarantined++
			setAside[key] = &r.Quarantined
		case key == "" || !received[key]:
			r.Lost++
		case counted[key]:
			r.Duplicates++
		default:
			counted[key] = true
			r.Delivered++
		}
	}
	// An event that the downstream has although its only message was set aside: delivered, and never acknowledged.
	for key, place := range setAside {
		if received[key] && !counted[key] {
			*place--
			r.Delivered++
		}
	}
	return r
}

// idsAndBodies are by what a message that was set aside can be told to be one that was sent to the queue itself.
func idsAndBodies(sent []Sent) map[string]bool {
	set := make(map[string]bool, 2*len(sent))
	for _, m := range sent {
		if m.ID != "" {
			set[m.ID], set[m.Body] = true, true
		}
	}
	return set
}

// origins counts messages that were set aside by the id of the message that was sent, or by its body where a quarantined
// one had no place for the id. The others came over the bus and count by the identity of their event.
func origins(ctx context.Context, opener *opener, messages []Queued, known map[string]bool, origin func(Queued) string) (map[string]int, error) {
	set := make(map[string]int, len(messages))
	for _, m := range messages {
		switch id := origin(m); {
		case known[id]:
			set[id]++
		case id == "" && known[m.Body]:
			set[m.Body]++
		default:
			key, err := opener.key(ctx, Message{Body: m.Body})
			if err != nil {
				return nil, err
			}
			set[key]++
		}
	}
	return set, nil
}

func take(set map[string]int, message Sent, key string) bool {
	places := []string{message.ID, message.Body}
	if message.ID == "" {
		places = []string{key}
	}
	for _, place := range places {
		if place != "" && set[place] > 0 {
			set[place]--
			return true
		}
	}
	return false
}

// Err reports whether the pipeline kept its promises.
func (r Report) Err() error {
	if r.Lost == 0 && r.DeliveredTwice == 0 {
		return nil
	}
	return fmt.Errorf("%d messages were lost and %d events were delivered twice; both should be 0", r.Lost, r.DeliveredTwice)
}

// Write writes the report to a file.
func (r Report) Write(path string) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
