package provider

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/api"
)

// Name is the package's name, as in the tokens of its resources and the namespace of its configuration.
const Name = "genesys"

// Options are what the provider takes from its surroundings.
type Options struct {
	// Getenv reads the environment; nil is os.Getenv.
	Getenv func(string) string
	// Transport sends requests; nil is the network.
	Transport http.RoundTripper
	// Log gets warnings; nil keeps silent. It must not write to standard output, which belongs to the engine.
	Log *slog.Logger
}

// Provider implements the package `genesys`.
type Provider struct {
	plugin.UnimplementedProvider

	schema    schema
	version   semver.Version
	options   Options
	cancelled context.Context // ends what is running when the engine cancels
	cancel    context.CancelFunc

	mu       sync.Mutex
	settings settings
	client   *api.Client
}

var _ plugin.Provider = (*Provider)(nil)

// New makes a provider that is not configured yet.
func New(o Options) (*Provider, error) {
	s, err := readSchema()
	if err != nil {
		return nil, err
	}
	version, err := semver.Parse(s.Version)
	if err != nil {
		return nil, fmt.Errorf("reading the version %q in the embedded schema: %w", s.Version, err)
	}
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Provider{schema: s, version: version, options: o, cancelled: ctx, cancel: cancel}, nil
}

// Handshake tells the engine what this provider copes with.
func (p *Provider) Handshake(context.Context, plugin.ProviderHandshakeRequest) (*plugin.ProviderHandshakeResponse, error) {
	return &plugin.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true}, nil
}

// GetPluginInfo tells the engine the version.
func (p *Provider) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	return plugin.PluginInfo{Version: &p.version}, nil
}

// GetSchema returns the package's schema.
func (p *Provider) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	return plugin.GetSchemaResponse{Schema: schemaJSON}, nil
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
