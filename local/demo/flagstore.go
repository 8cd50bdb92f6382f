package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
)

// The names that a stack gives to what it has of AppConfig, beside the application's.
const (
	flagsEnvironment = "live"
	flagsProfile     = "flags"
)

// flagStore is a stack's flags as an operator reaches them: by name, without Pulumi.
type flagStore struct {
	client                                     *appconfig.Client
	application, environment, profile, rollout string
}

func openFlags(ctx context.Context, account aws.Config, stackName string) (*flagStore, error) {
	f := &flagStore{client: appconfig.NewFromConfig(account)}
	prefix := stackName + "-cc-eventbridge"
	for _, find := range []func() error{
		func() (err error) { f.application, err = f.findApplication(ctx, prefix); return err },
		func() (err error) { f.environment, err = f.findEnvironment(ctx); return err },
		func() (err error) { f.profile, err = f.findProfile(ctx); return err },
		func() (err error) { f.rollout, err = f.findStrategy(ctx, prefix+"-flags"); return err },
	} {
		if err := find(); err != nil {
			return nil, fmt.Errorf("looking for the flags of stack %s: %w", stackName, err)
		}
	}
	return f, nil
}

func (f *flagStore) findApplication(ctx context.Context, name string) (string, error) {
	out, err := f.client.ListApplications(ctx, &appconfig.ListApplicationsInput{})
	if err != nil {
		return "", err
	}
	for _, item := range out.Items {
		if aws.ToString(item.Name) == name {
			return aws.ToString(item.Id), nil
		}
	}
	return "", fmt.Errorf("there is no application %s", name)
}

func (f *flagStore) findEnvironment(ctx context.Context) (string, error) {
	out, err := f.client.ListEnvironments(ctx, &appconfig.ListEnvironmentsInput{ApplicationId: &f.application})
	if err != nil {
		return "", err
	}
	for _, item := range out.Items {
		if aws.ToString(item.Name) == flagsEnvironment {
			return aws.ToString(item.Id), nil
		}
	}
	return "", fmt.Errorf("there is no environment %s", flagsEnvironment)
}

func (f *flagStore) findProfile(ctx context.Context) (string, error) {
	out, err := f.client.ListConfigurationProfiles(ctx, &appconfig.ListConfigurationProfilesInput{ApplicationId: &f.application})
	if err != nil {
		return "", err
	}
	for _, item := range out.Items {
		if aws.ToString(item.Name) == flagsProfile {
			return aws.ToString(item.Id), nil
		}
	}
	return "", fmt.Errorf("there is no configuration profile %s", flagsProfile)
}

func (f *flagStore) findStrategy(ctx context.Context, name string) (string, error) {
	out, err := f.client.ListDeploymentStrategies(ctx, &appconfig.ListDeploymentStrategiesInput{})
	if err != nil {
		return "", err
	}
	for _, item := range out.Items {
		if aws.ToString(item.Name) == name {
			return aws.ToString(item.Id), nil
		}
	}
	return "", fmt.Errorf("there is no deployment strategy %s", name)
}

// deployed returns the version of the document that was deployed last, and the document.
func (f *flagStore) deployed(ctx context.Context) (version string, document []byte, err error) {
	out, err := f.client.ListDeployments(ctx, &appconfig.ListDeploymentsInput{ApplicationId: &f.application, EnvironmentId: &f.environment})
	if err != nil {
		return "", nil, fmt.Errorf("looking for the flags that are deployed: %w", err)
	}
	last := int32(0)
	for _, item := range out.Items {
		if item.DeploymentNumber > last {
			last, version = item.DeploymentNumber, aws.ToString(item.ConfigurationVersion)
		}
	}
	number, err := strconv.ParseInt(version, 10, 32)
	if err != nil {
		return "", nil, fmt.Errorf("looking for the flags that are deployed: version %q of deployment %d is not a number", version, last)
	}
	content, err := f.client.GetHostedConfigurationVersion(ctx, &appconfig.GetHostedConfigurationVersionInput{
		ApplicationId: &f.application, ConfigurationProfileId: &f.profile, VersionNumber: aws.Int32(int32(number)),
	})
	if err != nil {
		return "", nil, fmt.Errorf("reading version %s of the flags: %w", version, err)
	}
	return version, content.Content, nil
}

// add makes a version of the document.
func (f *flagStore) add(ctx context.Context, document []byte) (version int32, err error) {
	out, err := f.client.CreateHostedConfigurationVersion(ctx, &appconfig.CreateHostedConfigurationVersionInput{
		ApplicationId: &f.application, ConfigurationProfileId: &f.profile, ContentType: aws.String("application/json"), Content: document,
	})
	if err != nil {
		return 0, fmt.Errorf("adding a version of the flags: %w", err)
	}
	return out.VersionNumber, nil
}

// remove deletes a version that is no longer deployed.
func (f *flagStore) remove(ctx context.Context, version int32) error {
	_, err := f.client.DeleteHostedConfigurationVersion(ctx, &appconfig.DeleteHostedConfigurationVersionInput{
		ApplicationId: &f.application, ConfigurationProfileId: &f.profile, VersionNumber: &version,
	})
	if err != nil {
		return fmt.Errorf("deleting version %d of the flags: %w", version, err)
	}
	return nil
}

// deploy deploys a version with the stack's own strategy.
func (f *flagStore) deploy(ctx context.Context, version string) error {
	_, err := f.client.StartDeployment(ctx, &appconfig.StartDeploymentInput{
		ApplicationId: &f.application, EnvironmentId: &f.environment, ConfigurationProfileId: &f.profile,
		ConfigurationVersion: &version, DeploymentStrategyId: &f.rollout,
	})
	if err != nil {
		return fmt.Errorf("deploying version %s of the flags: %w", version, err)
	}
	return nil
}

// enforcing returns a flags document in which a topic's schema is enforced, and all else is as in document.
func enforcing(document []byte, topic string) ([]byte, error) {
	var flags map[string]any
	if err := json.Unmarshal(document, &flags); err != nil {
		return nil, fmt.Errorf("reading the flags that are deployed: %w", err)
	}
	topics := member(flags, "topics")
	member(topics, topic)["schema"] = "enforce"
	changed, err := json.Marshal(flags)
	if err != nil {
		return nil, fmt.Errorf("writing the changed flags: %w", err)
	}
	return changed, nil
}

// member returns the object under a name, which it puts there if there is none.
func member(object map[string]any, name string) map[string]any {
	inner, ok := object[name].(map[string]any)
	if !ok {
		inner = map[string]any{}
		object[name] = inner
	}
	return inner
}
