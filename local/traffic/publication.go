package traffic

import (
	"encoding/json"

	"cc-eventbridge/local/cloud"
)

// Publication returns what Genesys Cloud publishes for an event to arrive as body, if that is in the EventBridge envelope and
// not the replay of an archive, which is EventBridge's own doing.
func Publication(body string) (event cloud.GenesysEvent, ok bool) {
	var envelope struct {
		Topic  string          `json:"detail-type"`
		Source string          `json:"source"`
		Detail json.RawMessage `json:"detail"`
		Replay string          `json:"replay-name"`
	}
	if json.Unmarshal([]byte(body), &envelope) != nil || envelope.Source != cloud.Source || envelope.Replay != "" {
		return cloud.GenesysEvent{}, false
	}
	return cloud.GenesysEvent{Topic: envelope.Topic, Detail: envelope.Detail}, true
}
