package awsprovider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// resourceType is the entry of one resource type: what it takes, what it gives, and how it is made.
type resourceType struct {
	token  tokens.Type
	inputs properties
	// outputs are known once the resource exists.
	outputs []string
	// changes names the outputs that an update gives a new value. None: no update changes an output.
	changes func(old, next args) []string
	// rules relate several inputs; each must cope with inputs that are not known yet.
	rules []func(args) *problem

	// create makes the resource. An id with an error means: it exists, but not as asked for.
	create func(ctx context.Context, c *cloud, in args) (id string, err error)
	// read returns what AWS has: an input that is missing from the answer is one that AWS does not tell, a nil one is not
	// set. The error is errNotFound when the resource is gone. prior has the last known state (empty on import).
	read func(ctx context.Context, c *cloud, id string, prior args) (args, error)
	// update makes AWS equal the new inputs, in place. nil: every change replaces.
	update func(ctx context.Context, c *cloud, id string, old, next args) error
	// remove deletes the resource; errNotFound is fine.
	remove func(ctx context.Context, c *cloud, id string, prior args) error
}

// problem is an input that AWS or the published provider would refuse.
type problem struct {
	property string
	reason   string
}

func (r *resourceType) taggable() bool {
	_, ok := r.inputs["tags"]
	return ok
}

// registry holds every resource type there is, by token.
type registry map[tokens.Type]*resourceType

func newRegistry() registry {
	all := slices.Concat(
		iamTypes(), sqsTypes(), dynamodbTypes(), logsTypes(), cloudwatchTypes(), lambdaTypes(), snsTypes(), kmsTypes(),
		secretsManagerTypes(), eventBridgeTypes(), s3Types(), appConfigTypes(),
	)
	r := make(registry, len(all))
	for _, t := range all {
		r[t.token] = t
	}
	return r
}

func (r registry) lookup(token tokens.Type) (*resourceType, error) {
	if t, ok := r[token]; ok {
		return t, nil
	}
	known := make([]string, 0, len(r))
	for t := range r {
		known = append(known, string(t))
	}
	slices.Sort(known)
	return nil, fmt.Errorf("resource type %s is not implemented by this stand-in for the aws provider, which has %s; "+
		"install the published plugin (pulumi plugin install resource aws %s) or leave the resource out",
		token, strings.Join(known, ", "), Version)
}
