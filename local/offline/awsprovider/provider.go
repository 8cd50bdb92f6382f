package awsprovider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

const (
	// Name is the package that this provider stands in for.
	Name = "aws"
	// Version is the version that the program's SDK asks the engine for.
	Version = "6.83.2"
)

// Provider implements the `aws` package on top of an emulator.
type Provider struct {
	plugin.UnimplementedProvider

	types     registry
	log       *slog.Logger
	endpoint  string
	cancelled context.Context //nolint:containedctx // ends all running operations when the engine cancels
	cancel    context.CancelFunc

	mu       sync.Mutex
	settings settings
	cloud    *cloud
}

var _ plugin.Provider = (*Provider)(nil)

// New makes a provider for the emulator at endpoint; an empty endpoint allows previews only.
func New(endpoint string, log *slog.Logger) *Provider {
	ctx, cancel := context.WithCancel(context.Background())
	return &Provider{types: newRegistry(), log: log, endpoint: endpoint, cancelled: ctx, cancel: cancel}
}

// NewFromEnvironment makes a provider for the emulator at AWS_ENDPOINT_URL.
func NewFromEnvironment(log *slog.Logger) *Provider {
	return New(fromEnvironment(endpointVariable), log)
}

// Handshake tells the engine what this provider copes with.
func (p *Provider) Handshake(
	context.Context, plugin.ProviderHandshakeRequest,
) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true}, nil
}

// GetPluginInfo tells the engine the version, without which it would not take this plugin for the published one.
func (p *Provider) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	v := semver.MustParse(Version)
	return plugin.PluginInfo{Version: &v}, nil
}

// GetSchema is empty: the SDK of the program was made from the published schema.
func (p *Provider) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	return plugin.GetSchemaResponse{Schema: fmt.Appendf(nil, `{"name":%q,"version":%q}`, Name, Version)}, nil
}

// Close has nothing to close.
func (p *Provider) Close() error {
	p.cancel()
	return nil
}

// SignalCancellation ends all running operations.
func (p *Provider) SignalCancellation(context.Context) error {
	p.cancel()
	return nil
}

// CheckConfig refuses configuration that means nothing here.
func (p *Provider) CheckConfig(_ context.Context, req plugin.CheckConfigRequest) (plugin.CheckConfigResponse, error) {
	return plugin.CheckConfigResponse{
		Properties: req.News, Failures: failures(checkConfiguration(configuration(req.News))),
	}, nil
}

// DiffConfig never asks for resources to be replaced: an emulator has one account, whatever the configuration says.
func (p *Provider) DiffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffConfigResponse, error) {
	provider := resourceType{inputs: configKeys(), update: unused}
	return provider.diff(configuration(req.OldInputs), configuration(req.NewInputs)), nil
}

func unused(context.Context, *cloud, string, args, args) error { return nil }

// Configure keeps the configuration. Clients are made when they are first needed.
func (p *Provider) Configure(_ context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	s, err := newSettings(configuration(req.Inputs))
	if err != nil {
		return plugin.ConfigureResponse{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.settings, p.cloud = s, nil
	return plugin.ConfigureResponse{}, nil
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

// Check refuses inputs that AWS or the published provider would refuse, and adds the stack's default tags.
func (p *Provider) Check(_ context.Context, req plugin.CheckRequest) (plugin.CheckResponse, error) {
	t, err := p.types.lookup(req.Type)
	if err != nil {
		return plugin.CheckResponse{}, err
	}
	news := settledMap(req.News)
	if t.taggable() {
		addTags(news, p.configured().defaultTags)
	}
	if problems := t.check(plainMap(news)); len(problems) > 0 {
		return plugin.CheckResponse{Properties: news, Failures: failures(problems)}, nil
	}
	normalize(t.inputs, news)
	return plugin.CheckResponse{Properties: news}, nil
}

// addTags merges the stack's default tags into a resource's own, which win.
func addTags(in resource.PropertyMap, defaults map[string]string) {
	if len(defaults) == 0 || in["tags"].IsComputed() {
		return
	}
	merged := resource.PropertyMap{}
	for k, v := range defaults {
		merged[resource.PropertyKey(k)] = resource.NewProperty(v)
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

// Diff compares inputs with inputs; an input that is not known yet counts as changed.
func (p *Provider) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	t, err := p.types.lookup(req.Type)
	if err != nil {
		return plugin.DiffResponse{}, err
	}
	return t.diff(plainMap(req.OldInputs), plainMap(req.NewInputs)), nil
}

func failures(problems []problem) []plugin.CheckFailure {
	out := make([]plugin.CheckFailure, 0, len(problems))
	for _, p := range problems {
		out = append(out, plugin.CheckFailure{Property: resource.PropertyKey(p.property), Reason: p.reason})
	}
	return out
}
