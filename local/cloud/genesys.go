package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"cc-eventbridge/genesys/genesystest"
)

// maxRequest is more than the events of one request have.
const maxRequest = 64 << 20

// GenesysEvent is an event that Genesys Cloud publishes.
type GenesysEvent struct {
	// Topic is the topic's template, with a literal {id}: the detail-type.
	Topic string `json:"topic"`
	// Detail is the event, with topicName, eventBody, metadata and timestamp. Publishing the same detail again is what
	// Genesys Cloud does when it retries.
	Detail json.RawMessage `json:"detail"`
}

// Published says what became of events. Each counts once for every integration that it concerns.
type Published struct {
	// Published reached a bus, Dropped did not because there is none, and Unsubscribed concerned no active integration.
	Published    int `json:"published"`
	Dropped      int `json:"dropped"`
	Unsubscribed int `json:"unsubscribed"`
}

// bus puts events on the bus of a partner event source, and reports whether there is one.
type bus interface {
	put(ctx context.Context, source genesystest.Source, events []GenesysEvent) (exists bool, err error)
}

// GenesysServer is Genesys Cloud. It answers the API, and publishes what is sent to POST /_events.
//
// Events go to the partner bus at the AWS endpoint by PutEvents, because the emulator takes PutPartnerEvents without
// handing the events on. Nothing is created there: without a bus for the source, events are dropped at once, as
// EventBridge drops them.
//
// Assumed, because Genesys does not say: only an ACTIVE integration publishes, and only the topics of its event filter,
// which are compared as templates.
type GenesysServer struct {
	api *genesystest.Cloud
	bus bus
}

// NewGenesysServer returns an organization that has nothing yet and publishes to the AWS endpoint.
func NewGenesysServer(o genesystest.Options, endpoint string) *GenesysServer {
	return &GenesysServer{api: genesystest.New(o), bus: eventBridge{endpoint: endpoint}}
}

// Tokens are all tokens that are accepted, for tests that search for them where they must not be.
func (s *GenesysServer) Tokens() []string { return s.api.Tokens() }

// ServeHTTP answers as Genesys Cloud would.
func (s *GenesysServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/_events" {
		s.api.ServeHTTP(w, r)
		return
	}
	if r.Method != http.MethodPost {
		http.Error(w, "POST a list of events", http.StatusMethodNotAllowed)
		return
	}
	events, err := readEvents(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	published, err := s.publish(r.Context(), events)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(published) // a client that has gone needs no answer
}

func readEvents(body io.Reader) ([]GenesysEvent, error) {
	var events []GenesysEvent
	if err := json.NewDecoder(io.LimitReader(body, maxRequest)).Decode(&events); err != nil {
		return nil, fmt.Errorf("reading the events: %w", err)
	}
	for i, e := range events {
		var detail struct {
			TopicName string          `json:"topicName"`
			EventBody json.RawMessage `json:"eventBody"`
		}
		if err := json.Unmarshal(e.Detail, &detail); err != nil || e.Topic == "" || detail.TopicName == "" || detail.EventBody == nil {
			return nil, fmt.Errorf("event %d of %d should have a topic, and a detail with topicName and eventBody", i+1, len(events))
		}
	}
	return events, nil
}

func (s *GenesysServer) publish(ctx context.Context, events []GenesysEvent) (Published, error) {
	var result Published
	concerned := map[int]bool{}
	for _, source := range s.api.State().Integrations {
		if source.Status != "ACTIVE" {
			continue
		}
		var own []GenesysEvent
		for i, e := range events {
			if slices.Contains(source.Topics, e.Topic) {
				own, concerned[i] = append(own, e), true
			}
		}
		exists, err := s.bus.put(ctx, source, own)
		switch {
		case err != nil:
			return result, err
		case exists:
			result.Published += len(own)
		default:
			result.Dropped += len(own)
		}
	}
	result.Unsubscribed = len(events) - len(concerned)
	return result, nil
}

// PutEvents takes 10 entries (Amazon EventBridge API reference); those of one call may have 1 MiB in all, which ten
// events of Genesys Cloud never have.
const putEntries = 10

// eventBridge is the partner buses at an AWS endpoint.
type eventBridge struct{ endpoint string }

func (b eventBridge) put(ctx context.Context, source genesystest.Source, events []GenesysEvent) (bool, error) {
	client := eventbridge.NewFromConfig(Account(b.endpoint, source.Region))
	var missing *types.ResourceNotFoundException
	_, err := client.DescribeEventBus(ctx, &eventbridge.DescribeEventBusInput{Name: &source.EventSource})
	if errors.As(err, &missing) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for the bus of %s: %w", source.EventSource, err)
	}
	for chunk := range slices.Chunk(events, putEntries) {
		entries := make([]types.PutEventsRequestEntry, 0, len(chunk))
		for _, e := range chunk {
			entries = append(entries, types.PutEventsRequestEntry{
				EventBusName: &source.EventSource, Source: &source.EventSource,
				DetailType: aws.String(e.Topic), Detail: aws.String(string(e.Detail)),
			})
		}
		out, err := client.PutEvents(ctx, &eventbridge.PutEventsInput{Entries: entries})
		if err != nil {
			return true, fmt.Errorf("publishing %d events to %s: %w", len(chunk), source.EventSource, err)
		}
		if out.FailedEntryCount > 0 {
			return true, fmt.Errorf("publishing to %s: %d of %d events were refused", source.EventSource, out.FailedEntryCount, len(chunk))
		}
	}
	return true, nil
}
