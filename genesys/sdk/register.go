// Package genesys has the resources of the provider `genesys` for Pulumi programs in Go. provider/schema.json, in the
// same module, is where their properties are declared; a test holds the two together.
package genesys

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func register(ctx *pulumi.Context, token, name string, args pulumi.Input, r pulumi.CustomResource, opts []pulumi.ResourceOption) error {
	if err := ctx.RegisterResource(token, name, args, r, opts...); err != nil {
		return fmt.Errorf("registering %s %s: %w", token, name, err)
	}
	return nil
}

func read(ctx *pulumi.Context, token, name string, id pulumi.IDInput, r pulumi.CustomResource, opts []pulumi.ResourceOption) error {
	if err := ctx.ReadResource(token, name, id, nil, r, opts...); err != nil {
		return fmt.Errorf("reading %s %s: %w", token, name, err)
	}
	return nil
}
