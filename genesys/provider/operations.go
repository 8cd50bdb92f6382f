package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
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
	id, w, err := r.create(ctx, c, r.p.organization(), in)
	if id == "" {
		return "", nil, err
	}
	observed := w.outputs
	if err == nil {
		observed, err = r.settle(ctx, c, id, in, w)
	}
	return id, r.state(inputs, observed), err
}

// Read finds what Genesys Cloud has.
func (r *resourceType) Read(ctx context.Context, id string, inputs, _ resource.PropertyMap) (in, out resource.PropertyMap, err error) {
	c, err := r.p.reach()
	if err != nil {
		return nil, nil, err
	}
	var observed values
	look := func() error {
		observed, err = r.read(ctx, c, r.p.organization(), id)
		return err
	}
	if imported := len(inputs) == 0; r.eventual() && !imported {
		err = patiently(ctx, look)
	} else {
		err = look()
	}
	if err != nil {
		return nil, nil, gone(err)
	}
	in = r.drifted(inputs, observed)
	return in, r.state(in, observed), nil
}

// Update makes an object what its inputs say. It is also what repairs one that has drifted or was not finished.
func (r *resourceType) Update(ctx context.Context, id string, olds, news resource.PropertyMap) (resource.PropertyMap, error) {
	c, err := r.p.reach()
	if err != nil {
		return nil, err
	}
	in := plugin.Plain(news)
	w, err := r.update(ctx, c, r.p.organization(), id, plugin.Plain(olds), in)
	if err != nil {
		if api.NotFound(err) {
			err = fmt.Errorf("%w; if it was deleted in Genesys Cloud, `pulumi refresh` notes that and the next `pulumi up` creates it again", err)
		}
		return nil, err
	}
	observed, err := r.settle(ctx, c, id, in, w)
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

// settle waits until an object reports the status that its inputs intend, or an error. It returns what is known of it.
func (r *resourceType) settle(ctx context.Context, c *api.Client, id string, in values, w written) (values, error) {
	intended := r.intendedStatus(in)
	var observed values
	var failing, start time.Time
	start = time.Now()
	err := poll(ctx, "waiting until "+id+" settles", func() (bool, error) {
		latest, err := r.read(ctx, c, r.p.organization(), id)
		if r.eventual() && api.NotFound(err) && time.Since(start) < staleness {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		observed = latest
		reported := latest.Text(statusKey)
		if reported != api.Failed || intended == any(api.Failed) {
			failing = time.Time{}
			return (w.seen == nil || w.seen(latest)) && (any(reported) == intended || reported == "" && !r.eventual()), nil
		}
		if intended == any(api.Inactive) && !failing.IsZero() && time.Since(failing) >= staleness {
			return w.seen == nil || w.seen(latest), nil // what is switched off may go on to say why it had failed
		}
		if failing.IsZero() {
			failing = time.Now()
		}
		if r.eventual() && (!w.newState(latest) || intended == any(api.Inactive)) && time.Since(failing) < staleness {
			return false, nil // perhaps the error of before
		}
		return false, fmt.Errorf("its status is %s: it should be %v; Genesys Cloud says: %s", reported, intended, reason(latest))
	})
	if errors.Is(err, context.DeadlineExceeded) && observed != nil {
		err = fmt.Errorf("%s: %w", unsettled(observed, intended), err)
	}
	if observed == nil {
		observed = values{}
	}
	maps.Copy(observed, w.outputs)
	return observed, err
}

// newState reports whether a state was reported after the write.
func (w written) newState(read values) bool {
	updated := read.Text(stateUpdated)
	return updated != "" && w.stateBefore != "" && updated != w.stateBefore
}

// unsettled says what is missing.
func unsettled(observed values, intended any) string {
	switch reported := observed.Text(statusKey); reported {
	case "":
		return fmt.Sprintf("it reports no status yet: it should be %v", intended)
	case intended:
		return "what Genesys Cloud answers is still of before the change"
	default:
		return fmt.Sprintf("its status is still %s: it should be %v", reported, intended)
	}
}

func reason(observed values) string {
	if text := observed.Text("statusMessage"); text != "" {
		return text
	}
	return "nothing about why"
}
