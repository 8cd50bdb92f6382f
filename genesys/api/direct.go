package api

import (
	"context"
	"fmt"
	"net/http"
)

// The endpoints in this file are not in Genesys's public API. Known are the two POSTs with their bodies. Assumed, after
// the manners of the public API: the POST answers the object with an id; GET on the collection lists it in pages of
// {"entities","pageCount"}; GET, PUT and DELETE on the collection's path with an id read, replace and remove one; and
// objects report a status of ENABLED, DISABLED or ERROR with a statusMessage. DISABLED is the guide's word for what
// becomes of a subscription whose destination does not answer. An API that reports no status is taken as healthy.
const (
	destinationsPath  = "/integrations/aws-sqs"
	subscriptionsPath = "/event-streams/subscriptions"
)

// Destination is a queue that Genesys Cloud writes to by assuming a role.
type Destination struct {
	ID                   string `json:"id,omitempty"`
	Name                 string `json:"name"`
	Description          string `json:"description"`
	AWSAccountID         string `json:"awsAccountId"`
	AWSRegion            string `json:"awsRegion"`
	QueueARN             string `json:"queueArn"`
	AuthenticationType   string `json:"authenticationType"`
	RoleARN              string `json:"roleArn"`
	EnableCompression    bool   `json:"enableCompression"`
	MaxRetries           int    `json:"maxRetries"`
	RetryIntervalSeconds int    `json:"retryIntervalSeconds"`
	Health
}

// Subscription sends events of some types to a destination.
type Subscription struct {
	ID              string   `json:"id,omitempty"`
	Name            string   `json:"name"`
	Description     string   `json:"description"`
	DestinationID   string   `json:"destinationId"`
	EventTypes      []string `json:"eventTypes"`
	IncludeMetadata bool     `json:"includeMetadata"`
	Enabled         bool     `json:"enabled"`
	Health
}

// Health is what Genesys Cloud says about an object; it is never sent.
type Health struct {
	Status        string `json:"status,omitempty"`
	StatusMessage string `json:"statusMessage,omitempty"`
}

// Destinations are the SQS destinations of an organization.
func (c *Client) Destinations() Collection[Destination] {
	return Collection[Destination]{
		client: c, path: c.basePath + destinationsPath, noun: "SQS destination",
		id: func(d Destination) string { return d.ID }, name: func(d Destination) string { return d.Name },
	}
}

// Subscriptions are the event subscriptions of an organization.
func (c *Client) Subscriptions() Collection[Subscription] {
	return Collection[Subscription]{
		client: c, path: c.basePath + subscriptionsPath, noun: "event subscription",
		id: func(s Subscription) string { return s.ID }, name: func(s Subscription) string { return s.Name },
	}
}

// Collection is the objects of one kind.
type Collection[T any] struct {
	client     *Client
	path, noun string
	id, name   func(T) string
}

// Named lists those with a name.
func (c Collection[T]) Named(ctx context.Context, name string) ([]T, error) {
	found, err := list(ctx, c.client, c.path, nil, func(t T) bool { return c.name(t) == name })
	if err != nil {
		return nil, fmt.Errorf("looking for the %s named %q: %w", c.noun, name, err)
	}
	return found, nil
}

// Create makes one and returns its id.
func (c Collection[T]) Create(ctx context.Context, t T) (string, error) {
	var made T
	if err := c.client.call(ctx, http.MethodPost, c.path, t, &made); err != nil {
		return "", fmt.Errorf("creating %s %q: %w", c.noun, c.name(t), err)
	}
	return identified(c.id(made), "creating "+c.noun+" "+c.name(t))
}

// Get reads one.
func (c Collection[T]) Get(ctx context.Context, id string) (T, error) {
	var t T
	if err := c.client.call(ctx, http.MethodGet, below(c.path, id), nil, &t); err != nil {
		return t, fmt.Errorf("reading %s %s: %w", c.noun, id, err)
	}
	return t, nil
}

// Replace sets all fields of one.
func (c Collection[T]) Replace(ctx context.Context, id string, t T) error {
	if err := c.client.call(ctx, http.MethodPut, below(c.path, id), t, nil); err != nil {
		return fmt.Errorf("updating %s %s: %w", c.noun, id, err)
	}
	return nil
}

// Delete removes one; that it is gone already is an error that NotFound recognises.
func (c Collection[T]) Delete(ctx context.Context, id string) error {
	if err := c.client.call(ctx, http.MethodDelete, below(c.path, id), nil, nil); err != nil {
		return fmt.Errorf("deleting %s %s: %w", c.noun, id, err)
	}
	return nil
}
