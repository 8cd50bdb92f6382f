package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

// stack is what every part of one pipeline is declared with.
type stack struct {
	settings.Settings
	ctx *pulumi.Context
	// name tells the pipelines of one program apart; see New.
	name  string
	names names
	where location
	// options are those of the whole pipeline, which its parts hand on to their resources.
	options []pulumi.ResourceOption

	downstreamSecret, genesysClientSecret pulumi.StringInput
}

// newStack gives a pipeline its names and holds its settings against all rules.
func newStack(ctx *pulumi.Context, name string, args Args, options []pulumi.ResourceOption) (*stack, error) {
	owner := args.Settings.Owner(ctx.Stack())
	if name != "" {
		owner += "-" + name
	}
	s := args.Settings
	s.HasDownstreamSecret = args.DownstreamSecret != nil
	s.Genesys.Deploying, s.Genesys.HasClientSecret = !ctx.DryRun(), args.GenesysClientSecret != nil
	checked, err := s.Check(owner)
	if err != nil {
		return nil, err
	}
	made := &stack{
		Settings:            checked,
		ctx:                 ctx,
		name:                name,
		names:               namesOf(owner),
		options:             options,
		downstreamSecret:    args.DownstreamSecret,
		genesysClientSecret: args.GenesysClientSecret,
	}
	return made, made.warn(checked.Warnings()...)
}

// warn has the preview show texts.
func (s *stack) warn(texts ...string) error {
	for _, text := range texts {
		if err := s.ctx.Log.Warn(text, nil); err != nil {
			return fmt.Errorf("warning about the settings: %w", err)
		}
	}
	return nil
}

// resource is the name of a resource within the program, which its URN ends in.
func (s *stack) resource(name string) string {
	if s.name == "" {
		return name
	}
	return s.name + "-" + name
}

// part is a group of resources that the preview shows as one branch of the tree.
type part struct {
	pulumi.ResourceState
	ctx *pulumi.Context
}

// part registers a group; its resources name it as their parent.
func (s *stack) part(kind, name string) (*part, error) {
	p := &part{ctx: s.ctx}
	return p, s.ctx.RegisterComponentResource("cc-eventbridge:pipeline:"+kind, s.resource(name), p, s.options...)
}

// done tells the engine that the group has all its resources.
func (p *part) done(outputs pulumi.Map) error {
	return p.ctx.RegisterResourceOutputs(p, outputs)
}

// location is where the stack is deployed, for the ARNs that a policy has to spell out.
type location struct {
	partition, region, account string
}

// locate asks the provider that has the resources of a part.
func locate(ctx *pulumi.Context, of pulumi.Resource) (location, error) {
	provider := pulumi.Parent(of)
	caller, err := aws.GetCallerIdentity(ctx, nil, provider)
	if err != nil {
		return location{}, fmt.Errorf("asking AWS which account this is: %w", err)
	}
	region, err := aws.GetRegion(ctx, nil, provider)
	if err != nil {
		return location{}, fmt.Errorf("asking which region this is: %w", err)
	}
	partition, err := aws.GetPartition(ctx, nil, provider)
	if err != nil {
		return location{}, fmt.Errorf("asking which partition this is: %w", err)
	}
	return location{partition: partition.Partition, region: region.Name, account: caller.AccountId}, nil
}
