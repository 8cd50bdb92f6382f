package genesystest

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Genesys Cloud's own numbers (developer.genesys.cloud, "Rate limits" and "OAuth client credentials").
const (
	requestsPerMinute = 300
	tokenLifetime     = 24 * time.Hour
)

// Options say what the fake is like. The zero value of a field is Genesys Cloud's own value.
type Options struct {
	OrganizationID         string
	ClientID, ClientSecret string
	// RequestsPerMinute is the rate limit of a token.
	RequestsPerMinute int
	// TokenLifetime is how long a token is accepted.
	TokenLifetime time.Duration
	// Activation is how long an integration is ACTIVATING or DEACTIVATING.
	Activation time.Duration
	// OnlyRegions are the AWS regions in which an integration becomes ACTIVE; empty is all.
	OnlyRegions []string
	// Lag is how stale answers are; the zero value is not at all.
	Lag Lag
	// Omits names members that no answer has: nearly all are optional in Genesys Cloud's models. Nulls are null instead.
	Omits, Nulls []string
	// Topics are what the catalogue of topics has.
	Topics []Topic
}

// Topic is a topic of the catalogue.
type Topic struct {
	ID         string   `json:"id"`
	Transports []string `json:"transports,omitempty"`
	// Schema describes the body of its events as Genesys Cloud publishes it.
	Schema json.RawMessage `json:"schema,omitempty"`
}

// Cloud is the fake. Use New.
type Cloud struct {
	options Options
	mux     *http.ServeMux

	mu            sync.Mutex
	tokens        map[string]*grant
	integrations  collection[integration]
	destinations  collection[destination]
	subscriptions collection[subscription]
	faults        []*Fault
	requests      map[string]int
	issued        int
}

// New returns a fake of an organization that has nothing yet.
func New(o Options) *Cloud {
	if o.RequestsPerMinute == 0 {
		o.RequestsPerMinute = requestsPerMinute
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = tokenLifetime
	}
	c := &Cloud{options: o, mux: http.NewServeMux(), tokens: map[string]*grant{}, requests: map[string]int{}}
	c.routes()
	return c
}

func (c *Cloud) routes() {
	c.mux.HandleFunc("POST /oauth/token", c.token)
	c.handle("GET /api/v2/organizations/me", c.organization)
	c.handle("GET /api/v2/notifications/availabletopics", c.listTopics)
	c.handle("POST /api/v2/integrations", c.createIntegration)
	c.handle("GET /api/v2/integrations", c.listIntegrations)
	c.handle("GET /api/v2/integrations/{id}", c.readIntegration)
	c.handle("PATCH /api/v2/integrations/{id}", c.patchIntegration)
	c.handle("DELETE /api/v2/integrations/{id}", c.deleteIntegration)
	c.handle("GET /api/v2/integrations/{id}/config/current", c.readConfig)
	c.handle("PUT /api/v2/integrations/{id}/config/current", c.writeConfig)
	c.handle("POST /api/v2/integrations/aws-sqs", c.createDestination)
	c.handle("GET /api/v2/integrations/aws-sqs", c.listDestinations)
	c.handle("GET /api/v2/integrations/aws-sqs/{id}", c.readDestination)
	c.handle("PUT /api/v2/integrations/aws-sqs/{id}", c.replaceDestination)
	c.handle("DELETE /api/v2/integrations/aws-sqs/{id}", c.deleteDestination)
	c.handle("POST /api/v2/event-streams/subscriptions", c.createSubscription)
	c.handle("GET /api/v2/event-streams/subscriptions", c.listSubscriptions)
	c.handle("GET /api/v2/event-streams/subscriptions/{id}", c.readSubscription)
	c.handle("PUT /api/v2/event-streams/subscriptions/{id}", c.replaceSubscription)
	c.handle("DELETE /api/v2/event-streams/subscriptions/{id}", c.deleteSubscription)
	c.mux.HandleFunc("GET /_state", c.showState)
	c.mux.HandleFunc("POST /_faults", c.addFaults)
	c.mux.HandleFunc("POST /_drift", c.addDrift)
}

// handle registers an endpoint that wants a token. The lock is held while it answers: one request at a time.
func (c *Cloud) handle(pattern string, endpoint func(*http.Request) (any, *failure)) {
	c.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if wait, problem := c.admit(r); problem != nil {
			problem.write(w, wait)
			return
		}
		answer, problem := endpoint(r)
		if problem != nil {
			problem.write(w, 0)
			return
		}
		writeJSON(w, http.StatusOK, c.options.reshape(answer))
	})
}

// ServeHTTP answers as Genesys Cloud would, after the faults that were asked for.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Inin-Correlation-Id", newID())
	fault := c.faultFor(r)
	if fault != nil && fault.Edit {
		c.edit()
		fault = nil
	}
	if fault == nil {
		c.mux.ServeHTTP(w, r)
		return
	}
	fault.serve(w, r, c.mux)
}

// collection keeps objects in the order in which they were made.
type collection[T any] struct {
	byID  map[string]*T
	order []string
}

func (c *collection[T]) add(t *T) string {
	if c.byID == nil {
		c.byID = map[string]*T{}
	}
	id := newID()
	c.byID[id] = t
	c.order = append(c.order, id)
	return id
}

func (c *collection[T]) get(r *http.Request) (*T, *failure) {
	id := r.PathValue("id")
	t, ok := c.byID[id]
	if !ok {
		return nil, missing(id)
	}
	return t, nil
}

func missing(id string) *failure {
	return &failure{http.StatusNotFound, "not.found", fmt.Sprintf("Unable to find %s", id)}
}

func (c *collection[T]) remove(id string) {
	delete(c.byID, id)
	c.order = slices.DeleteFunc(c.order, func(other string) bool { return other == id })
}

func (c *collection[T]) all() []*T {
	all := make([]*T, 0, len(c.order))
	for _, id := range c.order {
		all = append(all, c.byID[id])
	}
	return all
}

// newID makes an id of the shape that Genesys Cloud's have.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
}

// Requests says how often each method and path was asked for, without ids.
func (c *Cloud) Requests() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.requests)
}

// TokensIssued says how many tokens were granted.
func (c *Cloud) TokensIssued() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.issued
}

// ExpireTokens ends all tokens, as a restart of Genesys's login service may.
func (c *Cloud) ExpireTokens() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.tokens)
}

// Tokens are all tokens that are accepted, for tests that search for them where they must not be.
func (c *Cloud) Tokens() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Keys(c.tokens))
}
