package traffic

import (
	"context"
	"encoding/json"
	"fmt"

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

// publish has Genesys Cloud publish the events that arrive as bodies, and wants every one to reach the bus.
func publish(ctx context.Context, genesys cloud.Genesys, bodies []string) error {
	if len(bodies) == 0 {
		return nil
	}
	list := make([]cloud.GenesysEvent, len(bodies))
	for i, body := range bodies {
		list[i], _ = Publication(body)
	}
	got, err := genesys.Publish(ctx, list)
	if err != nil {
		return err
	}
	if want := (cloud.Published{Published: len(bodies)}); got != want {
		return fmt.Errorf("of %d events Genesys Cloud published %d; there was no bus for %d, and for %d no active integration "+
			"with the topic", len(bodies), got.Published, got.Dropped, got.Unsubscribed)
	}
	return nil
}
