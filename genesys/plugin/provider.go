package plugin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// ErrNotFound says that a resource does not exist.
var ErrNotFound = errors.New("not found")

// Resource is one resource type. Create, Read, Update and Delete reach the cloud; the others must not need it.
type Resource interface {
	// Check completes the inputs and finds what is wrong with them.
	Check(news resource.PropertyMap) (resource.PropertyMap, []Problem)
	// Diff compares old and new inputs.
	Diff(oldInputs, oldOutputs, news resource.PropertyMap) sdk.DiffResult
	// Preview is the outputs as far as they can be known before a create (there is nothing old) or an update.
	Preview(oldInputs, oldOutputs, news resource.PropertyMap) resource.PropertyMap
	// Create makes a resource. An id beside an error is that of a resource that exists but is not as asked for: the
	// engine keeps it, and the next update finishes it.
	Create(ctx context.Context, in resource.PropertyMap) (id string, outputs resource.PropertyMap, err error)
	// Read returns what the cloud has, as inputs and as outputs. Without inputs it is an import.
	Read(ctx context.Context, id string, inputs, outputs resource.PropertyMap) (in, out resource.PropertyMap, err error)
	// Update makes a resource what its new inputs say. Outputs beside an error mean that something has changed already.
	Update(ctx context.Context, id string, oldInputs, news resource.PropertyMap) (outputs resource.PropertyMap, err error)
	// Delete removes a resource; ErrNotFound is fine.
	Delete(ctx context.Context, id string, outputs resource.PropertyMap) error
}

// Provider answers what the engine asks of any provider.
type Provider struct {
	sdk.UnimplementedProvider

	options   Options
	cancelled context.Context //nolint:containedctx // ends what is running when the engine cancels
	cancel    context.CancelFunc
}

// Options are what makes a provider this one.
type Options struct {
	Version semver.Version
	Schema  []byte
	// Lookup finds a resource type.
	Lookup func(tokens.Type) (Resource, error)
	// Deadline bounds an operation for which the program sets no timeout; 0 is none.
	Deadline time.Duration
}

// New makes the part of a provider that is the same for all.
func New(o Options) Provider {
	ctx, cancel := context.WithCancel(context.Background())
	return Provider{options: o, cancelled: ctx, cancel: cancel}
}

// Handshake tells the engine what this provider copes with.
func (p *Provider) Handshake(context.Context, sdk.ProviderHandshakeRequest) (*sdk.ProviderHandshakeResponse, error) {
	return &sdk.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true}, nil
}

// GetPluginInfo tells the engine the version.
func (p *Provider) GetPluginInfo(context.Context) (sdk.PluginInfo, error) {
	return sdk.PluginInfo{Version: &p.options.Version}, nil
}

// GetSchema returns the package's schema.
func (p *Provider) GetSchema(context.Context, sdk.GetSchemaRequest) (sdk.GetSchemaResponse, error) {
	return sdk.GetSchemaResponse{Schema: p.options.Schema}, nil
}

// Close ends what is running.
func (p *Provider) Close() error {
	p.cancel()
	return nil
}

// SignalCancellation ends what is running; a create that has got an id still reports it.
func (p *Provider) SignalCancellation(context.Context) error {
	p.cancel()
	return nil
}

// Check refuses inputs that the cloud would refuse.
func (p *Provider) Check(_ context.Context, req sdk.CheckRequest) (sdk.CheckResponse, error) {
	r, err := p.options.Lookup(req.Type)
	if err != nil {
		return sdk.CheckResponse{}, err
	}
	news, problems := r.Check(req.News)
	return sdk.CheckResponse{Properties: news, Failures: Failures(problems)}, nil
}

// Diff compares old and new inputs.
func (p *Provider) Diff(_ context.Context, req sdk.DiffRequest) (sdk.DiffResponse, error) {
	r, err := p.options.Lookup(req.Type)
	if err != nil {
		return sdk.DiffResponse{}, err
	}
	return r.Diff(req.OldInputs, req.OldOutputs, req.NewInputs), nil
}

