package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"cc-eventbridge/genesys/api"
)

// maxConflicts bounds how often a configuration is read again because somebody else has changed it meanwhile.
const maxConflicts = 8

// sourceProperties are what an EventBridge integration is configured with.
type sourceProperties struct {
	Account string   `json:"awsAccountId"`
	Region  string   `json:"awsAccountRegion"`
	Suffix  string   `json:"eventSourceSuffix"`
	Filter  []string `json:"eventFilter"`
}

func propertiesOf(in values) sourceProperties {
	return sourceProperties{
		Account: in.Text("awsAccountId"), Region: in.Text("awsAccountRegion"),
		Suffix: in.Text("eventSourceSuffix"), Filter: in.Texts("eventFilter"),
	}
}

// sameSource reports whether two configurations are of one event source.
func (p sourceProperties) sameSource(o sourceProperties) bool {
	return p.Account == o.Account && p.Region == o.Region && p.Suffix == o.Suffix
}

func (p sourceProperties) same(o sourceProperties) bool {
	a, b := slices.Sorted(slices.Values(p.Filter)), slices.Sorted(slices.Values(o.Filter))
	return p.sameSource(o) && slices.Equal(a, b)
}

func readProperties(config api.IntegrationConfig) (sourceProperties, error) {
	var p sourceProperties
	data, err := json.Marshal(config.Properties)
	if err == nil {
		err = json.Unmarshal(data, &p)
	}
	if err != nil {
		return p, fmt.Errorf("reading the properties of integration %q: %w", config.Name, err)
	}
	if p.Filter == nil {
		p.Filter = []string{}
	}
	return p, nil
}

// configuration is how an integration shall be configured.
type configuration struct {
	sourceProperties
	name, notes string
}

func configurationOf(in values) configuration {
	return configuration{propertiesOf(in), in.Text("name"), in.Text("notes")}
}

func (c configuration) same(o configuration) bool {
	return c.sourceProperties.same(o.sourceProperties) && c.name == o.name && c.notes == o.notes
}

// configure writes a configuration and returns the version that has it. What is read may be of before the last write, so
// one that was another before is written in any case: Genesys Cloud refuses a write that starts from an old version. What
// this package does not know of is kept. A new integration is left alone if somebody else has configured it meanwhile.
func configure(ctx context.Context, c *api.Client, id string, before *configuration, want configuration) (version int, err error) {
	refused, since := -1, time.Time{}
	for conflicts, pauses := 0, 0; ; pauses++ {
		var config api.IntegrationConfig
		err := patiently(ctx, func() (err error) { config, err = c.IntegrationConfig(ctx, id); return err })
		if err != nil {
			return 0, err
		}
		has, err := readProperties(config)
		if err != nil {
			return 0, err
		}
		if before == nil && has.Suffix != "" && !has.sameSource(want.sourceProperties) {
			return 0, fmt.Errorf("integration %s was configured by somebody else meanwhile, with suffix %q: choose another name", id, has.Suffix)
		}
		if before != nil && before.same(want) && want.same(configuration{has, config.Name, config.Notes}) {
			return config.Version, nil
		}
		if err := want.writeInto(&config); err != nil {
			return 0, err
		}
		var answer api.IntegrationConfig
		err = patiently(ctx, func() (err error) { answer, err = c.PutIntegrationConfig(ctx, id, config); return err })
		if err == nil {
			return max(answer.Version, config.Version+1), nil
		}
		if config.Version != refused { // somebody else's write has overtaken this one; otherwise it is read too early
			refused, since = config.Version, time.Now()
			conflicts++
		}
		if !api.VersionConflict(err) || conflicts > maxConflicts || time.Since(since) >= staleness {
			return 0, err
		}
		if err := api.Pause(ctx, min(lastPoll, time.Duration(pauses)*time.Second), "waiting for another administrator's change"); err != nil {
			return 0, err
		}
	}
}

func (c configuration) writeInto(config *api.IntegrationConfig) error {
	data, err := json.Marshal(c.sourceProperties)
	if err != nil {
		return fmt.Errorf("encoding the configuration of integration %q: %w", config.Name, err)
	}
	var own map[string]json.RawMessage
	if err := json.Unmarshal(data, &own); err != nil {
		return fmt.Errorf("encoding the configuration of integration %q: %w", config.Name, err)
	}
	merged := maps.Clone(config.Properties)
	if merged == nil {
		merged = map[string]json.RawMessage{}
	}
	maps.Copy(merged, own)
	config.Properties, config.Name, config.Notes = merged, c.name, c.notes
	return nil
}

// enable switches an integration on, and returns when its state had changed before that. One that has failed is switched
// off first: enabling what is enabled does nothing.
func enable(ctx context.Context, c *api.Client, id string) (stateBefore string, err error) {
	var i api.Integration
	look := func() (err error) { i, err = c.Integration(ctx, id); return err }
	if err := patiently(ctx, look); err != nil {
		return "", err
	}
	if i.IntendedState == api.Enabled && i.ReportedState.Code == api.Failed {
		if err := setState(ctx, c, id, api.Disabled); err != nil {
			return "", err
		}
		// Whether one that has failed ever reports INACTIVE is not known. What it reports now may be of before.
		start := time.Now()
		err := poll(ctx, "waiting until integration "+id+" is switched off", func() (bool, error) {
			err := look()
			return i.ReportedState.Code == api.Inactive || i.ReportedState.Code == api.Failed && time.Since(start) >= staleness, err
		})
		if err != nil {
			return "", err
		}
	}
	return i.ReportedState.LastUpdated, setState(ctx, c, id, api.Enabled)
}

func setState(ctx context.Context, c *api.Client, id, state string) error {
	return patiently(ctx, func() error { return c.SetIntendedState(ctx, id, state) })
}
