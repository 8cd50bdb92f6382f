package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/plugin"
)

// kind is what one resource means to Genesys Cloud. Inputs have been checked, and are known.
type kind interface {
	// problems finds what is wrong with inputs of the right types.
	problems(in values) []problem
	// intendedStatus is the status of an object that does what its inputs say; unknown if they are.
	intendedStatus(in values) any
	// unhealthy reports whether a reported status is neither what anyone intends nor on its way there.
	unhealthy(status string) bool
	// foretold is the outputs that are known before anything exists.
	foretold(organization string, in values) values
	// create makes an object, or finds the one that an earlier try has made. An id beside an error is that of an
	// object which exists but is not finished; an update with the same inputs finishes it.
	create(ctx context.Context, c *api.Client, in values) (id string, err error)
	// read returns every property that Genesys Cloud tells.
	read(ctx context.Context, c *api.Client, organization, id string) (values, error)
	// update makes an object what its inputs say, whatever it is now.
	update(ctx context.Context, c *api.Client, id string, in values) error
	remove(ctx context.Context, c *api.Client, id string) error
}

// resourceType is a declared kind.
type resourceType struct {
	spec
	kind
	p *Provider
}

func kinds() map[tokens.Type]kind {
	return map[tokens.Type]kind{
		"genesys:index:SqsDestination":    sqsDestination{},
		"genesys:index:EventSubscription": eventSubscription{},
		"genesys:index:EventBridgeSource": eventBridgeSource{},
	}
}

func (p *Provider) lookup(token tokens.Type) (plugin.Resource, error) {
	k, ok := kinds()[token]
	if !ok {
		return nil, fmt.Errorf("there is no resource %s: the provider genesys has %v", token, slices.Sorted(maps.Keys(kinds())))
	}
	return &resourceType{spec: p.schema.Resources[token], kind: k, p: p}, nil
}
