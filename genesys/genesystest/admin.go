package genesystest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Drift changes the state of an object behind the back of whoever made it.
type Drift struct {
	ID string `json:"id"`
	// Status is ENABLED, DISABLED or ERROR.
	Status string `json:"status"`
	// Message is the reason that Genesys Cloud would give.
	Message string `json:"message,omitempty"`
}

// State is what the fake has, without lag and without what is being deleted. It holds no secret.
type State struct {
	OrganizationID string         `json:"organizationId"`
	Integrations   []Source       `json:"integrations"`
	Destinations   []Object       `json:"destinations"`
	Subscriptions  []Object       `json:"subscriptions"`
	Requests       map[string]int `json:"requests"`
	TokensIssued   int            `json:"tokensIssued"`
}

// Object is what a destination or a subscription looks like from outside.
type Object struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
}

// Source is an EventBridge integration.
type Source struct {
	Object
	// EventSource is the name of the partner event source; empty while there is none.
	EventSource string   `json:"eventSource,omitempty"`
	Account     string   `json:"awsAccountId,omitempty"`
	Region      string   `json:"awsAccountRegion,omitempty"`
	Topics      []string `json:"topics,omitempty"`
	Notes       string   `json:"notes,omitempty"`
}

// State returns what the fake has.
func (c *Cloud) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := State{
		OrganizationID: c.options.OrganizationID, Integrations: []Source{}, Destinations: []Object{}, Subscriptions: []Object{},
		Requests: maps.Clone(c.requests), TokensIssued: c.issued,
	}
	for _, i := range c.live() {
		now := i.latest()
		p, _ := now.config.source() // it was checked when it was written
		source := Source{
			Object:  Object{i.id, now.name, now.reported(time.Now())},
			Account: p.Account, Region: p.Region, Topics: slices.Clone(p.Filter), Notes: now.config.Notes,
		}
		if p.Suffix != "" {
			source.EventSource = fmt.Sprintf("aws.partner/genesys.com/cloud/%s/%s", c.options.OrganizationID, p.Suffix)
		}
		s.Integrations = append(s.Integrations, source)
	}
	for _, d := range c.destinations.all() {
		s.Destinations = append(s.Destinations, Object{d.ID, d.Name, d.Status})
	}
	for _, o := range c.subscriptions.all() {
		s.Subscriptions = append(s.Subscriptions, Object{o.ID, o.Name, o.Status})
	}
	return s
}

// Add makes an integration as an administrator would: it is not configured yet.
func (c *Cloud) Add(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.add(name)
}

// Remove deletes an integration as an administrator would.
func (c *Cloud) Remove(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := c.integrations.byID[id]; i != nil && !i.latest().gone {
		c.remove(i)
	}
}

// Apply lets an object drift.
func (c *Cloud) Apply(d Drift) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !slices.Contains([]string{enabled, disabled, failed}, d.Status) {
		return fmt.Errorf("status %q should be ENABLED, DISABLED or ERROR", d.Status)
	}
	if i := c.integrations.byID[d.ID]; i != nil && !i.latest().gone {
		i.change(func(s *snapshot) {
			s.moved, s.until, s.message = s.from, time.Time{}, ""
			if d.Status == failed {
				s.message = d.Message
			} else {
				s.intended = d.Status
			}
		})
		return nil
	}
	if s := c.subscriptions.byID[d.ID]; s != nil {
		s.Status, s.StatusMessage = d.Status, d.Message
		if d.Status != failed {
			s.Enabled = d.Status == enabled
		}
		return nil
	}
	if o := c.destinations.byID[d.ID]; o != nil {
		o.Status, o.StatusMessage = d.Status, d.Message
		return nil
	}
	return fmt.Errorf("there is no object with id %q", d.ID)
}

func (c *Cloud) showState(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, c.State())
}

func (c *Cloud) addFaults(w http.ResponseWriter, r *http.Request) {
	var faults []Fault
	if problem := readJSON(r, &faults); problem != nil {
		problem.write(w, 0)
		return
	}
	if len(faults) == 0 {
		c.ClearFaults()
	}
	c.Break(faults...)
	writeJSON(w, http.StatusNoContent, nil)
}

func (c *Cloud) addDrift(w http.ResponseWriter, r *http.Request) {
	var d Drift
	if problem := readJSON(r, &d); problem != nil {
		problem.write(w, 0)
		return
	}
	if err := c.Apply(d); err != nil {
		invalid(err.Error()).write(w, 0)
		return
	}
	writeJSON(w, http.StatusNoContent, nil)
}
