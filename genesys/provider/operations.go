package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/api"
)

// operationDeadline is how long an operation may take that has no custom timeout: an integration is active within a
// few minutes, and a rate limit is over within one.
const operationDeadline = 10 * time.Minute

// Create makes an object, or says in a preview what it would be.
func (p *Provider) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	r, err := p.lookup(req.Type)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	in := plain(req.Properties)
	if req.Preview {
		return plugin.CreateResponse{Properties: r.previewed(req.Properties, nil, r.foretold(p.organization(), in))}, nil
	}
	c, ctx, done, err := p.start(ctx, req.Timeout)
	if err != nil {
		return plugin.CreateResponse{}, doing("creating", req.URN, err)
	}
	defer done()
	id, err := r.create(ctx, c, in)
	if id == "" {
		return plugin.CreateResponse{}, doing("creating", req.URN, err)
	}
	var observed values
	if err == nil {
		observed, err = p.settle(ctx, c, r, id, in)
	}
	state := r.state(req.Properties, observed)
	if err != nil {
		return plugin.CreateResponse{}, unfinished(id, req.Properties, state, doing("creating", req.URN, err))
	}
	return plugin.CreateResponse{ID: resource.ID(id), Properties: state, Status: resource.StatusOK}, nil
}

// Read finds what Genesys Cloud has, for a refresh or for an import (then there are no inputs).
func (p *Provider) Read(ctx context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	r, err := p.lookup(req.Type)
	if err != nil {
		return plugin.ReadResponse{}, err
	}
	c, ctx, done, err := p.start(ctx, req.Timeout)
	if err != nil {
		return plugin.ReadResponse{}, doing("reading", req.URN, err)
	}
	defer done()
	observed, err := r.read(ctx, c, p.organization(), string(req.ID))
	switch {
	case api.NotFound(err):
		return plugin.ReadResponse{}, nil
	case err != nil:
		return plugin.ReadResponse{}, doing("reading", req.URN, err)
	}
	inputs := r.drifted(req.Inputs, observed)
	return plugin.ReadResponse{
		ReadResult: plugin.ReadResult{ID: req.ID, Inputs: inputs, Outputs: r.state(inputs, observed)},
		Status:     resource.StatusOK,
	}, nil
}

// Update makes an object what its inputs say. It is also what repairs one that has drifted or was not finished.
func (p *Provider) Update(ctx context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	r, err := p.lookup(req.Type)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	in := plain(req.NewInputs)
	if req.Preview {
		return plugin.UpdateResponse{Properties: r.previewed(req.NewInputs, req.OldOutputs, r.foretold(p.organization(), in))}, nil
	}
	c, ctx, done, err := p.start(ctx, req.Timeout)
	if err != nil {
		return plugin.UpdateResponse{}, doing("updating", req.URN, err)
	}
	defer done()
	id := string(req.ID)
	if err := r.update(ctx, c, id, in); err != nil {
		if api.NotFound(err) {
			err = fmt.Errorf("%w; if it was deleted in Genesys Cloud, `pulumi refresh` notes that and the next `pulumi up` creates it again", err)
		}
		return plugin.UpdateResponse{}, doing("updating", req.URN, err)
	}
	observed, err := p.settle(ctx, c, r, id, in)
	state := r.state(req.NewInputs, observed)
	if err != nil {
		return plugin.UpdateResponse{}, unfinished(id, req.NewInputs, state, doing("updating", req.URN, err))
	}
	return plugin.UpdateResponse{Properties: state, Status: resource.StatusOK}, nil
}

// Delete removes an object; one that is gone already is fine.
func (p *Provider) Delete(ctx context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	r, err := p.lookup(req.Type)
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	c, ctx, done, err := p.start(ctx, req.Timeout)
	if err != nil {
		return plugin.DeleteResponse{}, doing("deleting", req.URN, err)
	}
	defer done()
	if err := r.remove(ctx, c, string(req.ID)); err != nil && !api.NotFound(err) {
		return plugin.DeleteResponse{}, doing("deleting", req.URN, err)
	}
	return plugin.DeleteResponse{Status: resource.StatusOK}, nil
}

// settle waits until an object reports the status that its inputs intend, or an error.
func (p *Provider) settle(ctx context.Context, c *api.Client, r *resourceType, id string, in values) (observed values, err error) {
	intended, reported := r.intendedStatus(in), ""
	err = poll(ctx, "waiting until "+id+" settles", func() (bool, error) {
		latest, err := r.read(ctx, c, p.organization(), id)
		if err != nil {
			return false, err
		}
		observed, reported = latest, latest.text(statusKey)
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
	if text := observed.text("statusMessage"); text != "" {
		return text
	}
	return "nothing about why"
}

// start returns the client and a context that ends with the operation's timeout or when the engine cancels.
func (p *Provider) start(ctx context.Context, timeoutSeconds float64) (*api.Client, context.Context, func(), error) {
	c, err := p.reach()
	if err != nil {
		return nil, nil, nil, err
	}
	limit := operationDeadline
	if timeoutSeconds > 0 {
		limit = time.Duration(timeoutSeconds * float64(time.Second))
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	ctx, interrupt := context.WithCancelCause(ctx)
	stop := context.AfterFunc(p.cancelled, func() { interrupt(errors.New("the operation was cancelled")) })
	return c, ctx, func() { stop(); interrupt(nil); cancel() }, nil
}

func doing(what string, urn resource.URN, err error) error {
	return fmt.Errorf("%s %s (%s): %w", what, urn.Name(), urn.Type(), err)
}
