package awsprovider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/plugin"
)

const (
	// Name is the package that this provider stands in for.
	Name = "aws"
	// Version is the version that the program's SDK asks the engine for.
	Version = "6.83.2"
)

// Provider implements the `aws` package on top of an emulator.
type Provider struct {
	plugin.Provider

	types    registry
	log      *slog.Logger
	endpoint string

	mu       sync.Mutex
	settings settings
	cloud    *cloud
}

var _ sdk.Provider = (*Provider)(nil)

// New makes a provider for the emulator at endpoint; an empty endpoint allows previews only.
func New(endpoint string, log *slog.Logger) *Provider {
	p := &Provider{types: newRegistry(), log: log, endpoint: endpoint}
	p.Provider = plugin.New(plugin.Options{
		Version: semver.MustParse(Version), Lookup: p.lookup,
		// The SDK of the program was made from the published schema.
		Schema: fmt.Appendf(nil, `{"name":%q,"version":%q}`, Name, Version),
	})
	return p
}

// NewFromEnvironment makes a provider for the emulator at AWS_ENDPOINT_URL.
func NewFromEnvironment(log *slog.Logger) *Provider {
	return New(fromEnvironment(endpointVariable), log)
}

// CheckConfig refuses configuration that means nothing here.
func (p *Provider) CheckConfig(_ context.Context, req sdk.CheckConfigRequest) (sdk.CheckConfigResponse, error) {
	return sdk.CheckConfigResponse{
		Properties: req.News, Failures: plugin.Failures(checkConfiguration(configuration(req.News))),
	}, nil
}

// DiffConfig never asks for resources to be replaced: an emulator has one account, whatever the configuration says.
func (p *Provider) DiffConfig(_ context.Context, req sdk.DiffConfigRequest) (sdk.DiffConfigResponse, error) {
	provider := resourceType{inputs: configKeys(), edits: []edit{{}}}
	return provider.diff(configuration(req.OldInputs), configuration(req.NewInputs)), nil
}

// Configure keeps the configuration. Clients are made when they are first needed.
func (p *Provider) Configure(_ context.Context, req sdk.ConfigureRequest) (sdk.ConfigureResponse, error) {
	s, err := newSettings(configuration(req.Inputs))
	if err != nil {
		return sdk.ConfigureResponse{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settings, p.cloud = s, nil
	return sdk.ConfigureResponse{}, nil
}

func (p *Provider) configured() settings {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.settings
}

// reach is the cloud, or why there is none.
func (p *Provider) reach() (*cloud, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.settings.region == "" {
		return nil, errors.New("the provider was not configured before its first use")
	}
	if p.cloud == nil {
		c, err := newCloud(p.endpoint, p.settings, p.log)
		if err != nil {
			return nil, err
		}
		p.cloud = c
	}
	return p.cloud, nil
}

// bound is a resource type of a provider.
type bound struct {
	*resourceType
	p *Provider
}

func (p *Provider) lookup(token tokens.Type) (plugin.Resource, error) {
	t, err := p.types.lookup(token)
	return bound{t, p}, err
}

// Check refuses inputs that AWS or the published provider would refuse, and adds the stack's default tags.
func (b bound) Check(news resource.PropertyMap) (resource.PropertyMap, []problem) {
	news = settledMap(news)
	if b.taggable() {
		addTags(news, b.p.configured().defaultTags)
	}
	if problems := b.check(plugin.Plain(news)); len(problems) > 0 {
		return news, problems
	}
	normalize(b.inputs, news)
	return news, nil
}

// Diff compares inputs with inputs; an input that is not known yet counts as changed.
func (b bound) Diff(oldInputs, _, news resource.PropertyMap) sdk.DiffResult {
	return b.diff(plugin.Plain(oldInputs), plugin.Plain(news))
}

// Preview needs no cloud.
func (b bound) Preview(oldInputs, oldOutputs, news resource.PropertyMap) resource.PropertyMap {
	var unsettled []string
	switch {
	case oldInputs == nil:
		unsettled = slices.Collect(maps.Keys(b.outputs))
	case b.changes != nil:
		unsettled = b.changes(withFallbacks(b.inputs, plugin.Plain(oldInputs)), withFallbacks(b.inputs, plugin.Plain(news)))
	}
	return b.previewed(news, oldOutputs, unsettled)
}

// Create makes a resource.
func (b bound) Create(ctx context.Context, in resource.PropertyMap) (string, resource.PropertyMap, error) {
	c, err := b.p.reach()
	if err != nil {
		return "", nil, err
	}
	id, found, err := b.make(ctx, c, plugin.Plain(in))
	if err != nil && id == "" {
		return "", nil, err
	}
	return id, b.state(in, found), err
}

// Read finds what AWS has.
func (b bound) Read(ctx context.Context, id string, inputs, outputs resource.PropertyMap) (in, out resource.PropertyMap, err error) {
	c, err := b.p.reach()
	if err != nil {
		return nil, nil, err
	}
	found, err := b.observe(ctx, c, id, plugin.Plain(outputs))
	if err != nil {
		return nil, nil, err
	}
	in = b.drifted(inputs, found)
	return in, b.state(in, found), nil
}

// Update changes a resource in place.
func (b bound) Update(ctx context.Context, id string, old, news resource.PropertyMap) (resource.PropertyMap, error) {
	c, err := b.p.reach()
	if err != nil {
		return nil, err
	}
	found, err := b.change(ctx, c, id, plugin.Plain(old), plugin.Plain(news))
	if err != nil && found == nil {
		return nil, err
	}
	return b.state(news, found), err
}

// Delete removes a resource.
func (b bound) Delete(ctx context.Context, id string, outputs resource.PropertyMap) error {
	c, err := b.p.reach()
	if err != nil {
		return err
	}
	return b.drop(ctx, c, id, plugin.Plain(outputs))
}

// addTags merges the stack's default tags into a resource's own, which win.
func addTags(in resource.PropertyMap, defaults args) {
	if len(defaults) == 0 || in["tags"].IsComputed() {
		return
	}
	merged := resource.PropertyMap{}
	for k, v := range defaults {
		merged[resource.PropertyKey(k)] = plugin.ToProperty(v)
	}
	own := in["tags"]
	isSecret := own.IsSecret()
	if isSecret {
		own = own.SecretValue().Element
	}
	if own.IsObject() {
		for k, v := range own.ObjectValue() {
			merged[k] = v
		}
	} else if !own.IsNull() {
		return // not an object: check says so
	}
	in["tags"] = resource.NewProperty(merged)
	if isSecret {
		in["tags"] = resource.MakeSecret(in["tags"])
	}
}
