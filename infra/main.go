// Command infra is the Pulumi program: it reads the stack's configuration and declares the pipeline.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/bundle"
	"cc-eventbridge/infra/pipeline"
	"cc-eventbridge/infra/settings"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		values, err := configuration(ctx.Project())
		if err != nil {
			return err
		}
		root, err := bundle.Root(ctx.RootDirectory())
		if err != nil {
			return err
		}
		function := filepath.Join(root, "function")
		schema, err := os.ReadFile(filepath.Join(function, "flags", "schema.json"))
		if err != nil {
			return fmt.Errorf("reading the schema of the function's flags: %w", err)
		}
		checked, err := settings.Load(ctx.Stack(), values, func(key string) bool {
			return ctx.IsConfigSecret(ctx.Project() + ":" + key)
		}, string(schema))
		if err != nil {
			return err
		}
		for _, warning := range checked.Warnings {
			if err := ctx.Log.Warn(warning, nil); err != nil {
				return fmt.Errorf("warning about the configuration: %w", err)
			}
		}
		return pipeline.Deploy(ctx, checked, bundle.Go{
			Source: function,
			Output: filepath.Join(root, ".local", "function"),
		})
	})
}

// configuration returns the project's own keys. They are read as a whole, which the SDK's configuration does not
// offer, so that a misspelt key is found.
func configuration(project string) (map[string]string, error) {
	var all map[string]string
	if err := json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &all); err != nil {
		return nil, fmt.Errorf("reading the stack's configuration from %s: %w", pulumi.EnvConfig, err)
	}
	own := map[string]string{}
	for key, value := range all {
		if name, ok := strings.CutPrefix(key, project+":"); ok {
			own[name] = value
		}
	}
	return own, nil
}
