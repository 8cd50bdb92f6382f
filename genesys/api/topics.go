package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// Topic is a topic of the public API's notifications.
type Topic struct {
	// ID has a literal {id} in place of each id.
	ID string `json:"id"`
	// Transports is how its events go; empty if Genesys Cloud does not say.
	Transports []string `json:"transports"`
	// Schema describes the body of its events in JSON Schema's draft 3; a topic may have none.
	Schema json.RawMessage `json:"schema"`
}

// What AvailableTopics can say of a topic beside its id.
const (
	WithTransports = "transports"
	WithSchemas    = "schema"
)

// AvailableTopics lists the topics, with what is asked for. It needs no permission.
func (c *Client) AvailableTopics(ctx context.Context, with ...string) ([]Topic, error) {
	var answer struct {
		Entities []Topic `json:"entities"`
	}
	query := url.Values{"expand": with, "includePreview": {"true"}}
	path := DefaultBasePath + "/notifications/availabletopics?" + query.Encode()
	if err := c.callFor(ctx, maxTopics, http.MethodGet, path, nil, &answer); err != nil {
		return nil, fmt.Errorf("listing the topics: %w", err)
	}
	return answer.Entities, nil
}
