package provider

import (
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"

	"github.com/blang/semver"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/plugin"
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
	plugin.Provider

	schema  schema
	options Options

	mu       sync.Mutex
	settings settings
	client   *api.Client
}

var _ sdk.Provider = (*Provider)(nil)

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
	p := &Provider{schema: s, options: o}
	p.Provider = plugin.New(plugin.Options{Version: version, Schema: schemaJSON, Lookup: p.lookup, Deadline: operationDeadline})
	return p, nil
}
