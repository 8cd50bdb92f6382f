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
	// eventual reports whether reads lag behind writes, so that what is missing may come: an object, or its status.
	eventual() bool
	// create makes an object, or finds the one that an earlier try has made. An id beside an error is that of an
	// object which exists but is not finished; an update with the same inputs finishes it.
	create(ctx context.Context, c *api.Client, organization string, in values) (id string, w written, err error)
	// read returns every property that Genesys Cloud tells.
	read(ctx context.Context, c *api.Client, organization, id string) (values, error)
	// update makes an object what its inputs say, whatever it is now. The old inputs are those that it had last.
	update(ctx context.Context, c *api.Client, organization, id string, old, in values) (written, error)
	// remove deletes an object, and returns when it is gone.
	remove(ctx context.Context, c *api.Client, id string) error
}

// written is what is known of an object from having written it. The zero value is nothing.
type written struct {
	// outputs take the place of what is read, which may be of before the write.
	outputs values
	// seen reports whether what was read is of after the write; nil is always.
	seen func(read values) bool
	// stateBefore is when the reported state had changed last before the write.
	stateBefore string
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
		sourceToken:                       eventBridgeSource{},
	}
}

func (p *Provider) lookup(token tokens.Type) (plugin.Resource, error) {
	k, ok := kinds()[token]
	if !ok {
		return nil, fmt.Errorf("there is no resource %s: the provider genesys has %v", token, slices.Sorted(maps.Keys(kinds())))
	}
	return &resourceType{spec: p.schema.Resources[token], kind: k, p: p}, nil
}
