package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/genesystest"
)

const (
	started = "v2.detail.events.conversation.{id}.customer.start"
	ended   = "v2.detail.events.conversation.{id}.customer.end"
)

// buses are partner buses in memory, by name.
type buses map[string][]GenesysEvent

func (b buses) put(_ context.Context, source genesystest.Source, events []GenesysEvent) (bool, error) {
	had, exists := b[source.EventSource]
	if exists {
		b[source.EventSource] = append(had, events...)
	}
	return exists, nil
}

// genesys is a fake with its buses, and a client of its API.
func genesys(t *testing.T) (Genesys, buses, *api.Client) {
	t.Helper()
	there := buses{}
	server := httptest.NewServer(&GenesysServer{api: genesystest.New(genesystest.Defaults()), bus: there})
	t.Cleanup(server.Close)
	host, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return Genesys{server.URL}, there, api.New(api.Options{
		Hosts:       api.Hosts{API: host, Login: host},
		Credentials: api.Credentials{ClientID: genesystest.ClientID, ClientSecret: genesystest.ClientSecret},
	})
}

// source makes an integration for topics and returns its id.
func source(t *testing.T, c *api.Client, suffix string, topics ...string) string {
	t.Helper()
	id, err := c.CreateIntegration(t.Context(), suffix)
	if err != nil {
		t.Fatal(err)
	}
	config, err := c.IntegrationConfig(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	filter, err := json.Marshal(topics)
	if err != nil {
		t.Fatal(err)
	}
	config.Properties = map[string]json.RawMessage{
		"awsAccountId": json.RawMessage(`"123456789012"`), "awsAccountRegion": json.RawMessage(`"us-east-1"`),
		"eventSourceSuffix": json.RawMessage(fmt.Sprintf("%q", suffix)), "eventFilter": filter,
	}
	if _, err := c.PutIntegrationConfig(t.Context(), id, config); err != nil {
		t.Fatal(err)
	}
	if err := c.SetIntendedState(t.Context(), id, api.Enabled); err != nil {
		t.Fatal(err)
	}
	return id
}

func event(topic string) GenesysEvent {
	return GenesysEvent{Topic: topic, Detail: json.RawMessage(fmt.Sprintf(`{"topicName":%q,"eventBody":{}}`, strings.Replace(topic, "{id}", "1", 1)))}
}

func TestEventsReachTheBusesOfActiveIntegrationsWithTheirTopic(t *testing.T) {
	g, there, c := genesys(t)
	one, both := source(t, c, "one", ended), source(t, c, "both", started, ended)
	name := func(suffix string) string {
		return "aws.partner/genesys.com/cloud/" + genesystest.OrganizationID + "/" + suffix
	}
	there[name("both")] = nil
	events := []GenesysEvent{event(started), event(ended), event("v2.users.{id}.presence")}
	publish := func(want Published) {
		t.Helper()
		got, err := g.Publish(t.Context(), events)
		if err != nil || got != want {
			t.Errorf("published %+v, error %v, want %+v", got, err, want)
		}
	}
	publish(Published{Published: 2, Dropped: 1, Unsubscribed: 1})
	there[name("one")] = nil
	publish(Published{Published: 3, Unsubscribed: 1})
	if err := g.Drift(t.Context(), genesystest.Drift{ID: both, Status: "DISABLED"}); err != nil {
		t.Fatal(err)
	}
	publish(Published{Published: 1, Unsubscribed: 2})
	if err := c.DeleteIntegration(t.Context(), one); err != nil {
		t.Fatal(err)
	}
	publish(Published{Unsubscribed: 3})
	var topics []string
	for _, e := range slices.Concat(there[name("one")], there[name("both")]) {
		topics = append(topics, e.Topic)
	}
	if want := []string{ended, ended, started, ended, started, ended}; !slices.Equal(topics, want) {
		t.Errorf("the buses have %v, want %v", topics, want)
	}
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	g, _, _ := genesys(t)
	for name, e := range map[string]GenesysEvent{
		"no topic":     {Detail: json.RawMessage(`{"topicName":"a","eventBody":{}}`)},
		"no eventBody": {Topic: ended, Detail: json.RawMessage(`{"topicName":"a"}`)},
		"no object":    {Topic: ended, Detail: json.RawMessage(`7`)},
	} {
		if _, err := g.Publish(t.Context(), []GenesysEvent{event(ended), e}); err == nil || !strings.Contains(err.Error(), "event 2 of 2") {
			t.Errorf("%s: error is %v", name, err)
		}
	}
}

func TestFaultsAndStateAreReachableFromOutside(t *testing.T) {
	g, _, c := genesys(t)
	fault := genesystest.Fault{Method: "POST", Path: "/integrations", Times: 1, Status: 500, Effect: true}
	if err := ask(t.Context(), http.MethodPost, g.URL+"/_faults", []any{fault}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := c.CreateIntegration(t.Context(), "x"); !api.MayHaveHappened(err) {
		t.Errorf("error is %v, want one after the effect", err)
	}
	state, err := g.State(t.Context())
	if err != nil || len(state.Integrations) != 1 || state.Integrations[0].Status != "INACTIVE" {
		t.Errorf("state is %+v, error %v", state, err)
	}
	if err := g.Drift(t.Context(), genesystest.Drift{ID: "nobody", Status: "ERROR"}); err == nil {
		t.Error("an unknown object drifted")
	}
}
