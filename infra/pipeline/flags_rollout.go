package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appconfig"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

const (
	// stepPercent is how many of the function's environments get new flags in one step of a rollout that takes time; AWS's
	// recommended strategy AppConfig.Linear20PercentEvery6Minutes has the same.
	stepPercent = 20
	atOnce      = 100
)

// rolloutFlags deploys the stack's flags. A change of them replaces two resources, the version and its deployment, and
// touches neither the function nor its mapping. It comes after the function, so that code which knows a new flag is there
// before the flag is.
//
// The stack deploys its flags when they change, and only then: a document that someone else deploys with AppConfig stays
// until the next change of the stack's own. The program does not wait for the end of a rollout; until then AppConfig refuses
// another one, and the environment can't be deleted.
func rolloutFlags(ctx *pulumi.Context, n names, s settings.Settings, f *flagStore, p *processor) (*appconfig.Deployment, error) {
	parent := pulumi.Parent(f)
	growth := atOnce
	if s.Flags.DeploymentMinutes > 0 {
		growth = stepPercent
	}
	strategy, err := appconfig.NewDeploymentStrategy(ctx, "flags", &appconfig.DeploymentStrategyArgs{
		Name:                        pulumi.String(n.flagsRollout),
		Description:                 pulumi.String("How new flags reach " + n.processor),
		DeploymentDurationInMinutes: pulumi.Int(s.Flags.DeploymentMinutes),
		GrowthType:                  pulumi.String("LINEAR"),
		GrowthFactor:                pulumi.Float64(growth),
		FinalBakeTimeInMinutes:      pulumi.Int(s.Flags.BakeMinutes),
		ReplicateTo:                 pulumi.String("NONE"),
	}, parent)
	if err != nil {
		return nil, err
	}
	ctx.Export("flagsStrategyId", strategy.ID())
	version, err := appconfig.NewHostedConfigurationVersion(ctx, "flags", &appconfig.HostedConfigurationVersionArgs{
		ApplicationId:          f.application.ID(),
		ConfigurationProfileId: f.profile.ConfigurationProfileId,
		ContentType:            pulumi.String("application/json"),
		Content:                pulumi.String(s.Flags.Document),
		// The provider takes the content for a secret and a preview hides it. This is what a reviewer sees of it.
		Description: pulumi.String(s.Flags.Summary),
		// The engine deletes the version before while the new one is still watched and may be taken back. Where it matters
		// there must be something to go back to.
	}, parent, pulumi.RetainOnDelete(s.ProtectData))
	if err != nil {
		return nil, err
	}
	return appconfig.NewDeployment(ctx, "flags", &appconfig.DeploymentArgs{
		ApplicationId:          f.application.ID(),
		EnvironmentId:          f.environment.EnvironmentId,
		ConfigurationProfileId: f.profile.ConfigurationProfileId,
		ConfigurationVersion:   pulumi.Sprintf("%d", version.VersionNumber),
		DeploymentStrategyId:   strategy.ID(),
		Description:            pulumi.String("The flags of the stack's configuration"),
	}, parent, pulumi.DependsOn([]pulumi.Resource{p.alias}))
}
