// Command infra is the Pulumi program: it reads the stack's configuration and declares the pipeline.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"cc-eventbridge/infra/bundle"
	"cc-eventbridge/infra/pipeline"
	"cc-eventbridge/infra/settings"
)

func main() { pulumi.Run(program) }

func program(ctx *pulumi.Context) error {
	values, err := configuration(ctx.Project())
	if err != nil {
		return err
	}
	loaded, err := settings.Load(ctx.Stack(), values, func(key string) bool {
		return ctx.IsConfigSecret(ctx.Project() + ":" + key)
	})
	if err != nil {
		return err
	}
	builder, err := bundle.InWorkspace(ctx.RootDirectory())
	if err != nil {
		return err
	}
	secret := func(key string) pulumi.StringInput {
		if strings.TrimSpace(values[key]) == "" {
			return nil
		}
		return config.New(ctx, "").RequireSecret(key)
	}
	// The stack's pipeline has no name of its own: the stack's is enough.
	p, err := pipeline.New(ctx, "", pipeline.Args{
		Settings:            loaded,
		Builder:             builder,
		DownstreamSecret:    secret("downstreamSecret"),
		GenesysClientSecret: secret("genesysClientSecret"),
	})
	if err != nil {
		return err
	}
	p.Export(ctx)
	return nil
}

// configuration returns the project's own keys, and with their namespace those that someone has set for the provider genesys.
// They are read as a whole, which the SDK's configuration does not offer, so that a key that nothing reads is found.
func configuration(project string) (map[string]string, error) {
	var all map[string]string
	if err := json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &all); err != nil {
		return nil, fmt.Errorf("reading the stack's configuration from %s: %w", pulumi.EnvConfig, err)
	}
	own := map[string]string{}
	for key, value := range all {
		if name, ok := strings.CutPrefix(key, project+":"); ok {
			own[name] = value
		} else if settings.ProviderKey(key) {
			own[key] = value
		}
	}
	return own, nil
}
