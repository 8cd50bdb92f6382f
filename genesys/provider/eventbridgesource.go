package provider

import (
	"context"
	"fmt"

	"cc-eventbridge/genesys/api"
)

// eventBridgeSource is an integration that sends events to a partner event source.
type eventBridgeSource struct{}

func (eventBridgeSource) problems(in values) []problem {
	r := rules{in: in}
	r.named()
	r.matches("awsAccountId", accountID, "the 12 digits of an AWS account")
	r.matches("awsAccountRegion", awsRegion, "a region like eu-west-1")
	r.matches("eventSourceSuffix", sourceSuffix, "1 to 64 of A-Z a-z 0-9 . - _")
	r.list("eventFilter", "topic")
	for _, topic := range in.Texts("eventFilter") {
		if anyUUID.MatchString(topic) {
			r.add("eventFilter", "eventFilter has %q: a topic has a literal {id} in place of an id", topic)
		}
	}
	return r.found
}

func (eventBridgeSource) intendedStatus(in values) any {
	return switched(in, api.Active, api.Inactive)
}

func (eventBridgeSource) unhealthy(status string) bool {
	return status == api.Failed || status == api.Inactive
}

// sourceName is how AWS names the partner event source, and the bus for it. Whether that holds in the FedRAMP region is
// not known.
func sourceName(organization, suffix string) string {
	if suffix == "" {
		return ""
	}
	return fmt.Sprintf("aws.partner/genesys.com/cloud/%s/%s", organization, suffix)
}

func (eventBridgeSource) foretold(organization string, in values) values {
	if organization == "" || !in.Known("eventSourceSuffix") {
		return nil
	}
	return values{"eventSourceName": sourceName(organization, in.Text("eventSourceSuffix"))}
}

func (eventBridgeSource) eventual() bool { return true }

func (k eventBridgeSource) create(ctx context.Context, c *api.Client, organization string, in values) (string, written, error) {
	name := in.Text("name")
	gone := map[string]bool{} // what is listed still
	for {
		id, found, err := creation{
			token: "genesys:index:EventBridgeSource", name: name,
			find: func(ctx context.Context) ([]candidate, error) { return candidates(ctx, c, in, gone) },
			post: func(ctx context.Context) (string, error) { return c.CreateIntegration(ctx, name) },
		}.once(ctx)
		if err != nil {
			return "", written{}, err
		}
		w, err := k.write(ctx, c, organization, id, nil, in)
		if found && api.NotFound(err) {
			gone[id] = true
			continue
		}
		return id, w, err
	}
}

// candidates are the integrations with the name. Ours is one that is not configured yet, or as it shall be.
func candidates(ctx context.Context, c *api.Client, in values, gone map[string]bool) ([]candidate, error) {
	named, err := c.IntegrationsNamed(ctx, in.Text("name"))
	if err != nil {
		return nil, err
	}
	var out []candidate
	for _, i := range named {
		if gone[i.ID] {
			continue
		}
		// One that is listed but not there was deleted, or made so lately that it has yet to appear.
		err := patiently(ctx, func() error { _, err := c.Integration(ctx, i.ID); return err })
		if api.NotFound(err) {
			gone[i.ID] = true
			continue
		}
		if err != nil {
			return nil, err
		}
		config, err := c.IntegrationConfig(ctx, i.ID)
		if err != nil && !api.NotFound(err) { // it may not have one yet
			return nil, err
		}
		has, err := readProperties(config)
		if err != nil {
			return nil, err
		}
		out = append(out, candidate{i.ID, has.Suffix == "" || has.sameSource(propertiesOf(in))})
	}
	return out, nil
}

func (eventBridgeSource) read(ctx context.Context, c *api.Client, organization, id string) (values, error) {
	i, err := c.Integration(ctx, id)
	if err != nil {
		return nil, err
	}
	if i.IntegrationType.ID != api.EventBridgeType {
		return nil, fmt.Errorf("integration %s is of type %q: it should be %q", id, i.IntegrationType.ID, api.EventBridgeType)
	}
	config, err := c.IntegrationConfig(ctx, id)
	if err != nil {
		return nil, err
	}
	has, err := readProperties(config)
	if err != nil {
		return nil, err
	}
	if organization == "" {
		if organization, err = c.OrganizationID(ctx); err != nil {
			return nil, err
		}
	}
	out, err := encode(has)
	if err != nil {
		return nil, err
	}
	out["name"], out["notes"], out["enabled"] = i.Name, config.Notes, i.IntendedState == api.Enabled
	out["integrationId"], out["eventSourceName"] = id, sourceName(organization, has.Suffix)
	out[statusKey], out["statusMessage"] = i.ReportedState.Code, i.ReportedState.Detail.Text()
	out[stateUpdated], out[configVersion] = i.ReportedState.LastUpdated, config.Version
	return out, nil
}

// What reading an integration gives beside its properties, to tell old answers from new ones.
const (
	stateUpdated  = "stateUpdated"
	configVersion = "configVersion"
)

// update configures and switches an integration, in whatever state it is.
func (k eventBridgeSource) update(ctx context.Context, c *api.Client, organization, id string, old, in values) (written, error) {
	before := configurationOf(old)
	return k.write(ctx, c, organization, id, &before, in)
}

// write makes an integration what its inputs say. What is written is known without reading it again: the outputs don't
// depend on how soon Genesys Cloud shows it.
func (eventBridgeSource) write(
	ctx context.Context, c *api.Client, organization, id string, before *configuration, in values,
) (w written, err error) {
	if organization == "" {
		if organization, err = c.OrganizationID(ctx); err != nil {
			return w, err
		}
	}
	want := configurationOf(in)
	outputs, err := encode(want.sourceProperties)
	if err != nil {
		return w, err
	}
	outputs["integrationId"], outputs["eventSourceName"] = id, sourceName(organization, want.Suffix)
	outputs["name"], outputs["notes"], outputs["enabled"] = want.name, want.notes, in["enabled"] != false
	if outputs.Text("eventSourceName") == "" {
		return w, fmt.Errorf("integration %s has no eventSourceSuffix: its event source would have no name", id)
	}
	version, err := configure(ctx, c, id, before, want)
	if err != nil {
		return w, err
	}
	w.outputs = outputs
	w.seen = func(read values) bool {
		has, _ := read[configVersion].(int)
		return has >= version && read["enabled"] == outputs["enabled"]
	}
	if in["enabled"] == false {
		return w, setState(ctx, c, id, api.Disabled)
	}
	w.stateBefore, err = enable(ctx, c, id)
	return w, err
}

// remove deletes an integration. Genesys Cloud answers before it is gone, and until then its name and its suffix are taken.
// That it is gone already may be the answer to a deletion that was repeated: what is read then can still be of before.
func (eventBridgeSource) remove(ctx context.Context, c *api.Client, id string) error {
	deleted := c.DeleteIntegration(ctx, id)
	if deleted != nil && !api.NotFound(deleted) {
		return deleted
	}
	err := poll(ctx, "waiting until integration "+id+" is gone", func() (bool, error) {
		_, err := c.Integration(ctx, id)
		if api.MayHaveHappened(err) { // an outage: it says nothing about the integration
			return false, nil
		}
		return false, err
	})
	if api.NotFound(err) {
		return nil
	}
	return err
}
