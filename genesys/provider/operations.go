package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/plugin"
)

// operationDeadline is how long an operation may take that has no custom timeout: an integration is active within a
// few minutes, and a rate limit is over within one.
const operationDeadline = 10 * time.Minute

// Preview is the outputs as far as they are known before a create or an update.
func (r *resourceType) Preview(_, oldOutputs, news resource.PropertyMap) resource.PropertyMap {
	return r.previewed(news, oldOutputs, r.foretold(r.p.organization(), plugin.Plain(news)))
}

// Create makes an object and waits until it works.
func (r *resourceType) Create(ctx context.Context, inputs resource.PropertyMap) (string, resource.PropertyMap, error) {
	c, err := r.p.reach()
	if err != nil {
		return "", nil, err
	}
	in := plugin.Plain(inputs)
	id, err := r.create(ctx, c, in)
	if id == "" {
		return "", nil, err
	}
	var observed values
	if err == nil {
		observed, err = r.settle(ctx, c, id, in)
	}
	return id, r.state(inputs, observed), err
}

// Read finds what Genesys Cloud has.
func (r *resourceType) Read(ctx context.Context, id string, inputs, _ resource.PropertyMap) (in, out resource.PropertyMap, err error) {
	c, err := r.p.reach()
	if err != nil {
		return nil, nil, err
	}
	observed, err := r.read(ctx, c, r.p.organization(), id)
	if err != nil {
		return nil, nil, gone(err)
	}
	in = r.drifted(inputs, observed)
	return in, r.state(in, observed), nil
}

// Update makes an object what its inputs say. It is also what repairs one that has drifted or was not finished.
func (r *resourceType) Update(ctx context.Context, id string, _, news resource.PropertyMap) (resource.PropertyMap, error) {
	c, err := r.p.reach()
	if err != nil {
		return nil, err
	}
	in := plugin.Plain(news)
	if err := r.update(ctx, c, id, in); err != nil {
		if api.NotFound(err) {
			err = fmt.Errorf("%w; if it was deleted in Genesys Cloud, `pulumi refresh` notes that and the next `pulumi up` creates it again", err)
		}
		return nil, err
	}
	observed, err := r.settle(ctx, c, id, in)
	return r.state(news, observed), err
}

// Delete removes an object.
func (r *resourceType) Delete(ctx context.Context, id string, _ resource.PropertyMap) error {
	c, err := r.p.reach()
	if err != nil {
		return err
	}
	return gone(r.remove(ctx, c, id))
}

// gone is how a missing object is told to the engine.
func gone(err error) error {
	if api.NotFound(err) {
		return plugin.ErrNotFound
	}
	return err
}

// settle waits until an object reports the status that its inputs intend, or an error.
func (r *resourceType) settle(ctx context.Context, c *api.Client, id string, in values) (observed values, err error) {
	intended, reported := r.intendedStatus(in), ""
	err = poll(ctx, "waiting until "+id+" settles", func() (bool, error) {
		latest, err := r.read(ctx, c, r.p.organization(), id)
		if err != nil {
			return false, err
		}
		observed, reported = latest, latest.Text(statusKey)
		if reported == api.Failed && intended != any(api.Failed) {
			return false, fmt.Errorf("its status is %s: it should be %v; Genesys Cloud says: %s", reported, intended, reason(latest))
		}
		return reported == "" || any(reported) == intended, nil
	})
	if errors.Is(err, context.DeadlineExceeded) && reported != "" {
		err = fmt.Errorf("its status is still %s: it should be %v: %w", reported, intended, err)
	}
	return observed, err
}

func reason(observed values) string {
	if text := observed.Text("statusMessage"); text != "" {
		return text
	}
	return "nothing about why"
}
