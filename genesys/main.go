// Command genesys is the Pulumi provider for the Genesys Cloud side of event delivery; see package provider. Pulumi
// builds and runs it from source.
package main

import (
	"log/slog"
	"os"

	pulumiprovider "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"cc-eventbridge/genesys/provider"
)

func main() {
	// Standard output belongs to the handshake with the engine.
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	err := pulumiprovider.Main(provider.Name, func(*pulumiprovider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		p, err := provider.New(provider.Options{Log: log})
		if err != nil {
			return nil, err
		}
		return provider.NewServer(p), nil
	})
	if err != nil {
		log.Error("the provider genesys stopped", "error", err)
		os.Exit(1)
	}
}
