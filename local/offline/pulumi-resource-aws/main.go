// Command pulumi-resource-aws is the stand-in for the published `aws` Pulumi plugin; see package awsprovider.
package main

import (
	"log/slog"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"cc-eventbridge/local/offline/awsprovider"
)

func main() {
	// Standard output belongs to the handshake with the engine.
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	err := provider.Main(awsprovider.Name, func(*provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		return awsprovider.NewServer(awsprovider.NewFromEnvironment(log)), nil
	})
	if err != nil {
		log.Error("the aws stand-in stopped", slog.Any("error", err))
		os.Exit(1)
	}
}
