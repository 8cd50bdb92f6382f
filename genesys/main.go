// Command genesys is the Pulumi provider for the Genesys Cloud side of event delivery; see package provider. Pulumi
// builds and runs it from source.
package main

import (
	"log/slog"

	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/plugin"
	"cc-eventbridge/genesys/provider"
)

func main() {
	plugin.Main(provider.Name, func(log *slog.Logger) (sdk.Provider, error) {
		return provider.New(provider.Options{Log: log})
	})
}
