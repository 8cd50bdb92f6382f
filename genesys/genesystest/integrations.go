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
	region  = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	suffix  = regexp.MustCompile(`^[A-Za-z0-9.\-_]{1,64}$`)
)

type integration struct {
	id, name, intended string
	config             configuration
	// until is when it leaves ACTIVATING or DEACTIVATING.
	until   time.Time
	message string // why it is in ERROR
}

type configuration struct {
	Name        string          `json:"name"`
	Version     int             `json:"version"`
	Properties  properties      `json:"properties"`
	Advanced    json.RawMessage `json:"advanced"`
	Notes       string          `json:"notes"`
	Credentials json.RawMessage `json:"credentials"`
}

type properties struct {
	Account string   `json:"awsAccountId,omitempty"`
	Region  string   `json:"awsAccountRegion,omitempty"`
	Suffix  string   `json:"eventSourceSuffix,omitempty"`
	Filter  []string `json:"eventFilter,omitempty"`
}

func (i *integration) reported() string {
	moving := time.Now().Before(i.until)
	switch {
	case i.intended == enabled && moving:
		return activating
	case i.message != "":
		return failed
	case i.intended == enabled:
		return active
	case moving:
		return deactivating
	}
	return inactive
}

func (i *integration) view() map[string]any {
	state := map[string]any{"code": i.reported()}
	if state["code"] == failed {
		state["detail"] = map[string]string{"message": i.message}
	}
	return map[string]any{
		"id": i.id, "name": i.name, "integrationType": map[string]string{"id": eventBridge},
		"intendedState": i.intended, "reportedState": state,
	}
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
		return nil, invalid("The name is required.")
	}
	i := &integration{name: in.Name, intended: disabled, config: configuration{
		Name: in.Name, Version: 1, Advanced: json.RawMessage("{}"), Credentials: json.RawMessage("{}"),
	}}
	i.id = c.integrations.add(i)
	return i.view(), nil
}

func (c *Cloud) listIntegrations(r *http.Request) (any, *failure) {
	views := []map[string]any{}
	for _, i := range c.integrations.all() {
		views = append(views, i.view())
	}
	return paged(r, views)
}

func (c *Cloud) readIntegration(r *http.Request) (any, *failure) {
	i, problem := c.integrations.get(r)
	if problem != nil {
		return nil, problem
	}
	return i.view(), nil
}

func (c *Cloud) patchIntegration(r *http.Request) (any, *failure) {
	i, problem := c.integrations.get(r)
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
	if in.IntendedState != i.intended {
		i.intended, i.until = in.IntendedState, time.Now().Add(c.options.Activation)
		i.message = ""
		if i.intended == enabled {
			i.message = c.obstacle(i)
		}
	}
	return i.view(), nil
}

// obstacle is why an integration can't become active; empty if it can.
func (c *Cloud) obstacle(i *integration) string {
	p := i.config.Properties
	if p.Account == "" || p.Region == "" || p.Suffix == "" {
		return "The integration is not configured."
	}
	if only := c.options.OnlyRegions; len(only) > 0 && !slices.Contains(only, p.Region) {
		return "The partner event source could not be created in region " + p.Region + "."
	}
	return ""
}

func (c *Cloud) deleteIntegration(r *http.Request) (any, *failure) {
	i, problem := c.integrations.get(r)
	if problem != nil {
		return nil, problem
	}
	c.integrations.remove(i.id)
	return i.view(), nil
}

func (c *Cloud) readConfig(r *http.Request) (any, *failure) {
	i, problem := c.integrations.get(r)
	if problem != nil {
		return nil, problem
	}
	return i.config, nil
}

func (c *Cloud) writeConfig(r *http.Request) (any, *failure) {
	i, problem := c.integrations.get(r)
	if problem != nil {
		return nil, problem
	}
	var in configuration
	if problem := readJSON(r, &in); problem != nil {
		return nil, problem
	}
	switch p := in.Properties; {
	case in.Version != i.config.Version:
		return nil, conflict(in.Version, i.config.Version)
	case strings.TrimSpace(in.Name) == "":
		return nil, invalid("The name is required.")
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
	i.config, i.name = in, in.Name
	return i.config, nil
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
		return other.id != id && other.config.Properties.Suffix == suffix
	})
}

// edit is what another administrator does at the wrong moment.
func (c *Cloud) edit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, i := range c.integrations.all() {
		i.config.Version++
		i.config.Notes = "Edited by another administrator"
	}
}