// Create makes a resource, or says in a preview what it would be.
func (p *Provider) Create(ctx context.Context, req sdk.CreateRequest) (sdk.CreateResponse, error) {
	r, err := p.options.Lookup(req.Type)
	if err != nil {
		return sdk.CreateResponse{}, err
	}
	if req.Preview {
		return sdk.CreateResponse{Properties: r.Preview(nil, nil, req.Properties)}, nil
	}
	ctx, done := p.Operation(ctx, req.Timeout)
	defer done()
	id, outputs, err := r.Create(ctx, req.Properties)
	switch err = doing("creating", req.URN, err); {
	case err != nil && id == "":
		return sdk.CreateResponse{}, err
	case err != nil:
		return sdk.CreateResponse{}, unfinished(id, req.Properties, outputs, err)
	}
	return sdk.CreateResponse{ID: resource.ID(id), Properties: outputs, Status: resource.StatusOK}, nil
}

// Read finds what the cloud has, for a refresh or for an import (then there are no inputs).
func (p *Provider) Read(ctx context.Context, req sdk.ReadRequest) (sdk.ReadResponse, error) {
	r, err := p.options.Lookup(req.Type)
	if err != nil {
		return sdk.ReadResponse{}, err
	}
	ctx, done := p.Operation(ctx, req.Timeout)
	defer done()
	inputs, outputs, err := r.Read(ctx, string(req.ID), req.Inputs, req.State)
	switch {
	case errors.Is(err, ErrNotFound):
		return sdk.ReadResponse{}, nil
	case err != nil:
		return sdk.ReadResponse{}, doing("reading", req.URN, err)
	}
	return sdk.ReadResponse{
		ReadResult: sdk.ReadResult{ID: req.ID, Inputs: inputs, Outputs: outputs}, Status: resource.StatusOK,
	}, nil
}

// Update changes a resource in place, or says in a preview which outputs that would change.
func (p *Provider) Update(ctx context.Context, req sdk.UpdateRequest) (sdk.UpdateResponse, error) {
	r, err := p.options.Lookup(req.Type)
	if err != nil {
		return sdk.UpdateResponse{}, err
	}
	if req.Preview {
		return sdk.UpdateResponse{Properties: r.Preview(req.OldInputs, req.OldOutputs, req.NewInputs)}, nil
	}
	ctx, done := p.Operation(ctx, req.Timeout)
	defer done()
	outputs, err := r.Update(ctx, string(req.ID), req.OldInputs, req.NewInputs)
	switch err = doing("updating", req.URN, err); {
	case err != nil && outputs == nil:
		return sdk.UpdateResponse{}, err
	case err != nil:
		return sdk.UpdateResponse{}, unfinished(string(req.ID), req.NewInputs, outputs, err)
	}
	return sdk.UpdateResponse{Properties: outputs, Status: resource.StatusOK}, nil
}

// Delete removes a resource; one that is gone already is fine.
func (p *Provider) Delete(ctx context.Context, req sdk.DeleteRequest) (sdk.DeleteResponse, error) {
	r, err := p.options.Lookup(req.Type)
	if err != nil {
		return sdk.DeleteResponse{}, err
	}
	ctx, done := p.Operation(ctx, req.Timeout)
	defer done()
	if err := r.Delete(ctx, string(req.ID), req.Outputs); err != nil && !errors.Is(err, ErrNotFound) {
		return sdk.DeleteResponse{}, doing("deleting", req.URN, err)
	}
	return sdk.DeleteResponse{Status: resource.StatusOK}, nil
}

// Operation bounds a call by its timeout in seconds and ends it when the engine cancels.
func (p *Provider) Operation(ctx context.Context, timeoutSeconds float64) (context.Context, func()) {
	limit := p.options.Deadline
	if timeoutSeconds > 0 {
		limit = time.Duration(timeoutSeconds * float64(time.Second))
	}
	end := func() {}
	if limit > 0 {
		ctx, end = context.WithTimeout(ctx, limit)
	}
	ctx, interrupt := context.WithCancelCause(ctx)
	stop := context.AfterFunc(p.cancelled, func() { interrupt(errors.New("the operation was cancelled")) })
	return ctx, func() { stop(); interrupt(nil); end() }
}

func doing(what string, urn resource.URN, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s (%s): %w", what, urn.Name(), urn.Type(), err)
}
