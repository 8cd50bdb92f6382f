package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appconfig"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/flags"
)

const (
	// flagsEnvironment and flagsProfile are names within the stack's own application of AppConfig.
	flagsEnvironment = "live"
	flagsProfile     = "flags"
)

// flagStore is where the function reads its flags while it runs: an application of AppConfig of the stack's own.
type flagStore struct {
	*part
	application *appconfig.Application
	environment *appconfig.Environment
	profile     *appconfig.ConfigurationProfile
	// watcher is the role by which AppConfig sees the alarm that takes flags back.
	watcher *role
}

// newFlags declares the application, the environment that is watched while flags are rolled out, and the profile, which
// refuses a document that the function would not take.
func newFlags(s *stack, notify pulumi.Array) (*flagStore, error) {
	group, err := s.part("Flags", "flags")
	if err != nil {
		return nil, err
	}
	monitor, err := newFlagsMonitor(s, group, notify)
	if err != nil {
		return nil, fmt.Errorf("declaring what watches a rollout: %w", err)
	}
	parent := pulumi.Parent(group)
	application, err := appconfig.NewApplication(s.ctx, s.resource("flags"), &appconfig.ApplicationArgs{
		Name:        pulumi.String(s.names.flags),
		Description: pulumi.String("Flags of " + s.names.processor),
	}, parent)
	if err != nil {
		return nil, err
	}
	environment, err := appconfig.NewEnvironment(s.ctx, s.resource(flagsEnvironment), &appconfig.EnvironmentArgs{
		ApplicationId: application.ID(),
		Name:          pulumi.String(flagsEnvironment),
		Description:   pulumi.String("The function that consumes the ingestion queue"),
		Monitors: appconfig.EnvironmentMonitorArray{&appconfig.EnvironmentMonitorArgs{
			AlarmArn:     monitor.alarm.Arn,
			AlarmRoleArn: monitor.role.Arn,
		}},
	}, parent, pulumi.DependsOn([]pulumi.Resource{monitor.role.permissions}))
	if err != nil {
		return nil, err
	}
	profile, err := appconfig.NewConfigurationProfile(s.ctx, s.resource(flagsProfile), &appconfig.ConfigurationProfileArgs{
		ApplicationId: application.ID(),
		Name:          pulumi.String(flagsProfile),
		Description:   pulumi.String("One JSON document; see function/flags"),
		LocationUri:   pulumi.String("hosted"),
		Validators: appconfig.ConfigurationProfileValidatorArray{&appconfig.ConfigurationProfileValidatorArgs{
			Type:    pulumi.String("JSON_SCHEMA"),
			Content: pulumi.String(flags.JSONSchema),
		}},
	}, parent)
	if err != nil {
		return nil, err
	}
	store := &flagStore{part: group, application: application, environment: environment, profile: profile, watcher: monitor.role}
	return store, group.done(pulumi.Map{"applicationId": application.ID()})
}

// use is what the function may do: read this one configuration.
func (f *flagStore) use(where location) pulumi.Map {
	configuration := pulumi.Sprintf("arn:%s:appconfig:%s:%s:application/%s/environment/%s/configuration/%s",
		where.partition, where.region, where.account,
		f.application.ID(), f.environment.EnvironmentId, f.profile.ConfigurationProfileId)
	return allow("ReadFlags", configuration, "appconfig:StartConfigurationSession", "appconfig:GetLatestConfiguration")
}

// variables tell the function where its flags are.
func (f *flagStore) variables() pulumi.StringMap {
	return pulumi.StringMap{
		contract.EnvFlagsApplication: f.application.ID(),
		contract.EnvFlagsEnvironment: f.environment.EnvironmentId,
		contract.EnvFlagsProfile:     f.profile.ConfigurationProfileId,
	}
}
