package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appconfig"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// stepPercent is how many of the function's environments get new flags in one step of a rollout that takes time; AWS's
	// recommended strategy AppConfig.Linear20PercentEvery6Minutes has the same.
	stepPercent = 20
	atOnce      = 100
)

// rollout is a deployment of flags, and how it is done.
type rollout struct {
	strategy   *appconfig.DeploymentStrategy
	deployment *appconfig.Deployment
}

// rolloutFlags deploys the stack's flags. A change of them replaces two resources, the version and its deployment, and
// touches neither the function nor its mapping. It comes after the function, so that code which knows a new flag is there
// before the flag is.
//
// A stack's first flags are there at once, and nobody watches them: there is nothing to go back to, and the alarm is so new
// that it knows nothing, for which AppConfig would take them back (see newFlagsMonitor).
//
// The stack deploys its flags when they change, and only then: a document that someone else deploys with AppConfig stays
// until the next change of the stack's own. The program does not wait for the end of a rollout; until then AppConfig refuses
// another one, and the environment can't be deleted.
func rolloutFlags(s *stack, f *flagStore, p *processor) (*rollout, error) {
	parent := pulumi.Parent(f)
	growth := atOnce
	if s.Flags.DeploymentMinutes > 0 {
		growth = stepPercent
	}
	strategy, err := appconfig.NewDeploymentStrategy(s.ctx, s.resource("flags"), &appconfig.DeploymentStrategyArgs{
		Name:                        pulumi.String(s.names.flagsRollout),
		Description:                 pulumi.String("How new flags reach " + s.names.processor),
		DeploymentDurationInMinutes: pulumi.Int(s.Flags.DeploymentMinutes),
		GrowthType:                  pulumi.String("LINEAR"),
		GrowthFactor:                pulumi.Float64(growth),
		FinalBakeTimeInMinutes:      pulumi.Int(s.Flags.BakeMinutes),
		ReplicateTo:                 pulumi.String("NONE"),
	}, parent)
	if err != nil {
		return nil, err
	}
	first, err := appconfig.NewDeploymentStrategy(s.ctx, s.resource("flags-at-once"), &appconfig.DeploymentStrategyArgs{
		Name:                        pulumi.String(s.names.flagsAtOnce),
		Description:                 pulumi.String("How the first flags reach " + s.names.processor),
		DeploymentDurationInMinutes: pulumi.Int(0),
		GrowthType:                  pulumi.String("LINEAR"),
		GrowthFactor:                pulumi.Float64(atOnce),
		FinalBakeTimeInMinutes:      pulumi.Int(0),
		ReplicateTo:                 pulumi.String("NONE"),
	}, parent)
	if err != nil {
		return nil, err
	}
	version, err := appconfig.NewHostedConfigurationVersion(s.ctx, s.resource("flags"), &appconfig.HostedConfigurationVersionArgs{
		ApplicationId:          f.application.ID(),
		ConfigurationProfileId: f.profile.ConfigurationProfileId,
		ContentType:            pulumi.String("application/json"),
		Content:                pulumi.String(s.Flags.Document),
		// The provider takes the content for a secret and a preview hides it. This is what a reviewer sees of it.
		Description: pulumi.String(s.Flags.Summary()),
		// The engine deletes the version before while the new one is still watched and may be taken back. Where it matters
		// there must be something to go back to.
	}, parent, pulumi.RetainOnDelete(s.ProtectData))
	if err != nil {
		return nil, err
	}
	deployment, err := appconfig.NewDeployment(s.ctx, s.resource("flags"), &appconfig.DeploymentArgs{
		ApplicationId:          f.application.ID(),
		EnvironmentId:          f.environment.EnvironmentId,
		ConfigurationProfileId: f.profile.ConfigurationProfileId,
		ConfigurationVersion:   pulumi.Sprintf("%d", version.VersionNumber),
		DeploymentStrategyId:   strategyOf(version.VersionNumber, first, strategy),
		Description:            pulumi.String("The flags of the stack's configuration"),
	}, parent, pulumi.DependsOn([]pulumi.Resource{p.alias}))
	return &rollout{strategy: strategy, deployment: deployment}, err
}

// strategyOf is the strategy of a version of the flags. AppConfig numbers the versions of a profile from 1.
func strategyOf(version pulumi.IntOutput, first, later *appconfig.DeploymentStrategy) pulumi.StringOutput {
	return pulumi.All(version, first.ID(), later.ID()).ApplyT(func(all []any) string {
		if all[0].(int) == 1 {
			return string(all[1].(pulumi.ID))
		}
		return string(all[2].(pulumi.ID))
	}).(pulumi.StringOutput)
}
