package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
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
	if err := f.find(ctx, stackName+"-cc-eventbridge"); err != nil {
		return nil, fmt.Errorf("looking for the flags of stack %s: %w", stackName, err)
	}
	return f, nil
}

func (f *flagStore) find(ctx context.Context, application string) error {
	applications, err := f.client.ListApplications(ctx, &appconfig.ListApplicationsInput{})
	if err != nil {
		return err
	}
	f.application, err = idOf(application, applications.Items, func(a types.Application) (name, id *string) { return a.Name, a.Id })
	if err != nil {
		return err
	}
	environments, err := f.client.ListEnvironments(ctx, &appconfig.ListEnvironmentsInput{ApplicationId: &f.application})
	if err != nil {
		return err
	}
	f.environment, err = idOf(flagsEnvironment, environments.Items, func(e types.Environment) (name, id *string) { return e.Name, e.Id })
	if err != nil {
		return err
	}
	profiles, err := f.client.ListConfigurationProfiles(ctx, &appconfig.ListConfigurationProfilesInput{ApplicationId: &f.application})
	if err != nil {
		return err
	}
	f.profile, err = idOf(flagsProfile, profiles.Items, func(p types.ConfigurationProfileSummary) (name, id *string) {
		return p.Name, p.Id
	})
	if err != nil {
		return err
	}
	strategies, err := f.client.ListDeploymentStrategies(ctx, &appconfig.ListDeploymentStrategiesInput{})
	if err != nil {
		return err
	}
	f.rollout, err = idOf(application+"-flags", strategies.Items, func(s types.DeploymentStrategy) (name, id *string) {
		return s.Name, s.Id
	})
	return err
}

// idOf returns the id of the item that has a name.
func idOf[T any](want string, items []T, of func(T) (name, id *string)) (string, error) {
	for _, item := range items {
		if name, id := of(item); aws.ToString(name) == want {
			return aws.ToString(id), nil
		}
	}
	return "", fmt.Errorf("none of %d of AppConfig's %T is named %s", len(items), *new(T), want)
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
