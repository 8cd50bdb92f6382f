package provider

import (
	"context"

	"cc-eventbridge/genesys/api"
)

// eventSubscription sends events to a destination.
type eventSubscription struct{}

func (eventSubscription) problems(in values) []problem {
	r := rules{in: in}
	r.named()
	r.list("eventTypes", "event type")
	return r.found
}

func (eventSubscription) intendedStatus(in values) any {
	return switched(in, api.Enabled, api.Disabled)
}

// switched is the status of an object that has a switch.
func switched(in values, on, off string) any {
	switch in["enabled"] {
	case any(unknown{}):
		return unknown{}
	case false:
		return off
	}
	return on
}

func (eventSubscription) unhealthy(status string) bool {
	return status == api.Failed || status == api.Disabled
}

func (eventSubscription) eventual() bool { return false }

func (eventSubscription) foretold(string, values) values { return nil }

func (k eventSubscription) create(ctx context.Context, c *api.Client, _ string, in values) (string, written, error) {
	wanted, err := k.wanted(in)
	if err != nil {
		return "", written{}, err
	}
	id, found, err := creation{
		token: "genesys:index:EventSubscription", name: wanted.Name,
		find: func(ctx context.Context) ([]candidate, error) {
			named, err := c.Subscriptions().Named(ctx, wanted.Name)
			var out []candidate
			for _, s := range named {
				out = append(out, candidate{s.ID, s.DestinationID == wanted.DestinationID})
			}
			return out, err
		},
		post: func(ctx context.Context) (string, error) { return c.Subscriptions().Create(ctx, wanted) },
	}.once(ctx)
	if found {
		err = c.Subscriptions().Replace(ctx, id, wanted)
	}
	return id, written{}, err
}

func (eventSubscription) wanted(in values) (api.Subscription, error) {
	wanted, err := decode[api.Subscription](in)
	wanted.Health = api.Health{}
	return wanted, err
}

func (eventSubscription) read(ctx context.Context, c *api.Client, _, id string) (values, error) {
	found, err := c.Subscriptions().Get(ctx, id)
	if err != nil {
		return nil, err
	}
	return encode(found)
}

func (k eventSubscription) update(ctx context.Context, c *api.Client, _, id string, _, in values) (written, error) {
	wanted, err := k.wanted(in)
	if err != nil {
		return written{}, err
	}
	return written{}, c.Subscriptions().Replace(ctx, id, wanted)
}

func (eventSubscription) remove(ctx context.Context, c *api.Client, id string) error {
	return c.Subscriptions().Delete(ctx, id)
}
