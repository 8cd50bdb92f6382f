package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// EventBridgeType is the type of the integrations that send events to a partner event source of AWS.
const EventBridgeType = "amazon-eventbridge-source"

// States of an integration: Enabled and Disabled are intended, the others reported.
const (
	Enabled  = "ENABLED"
	Disabled = "DISABLED"

	Active       = "ACTIVE"
	Activating   = "ACTIVATING"
	Inactive     = "INACTIVE"
	Deactivating = "DEACTIVATING"
	Failed       = "ERROR"
)

const integrations = DefaultBasePath + "/integrations"

// Integration is an integration of the public API.
type Integration struct {
	ID              string          `json:"id,omitempty"`
	Name            string          `json:"name"`
	IntegrationType IntegrationType `json:"integrationType"`
	IntendedState   string          `json:"intendedState,omitempty"`
	ReportedState   ReportedState   `json:"reportedState,omitzero"`
}

// IntegrationType names a type of integration.
type IntegrationType struct {
	ID string `json:"id"`
}

// ReportedState is what Genesys Cloud says about a running integration. It lags behind what was asked for, and a new
// integration may have none.
type ReportedState struct {
	Code   string      `json:"code,omitempty"`
	Detail StateDetail `json:"detail,omitzero"`
	// LastUpdated is when Genesys Cloud wrote this state, by its own clock; empty if it does not say.
	LastUpdated string `json:"lastUpdated,omitempty"`
}

// StateDetail says why an integration is in its state.
type StateDetail struct {
	LocalizableMessageCode string `json:"localizableMessageCode,omitempty"`
	wording
}

// Text is the most telling message that Genesys gives.
func (d StateDetail) Text() string {
	return first(d.text(), d.LocalizableMessageCode)
}

// IntegrationConfig is the versioned configuration of an integration. What this package does not know is kept as it is.
type IntegrationConfig struct {
	Name        string                     `json:"name"`
	Version     int                        `json:"version"`
	Properties  map[string]json.RawMessage `json:"properties"`
	Advanced    json.RawMessage            `json:"advanced,omitempty"`
	Notes       string                     `json:"notes"`
	Credentials json.RawMessage            `json:"credentials,omitempty"`
}

// emptyText is what Genesys Cloud's storage keeps in place of an empty text, and answers (CX-as-Code,
// resource_genesyscloud_integration_utils.go).
const emptyText = "node_dynamodb_empty_string"

// asMeant is a configuration as whoever wrote it meant it.
func (c IntegrationConfig) asMeant() IntegrationConfig {
	if c.Notes == emptyText {
		c.Notes = ""
	}
	return c
}

// object is a JSON object, empty where there is none: Genesys Cloud may answer null, and does not take it back.
func object(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 || string(raw) == "null" {
		return json.RawMessage("{}")
	}
	return raw
}

// CreateIntegration makes an EventBridge integration, which has no configuration and is disabled.
func (c *Client) CreateIntegration(ctx context.Context, name string) (string, error) {
	var made Integration
	in := struct {
		Name            string          `json:"name"`
		IntegrationType IntegrationType `json:"integrationType"`
	}{name, IntegrationType{ID: EventBridgeType}}
	if err := c.call(ctx, http.MethodPost, integrations, in, &made); err != nil {
		return "", fmt.Errorf("creating integration %q: %w", name, err)
	}
	return identified(made.ID, "creating integration "+name)
}

// IntegrationsNamed lists the EventBridge integrations with a name.
func (c *Client) IntegrationsNamed(ctx context.Context, name string) ([]Integration, error) {
	found, err := list(ctx, c, integrations, url.Values{"integrationType": {EventBridgeType}}, func(i Integration) bool {
		return i.Name == name && i.IntegrationType.ID == EventBridgeType
	})
	if err != nil {
		return nil, fmt.Errorf("looking for an integration named %q: %w", name, err)
	}
	return found, nil
}

// Integration reads one.
func (c *Client) Integration(ctx context.Context, id string) (Integration, error) {
	var i Integration
	if err := c.call(ctx, http.MethodGet, below(integrations, id), nil, &i); err != nil {
		return Integration{}, fmt.Errorf("reading integration %s: %w", id, err)
	}
	return i, nil
}

// SetIntendedState enables or disables an integration. Genesys Cloud goes on with that after its answer.
func (c *Client) SetIntendedState(ctx context.Context, id, state string) error {
	in := struct {
		IntendedState string `json:"intendedState"`
	}{state}
	if err := c.call(ctx, http.MethodPatch, below(integrations, id), in, nil); err != nil {
		return fmt.Errorf("setting the intended state of integration %s to %s: %w", id, state, err)
	}
	return nil
}

// DeleteIntegration removes one; that it is gone already is an error that NotFound recognises.
func (c *Client) DeleteIntegration(ctx context.Context, id string) error {
	if err := c.call(ctx, http.MethodDelete, below(integrations, id), nil, nil); err != nil {
		return fmt.Errorf("deleting integration %s: %w", id, err)
	}
	return nil
}

// IntegrationConfig reads the current configuration of an integration.
func (c *Client) IntegrationConfig(ctx context.Context, id string) (IntegrationConfig, error) {
	var config IntegrationConfig
	if err := c.call(ctx, http.MethodGet, below(integrations, id)+"/config/current", nil, &config); err != nil {
		return IntegrationConfig{}, fmt.Errorf("reading the configuration of integration %s: %w", id, err)
	}
	return config.asMeant(), nil
}

// PutIntegrationConfig replaces the configuration whose version it has, and returns the new one.
func (c *Client) PutIntegrationConfig(ctx context.Context, id string, config IntegrationConfig) (IntegrationConfig, error) {
	config.Advanced, config.Credentials = object(config.Advanced), object(config.Credentials)
	var written IntegrationConfig
	if err := c.call(ctx, http.MethodPut, below(integrations, id)+"/config/current", config, &written); err != nil {
		return IntegrationConfig{}, fmt.Errorf("writing the configuration of integration %s: %w", id, err)
	}
	return written.asMeant(), nil
}

// below is the path of one object. Its id may come from a person who imports it.
func below(path, id string) string { return path + "/" + url.PathEscape(id) }

// identified refuses a created object without an id; it exists, so it can be found by its name.
func identified(id, doing string) (string, error) {
	if id == "" {
		return "", &lostError{fmt.Errorf("%s: the answer has no id", doing)}
	}
	return id, nil
}
