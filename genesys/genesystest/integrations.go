package genesystest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

const eventBridge = "amazon-eventbridge-source"

// States of an integration.
const (
	enabled      = "ENABLED"
	disabled     = "DISABLED"
	active       = "ACTIVE"
	activating   = "ACTIVATING"
	inactive     = "INACTIVE"
	deactivating = "DEACTIVATING"
	failed       = "ERROR"
)

var (
	account = regexp.MustCompile(`^[0-9]{12}$`)
	region  = regexp.MustCompile(`^[a-z]{2,4}(-[a-z]+)+-[0-9]$`)
	suffix  = regexp.MustCompile(`^[A-Za-z0-9.\-_]{1,64}$`)
)

type configuration struct {
	Name        string                     `json:"name"`
	Version     int                        `json:"version"`
	Properties  map[string]json.RawMessage `json:"properties"`
	Advanced    json.RawMessage            `json:"advanced"`
	Notes       string                     `json:"notes"`
	Credentials json.RawMessage            `json:"credentials"`
}

// source is what of the properties makes an event source. The others are kept as they are.
func (c configuration) source() (properties, *failure) {
	var p properties
	data, err := json.Marshal(c.Properties)
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil {
		return p, invalid("The properties are not those of the integration's type.")
	}
	return p, nil
}

func (c configuration) view() configuration {
	c.Notes = placeholder(c.Notes)
	return c
}

type properties struct {
	Account string   `json:"awsAccountId,omitempty"`
	Region  string   `json:"awsAccountRegion,omitempty"`
	Suffix  string   `json:"eventSourceSuffix,omitempty"`
	Filter  []string `json:"eventFilter,omitempty"`
}

func (c *Cloud) createIntegration(r *http.Request) (any, *failure) {
	var in struct {
		Name            string `json:"name"`
		IntegrationType struct {
			ID string `json:"id"`
		} `json:"integrationType"`
	}
	if problem := readJSON(r, &in); problem != nil {
		return nil, problem
	}
	if in.IntegrationType.ID != eventBridge {
		return nil, invalid(fmt.Sprintf("Integration type %q does not exist or is not enabled.", in.IntegrationType.ID))
	}
	if strings.TrimSpace(in.Name) == "" {
		in.Name = "Amazon EventBridge Source" // as the type is called
	}
	return c.add(in.Name).view(time.Now(), 0), nil
}

// add makes an integration that is not configured.
func (c *Cloud) add(name string) *integration {
	now := time.Now()
	i := &integration{past: []snapshot{{from: now, moved: now, name: name, intended: disabled, config: configuration{
		Name: name, Version: 1, Properties: map[string]json.RawMessage{}, Advanced: json.RawMessage("{}"), Credentials: json.RawMessage("{}"),
	}}}}
	i.id = c.integrations.add(i)
	return i
}

func (c *Cloud) listIntegrations(r *http.Request) (any, *failure) {
	views := []map[string]any{}
	if wanted := r.URL.Query().Get("integrationType"); wanted != "" && wanted != eventBridge {
		return paged(r, views)
	}
	for _, i := range c.integrations.all() {
		if view := i.view(time.Now().Add(-c.options.Lag.Listing), c.options.Lag.State); view != nil {
			views = append(views, view)
		}
	}
	return paged(r, views)
}

func (c *Cloud) readIntegration(r *http.Request) (any, *failure) {
	i, problem := c.integrations.get(r)
	if problem != nil {
		return nil, problem
	}
	view := i.view(time.Now().Add(-c.options.Lag.Object), c.options.Lag.State)
	if view == nil {
		return nil, missing(i.id)
	}
	return view, nil
}

// writable is the integration of a request that changes it.
func (c *Cloud) writable(r *http.Request) (*integration, *failure) {
	i, problem := c.integrations.get(r)
	if problem == nil && i.latest().gone {
		return nil, missing(i.id)
	}
	return i, problem
}

