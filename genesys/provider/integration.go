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

// configure writes the configuration unless it is there already. What it does not know of is kept. A write that somebody
// else's has overtaken starts again from theirs.
func configure(ctx context.Context, c *api.Client, id string, in values) error {
	want := propertiesOf(in)
	for conflicts := 0; ; conflicts++ {
		config, err := c.IntegrationConfig(ctx, id)
		if err != nil {
			return err
		}
		has, err := readProperties(config)
		if err != nil {
			return err
		}
		if has.same(want) && config.Name == in.Text("name") && config.Notes == in.Text("notes") {
			return nil
		}
		if err := want.writeInto(&config); err != nil {
			return err
		}
		config.Name, config.Notes = in.Text("name"), in.Text("notes")
		_, err = c.PutIntegrationConfig(ctx, id, config)
		if !api.VersionConflict(err) || conflicts == maxConflicts {
			return err
		}
		if err := api.Pause(ctx, time.Duration(conflicts)*time.Second, "waiting for another administrator's change"); err != nil {
			return err
		}
	}
}

func (p sourceProperties) writeInto(config *api.IntegrationConfig) error {
	data, err := json.Marshal(p)
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
	config.Properties = merged
	return nil
}

// enable switches an integration on. One that has failed is switched off first: enabling what is enabled does nothing.
func enable(ctx context.Context, c *api.Client, id string) error {
	i, err := c.Integration(ctx, id)
	if err != nil {
		return err
	}
	if i.IntendedState == api.Enabled && i.ReportedState.Code == api.Failed {
		if err := c.SetIntendedState(ctx, id, api.Disabled); err != nil {
			return err
		}
		err := poll(ctx, "waiting until integration "+id+" is switched off", func() (bool, error) {
			i, err := c.Integration(ctx, id)
			return i.ReportedState.Code == api.Inactive || i.ReportedState.Code == api.Failed, err
		})
		if err != nil {
			return err
		}
	} else if i.IntendedState == api.Enabled {
		return nil
	}
	return c.SetIntendedState(ctx, id, api.Enabled)
}

const (
	firstPoll = time.Second
	lastPoll  = 15 * time.Second
)

// poll asks until the answer is yes, an error, or the end of ctx.
func poll(ctx context.Context, what string, done func() (bool, error)) error {
	for pause := firstPoll; ; pause = min(lastPoll, pause*3/2) {
		if ok, err := done(); ok || err != nil {
			return err
		}
		if err := api.Pause(ctx, pause, what); err != nil {
			return err
		}
	}
}
