package awsprovider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
)

// Create makes a resource, or says in a preview what it would be.
func (p *Provider) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	t, err := p.types.lookup(req.Type)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	if req.Preview {
		return plugin.CreateResponse{Properties: t.previewed(req.Properties, nil, t.outputs)}, nil
	}
	c, err := p.reach()
	if err != nil {
		return plugin.CreateResponse{}, doing("create", req.URN, err)
	}
	ctx, cancel := p.operation(ctx, req.Timeout)
	defer cancel()
	in := withFallbacks(t.inputs, plainMap(req.Properties))
	id, err := t.create(ctx, c, in)
	if err != nil && id == "" {
		return plugin.CreateResponse{}, doing("create", req.URN, err)
	}
	observed, readErr := t.observe(ctx, c, id, in)
	if err = errors.Join(err, readErr); err != nil {
		return plugin.CreateResponse{}, unfinished(id, req.Properties, t.state(req.Properties, observed), doing("create", req.URN, err))
	}
	return plugin.CreateResponse{ID: resource.ID(id), Properties: t.state(req.Properties, observed), Status: resource.StatusOK}, nil
}

// Read finds what AWS has, for a refresh (state is the last known one) or an import (there is none).
func (p *Provider) Read(ctx context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	t, err := p.types.lookup(req.Type)
	if err != nil {
		return plugin.ReadResponse{}, err
	}
	c, err := p.reach()
	if err != nil {
		return plugin.ReadResponse{}, doing("read", req.URN, err)
	}
	ctx, cancel := p.operation(ctx, req.Timeout)
	defer cancel()
	prior := plainMap(req.State)
	observed, err := t.observe(ctx, c, string(req.ID), prior)
	switch {
	case errors.Is(err, errNotFound):
		return plugin.ReadResponse{}, nil
	case err != nil:
		return plugin.ReadResponse{}, doing("read", req.URN, err)
	}
	inputs := t.drifted(req.Inputs, observed)
	return plugin.ReadResponse{
		ReadResult: plugin.ReadResult{ID: req.ID, Inputs: inputs, Outputs: t.state(inputs, observed)},
		Status:     resource.StatusOK,
	}, nil
}

// Update changes a resource in place, or says in a preview which outputs that would change.
func (p *Provider) Update(ctx context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	t, err := p.types.lookup(req.Type)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	old, news := withFallbacks(t.inputs, plainMap(req.OldInputs)), withFallbacks(t.inputs, plainMap(req.NewInputs))
	if req.Preview {
		var unsettled []string
		if t.changes != nil {
			unsettled = t.changes(old, news)
		}
		return plugin.UpdateResponse{Properties: t.previewed(req.NewInputs, req.OldOutputs, unsettled)}, nil
	}
	if t.update == nil {
		return plugin.UpdateResponse{}, fmt.Errorf("update %s: every change of a %s replaces it", req.URN, t.token)
	}
	c, err := p.reach()
	if err != nil {
		return plugin.UpdateResponse{}, doing("update", req.URN, err)
	}
	ctx, cancel := p.operation(ctx, req.Timeout)
	defer cancel()
	id := string(req.ID)
	if err := t.update(ctx, c, id, old, news); err != nil {
		return plugin.UpdateResponse{}, doing("update", req.URN, err)
	}
	observed, err := t.observe(ctx, c, id, news)
	if err != nil {
		return plugin.UpdateResponse{}, unfinished(id, req.NewInputs, t.state(req.NewInputs, observed), doing("update", req.URN, err))
	}
	return plugin.UpdateResponse{Properties: t.state(req.NewInputs, observed), Status: resource.StatusOK}, nil
}

// Delete removes a resource; one that is gone already is fine.
func (p *Provider) Delete(ctx context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	t, err := p.types.lookup(req.Type)
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	c, err := p.reach()
	if err != nil {
		return plugin.DeleteResponse{}, doing("delete", req.URN, err)
	}
	ctx, cancel := p.operation(ctx, req.Timeout)
	defer cancel()
	if err := t.remove(ctx, c, string(req.ID), plainMap(req.Outputs)); err != nil && !errors.Is(err, errNotFound) {
		return plugin.DeleteResponse{}, doing("delete", req.URN, err)
	}
	return plugin.DeleteResponse{Status: resource.StatusOK}, nil
}

// observe is read, without what the emulator is known not to tell.
func (t *resourceType) observe(ctx context.Context, c *cloud, id string, prior args) (args, error) {
	observed, err := t.read(ctx, c, id, prior)
	if err != nil {
		return nil, err
	}
	forgetUntold(t, observed)
	return observed, nil
}

// operation bounds a call by the timeout of its resource options and ends it when the engine cancels.
func (p *Provider) operation(ctx context.Context, timeoutSeconds float64) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.cancelled, cancel)
	release := func() { stop(); cancel() }
	if timeoutSeconds <= 0 {
		return ctx, release
	}
	bounded, cancelTimeout := context.WithTimeout(ctx, time.Duration(timeoutSeconds*float64(time.Second)))
	return bounded, func() { cancelTimeout(); release() }
}

func doing(what string, urn resource.URN, err error) error {
	return fmt.Errorf("%s %s (%s): %w", what, urn.Name(), urn.Type(), err)
}

// unfinished tells the engine that a resource exists but is not as asked for, so that it is kept in the state and the next
// update repairs it.
func unfinished(id string, inputs, state resource.PropertyMap, cause error) error {
	options := plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true}
	rpcInputs, err := plugin.MarshalProperties(inputs, options)
	if err != nil {
		return errors.Join(cause, err)
	}
	rpcState, err := plugin.MarshalProperties(state, options)
	if err != nil {
		return errors.Join(cause, err)
	}
	return rpcerror.WithDetails(rpcerror.New(codes.Unknown, cause.Error()), &pulumirpc.ErrorResourceInitFailed{
		Id: id, Inputs: rpcInputs, Properties: rpcState, Reasons: []string{cause.Error()},
	})
}