func (c *Cloud) patchIntegration(r *http.Request) (any, *failure) {
	i, problem := c.writable(r)
	if problem != nil {
		return nil, problem
	}
	var in struct {
		IntendedState string `json:"intendedState"`
	}
	if problem := readJSON(r, &in); problem != nil {
		return nil, problem
	}
	if in.IntendedState != enabled && in.IntendedState != disabled {
		return nil, invalid(fmt.Sprintf("Invalid intendedState %q.", in.IntendedState))
	}
	if in.IntendedState != i.latest().intended {
		i.change(func(s *snapshot) {
			s.intended, s.moved, s.until, s.message = in.IntendedState, s.from, s.from.Add(c.options.Activation), ""
			if s.intended == enabled {
				s.message = c.obstacle(s)
			}
		})
	}
	return i.view(time.Now(), c.options.Lag.State), nil
}

// obstacle is why an integration can't become active; empty if it can.
func (c *Cloud) obstacle(s *snapshot) string {
	p, problem := s.config.source()
	if problem != nil || p.Account == "" || p.Region == "" || p.Suffix == "" {
		return "The integration is not configured."
	}
	if only := c.options.OnlyRegions; len(only) > 0 && !slices.Contains(only, p.Region) {
		return "The partner event source could not be created in region " + p.Region + "."
	}
	return ""
}

func (c *Cloud) deleteIntegration(r *http.Request) (any, *failure) {
	i, problem := c.writable(r)
	if problem != nil {
		return nil, problem
	}
	view := i.view(time.Now(), c.options.Lag.State)
	c.remove(i)
	return view, nil
}

func (c *Cloud) remove(i *integration) {
	i.change(func(s *snapshot) { s.from, s.gone = s.from.Add(c.options.Lag.Delete), true })
}

func (c *Cloud) readConfig(r *http.Request) (any, *failure) {
	i, problem := c.integrations.get(r)
	if problem != nil {
		return nil, problem
	}
	s := i.at(time.Now().Add(-c.options.Lag.Config))
	if s == nil {
		return nil, missing(i.id)
	}
	return s.config.view(), nil
}

func (c *Cloud) writeConfig(r *http.Request) (any, *failure) {
	i, problem := c.writable(r)
	if problem != nil {
		return nil, problem
	}
	var in configuration
	if problem := readJSON(r, &in); problem != nil {
		return nil, problem
	}
	p, problem := in.source()
	current := i.latest().config.Version
	switch {
	case problem != nil:
		return nil, problem
	case in.Version != current:
		return nil, conflict(in.Version, current)
	case strings.TrimSpace(in.Name) == "":
		return nil, invalid("The name is required.")
	case !isObject(in.Advanced) || !isObject(in.Credentials):
		return nil, invalid("advanced and credentials must be objects.")
	case !account.MatchString(p.Account):
		return nil, invalid("awsAccountId must have 12 digits.")
	case !region.MatchString(p.Region):
		return nil, invalid(fmt.Sprintf("awsAccountRegion %q is not a region.", p.Region))
	case !suffix.MatchString(p.Suffix):
		return nil, invalid("eventSourceSuffix must be 1 to 64 of A-Z a-z 0-9 . - _.")
	case c.suffixTaken(i.id, p.Suffix):
		return nil, invalid(fmt.Sprintf("eventSourceSuffix %q is used by another integration.", p.Suffix))
	}
	in.Version++
	i.change(func(s *snapshot) { s.config, s.name = in, in.Name })
	return in.view(), nil
}

func isObject(raw json.RawMessage) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(raw, &object) == nil && object != nil
}

// conflict is one of the two ways in which a stale version is refused; which one is left to the parity of the version.
func conflict(got, current int) *failure {
	if current%2 == 0 {
		return &failure{http.StatusConflict, "conflict", "The resource was changed by another request."}
	}
	return invalid(fmt.Sprintf("The version %d does not match the current version %d.", got, current))
}

func (c *Cloud) suffixTaken(id, suffix string) bool {
	return slices.ContainsFunc(c.integrations.all(), func(other *integration) bool {
		s := other.at(time.Now())
		if s == nil || other.id == id {
			return false
		}
		p, problem := s.config.source()
		return problem == nil && p.Suffix == suffix
	})
}

// edit is what another administrator does at the wrong moment.
func (c *Cloud) edit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, i := range c.live() {
		i.change(func(s *snapshot) {
			s.config.Version++
			s.config.Notes = "Edited by another administrator"
		})
	}
}
