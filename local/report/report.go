// Package report says what became of every message that was sent: the demo's result, and the proof that nothing was
// lost and nothing done twice.
package report

import (
	"encoding/json"
	"fmt"
	"os"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/identify"
	"cc-eventbridge/local/downstream"
	"cc-eventbridge/local/intake"
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
	Seconds     float64      `json:"seconds"`
}

// Deployment is one run of pulumi up.
type Deployment struct {
	Stack   string  `json:"stack"`
	Seconds float64 `json:"seconds"`
}

// Sent is a message as it was sent.
type Sent struct{ ID, Body string }

// Account decides for every message that was sent what became of it, from what lies where at the end. It does not ask
// the function: an event counts as delivered when the downstream has it, as quarantined or dead-lettered when its
// message lies on that queue, as a duplicate when another message brought the same event downstream. The rest is lost.
func Account(sent []Sent, deliveries []downstream.Delivery, quarantined, deadLettered []intake.Message) Report {
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
	inValidation, inDeadLetter := origins(quarantined), ids(deadLettered)

	counted := make(map[string]bool, len(received))
	setAside := map[string]*int{}
	for _, message := range sent {
		key := identity(message.Body)
		switch {
		case inDeadLetter[message.ID]:
			r.DeadLettered++
			setAside[key] = &r.DeadLettered
		case take(inValidation, message):
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

// identity is the key under which the downstream got the event, or empty for a body that has none.
func identity(body string) string {
	event, err := decode.Body([]byte(body))
	if err != nil {
		return ""
	}
	identified, err := identify.Event(event)
	if err != nil {
		return ""
	}
	return identified.Key
}

func ids(messages []intake.Message) map[string]bool {
	set := make(map[string]bool, len(messages))
	for _, m := range messages {
		set[m.ID] = true
	}
	return set
}

// origins counts quarantined messages by the id of the message they were made from, or by their body where it left no
// room for that.
func origins(messages []intake.Message) map[string]int {
	set := make(map[string]int, len(messages))
	for _, m := range messages {
		if id := m.Attributes["messageId"]; id != "" {
			set[id]++
		} else {
			set[m.Body]++
		}
	}
	return set
}

func take(set map[string]int, message Sent) bool {
	for _, key := range []string{message.ID, message.Body} {
		if set[key] > 0 {
			set[key]--
			return true
		}
	}
	return false
}

// Err tells whether the pipeline kept its promises.
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
