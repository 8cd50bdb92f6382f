package plugin

import (
	"log/slog"
	"os"

	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// Main serves a provider to the engine that has started this process, until the engine ends it. What is logged goes to
// standard error: standard output belongs to the handshake.
func Main(name string, make func(*slog.Logger) (sdk.Provider, error)) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	err := provider.Main(name, func(*provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		p, err := make(log)
		if err != nil {
			return nil, err
		}
		return NewServer(p), nil
	})
	if err != nil {
		log.Error("the provider stopped", "provider", name, "error", err)
		os.Exit(1)
	}
}
