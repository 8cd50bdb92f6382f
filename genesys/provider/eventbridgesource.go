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

func (k eventBridgeSource) create(ctx context.Context, c *api.Client, in values) (string, error) {
	name := in.Text("name")
	id, _, err := creation{
		token: "genesys:index:EventBridgeSource", name: name,
		find: func(ctx context.Context) ([]candidate, error) { return candidates(ctx, c, in) },
		post: func(ctx context.Context) (string, error) { return c.CreateIntegration(ctx, name) },
	}.once(ctx)
	if err != nil {
		return "", err
	}
	return id, k.update(ctx, c, id, in)
}

// candidates are the integrations with the name. Ours is one that is not configured yet, or as it shall be.
func candidates(ctx context.Context, c *api.Client, in values) ([]candidate, error) {
	named, err := c.IntegrationsNamed(ctx, in.Text("name"))
	if err != nil {
		return nil, err
	}
	var out []candidate
	for _, i := range named {
		config, err := c.IntegrationConfig(ctx, i.ID)
		if err != nil {
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
	return out, nil
}

// update configures and switches an integration, in whatever state it is.
func (eventBridgeSource) update(ctx context.Context, c *api.Client, id string, in values) error {
	if err := configure(ctx, c, id, in); err != nil {
		return err
	}
	if in["enabled"] == false {
		return c.SetIntendedState(ctx, id, api.Disabled)
	}
	return enable(ctx, c, id)
}

func (eventBridgeSource) remove(ctx context.Context, c *api.Client, id string) error {
	return c.DeleteIntegration(ctx, id)
}
