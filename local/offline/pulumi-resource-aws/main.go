// Command pulumi-resource-aws is the stand-in for the published `aws` Pulumi plugin; see package awsprovider.
package main

import (
	"log/slog"

	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/plugin"
	"cc-eventbridge/local/offline/awsprovider"
)

func main() {
	plugin.Main(awsprovider.Name, func(log *slog.Logger) (sdk.Provider, error) {
		return awsprovider.NewFromEnvironment(log), nil
	})
}
