package awsprovider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

func appConfigTypes() []*resourceType {
	gone := []string{"ResourceNotFoundException"}
	tagging := &tagging{
		"arn", op((*cloud).appconfig, (*appconfig.Client).ListTagsForResource), op((*cloud).appconfig, (*appconfig.Client).TagResource),
		op((*cloud).appconfig, (*appconfig.Client).UntagResource),
	}
	name := func() property { return str(required, must(named(64, `.`))) }
	return []*resourceType{
		{
			token:     "aws:appconfig/application:Application",
			inputs:    properties{"name": name(), "description": str(fallback("")), "tags": tags()},
			outputs:   map[string]string{"arn": ""},
			id:        "ApplicationId=Id",
			create:    op((*cloud).appconfig, (*appconfig.Client).CreateApplication),
			read:      op((*cloud).appconfig, (*appconfig.Client).GetApplication),
			also:      arnOf("application/%s"),
			edits:     []edit{{call: op((*cloud).appconfig, (*appconfig.Client).UpdateApplication)}},
			removable: applicationEmpty,
			remove:    op((*cloud).appconfig, (*appconfig.Client).DeleteApplication),
			gone:      gone,
			tags:      tagging,
		},
		{
			token: "aws:appconfig/environment:Environment",
			inputs: properties{
				"applicationId": str(required, replaces),
				"name":          name(),
				"description":   str(fallback("")),
				"monitors": set(object(properties{"alarmArn": str(required, must(arn)), "alarmRoleArn": str(must(arn))}),
					fallback([]any{})),
				"tags": tags(),
			},
			outputs:   map[string]string{"arn": "", "environmentId": "Id", "state": "State"},
			id:        "EnvironmentId=Id:ApplicationId",
			create:    op((*cloud).appconfig, (*appconfig.Client).CreateEnvironment),
			read:      op((*cloud).appconfig, (*appconfig.Client).GetEnvironment),
			also:      arnOf("application/%[2]s/environment/%[1]s"),
			edits:     []edit{{call: op((*cloud).appconfig, (*appconfig.Client).UpdateEnvironment)}},
			removable: nothingDeploying,
			remove:    op((*cloud).appconfig, (*appconfig.Client).DeleteEnvironment),
			gone:      gone,
			tags:      tagging,
		},
		{
			token: "aws:appconfig/configurationProfile:ConfigurationProfile",
			inputs: properties{
				"applicationId": str(required, replaces),
				"name":          name(),
				"description":   str(fallback("")),
				"locationUri":   str(required, replaces, must(only("hosted"))),
				"validators": set(object(properties{
					"type": str(required, must(only("JSON_SCHEMA"))), "content": document(must(validatorSchema)),
				}), fallback([]any{})),
				"tags": tags(),
			},
			outputs:   map[string]string{"arn": "", "configurationProfileId": "Id"},
			id:        "ConfigurationProfileId=Id:ApplicationId",
			create:    op((*cloud).appconfig, (*appconfig.Client).CreateConfigurationProfile),
			read:      op((*cloud).appconfig, (*appconfig.Client).GetConfigurationProfile),
			also:      arnOf("application/%[2]s/configurationprofile/%[1]s"),
			edits:     []edit{{call: op((*cloud).appconfig, (*appconfig.Client).UpdateConfigurationProfile)}},
			removable: noVersionsLeft,
			remove:    op((*cloud).appconfig, (*appconfig.Client).DeleteConfigurationProfile),
			gone:      gone,
			tags:      tagging,
		},
		{
			token: "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion",
			inputs: properties{
				"applicationId":          str(required),
				"configurationProfileId": str(required),
				"content":                str(required, secret),
				"contentType":            str(required),
				"description":            str(must(asciiOnly)),
			},
			outputs: map[string]string{"arn": "", "versionNumber": "VersionNumber"},
			id:      "ApplicationId/ConfigurationProfileId/VersionNumber",
			create:  op((*cloud).appconfig, (*appconfig.Client).CreateHostedConfigurationVersion),
			allowed: validContent,
			read:    op((*cloud).appconfig, (*appconfig.Client).GetHostedConfigurationVersion),
			also: func(ctx context.Context, c *cloud, id string, answer any, prior, found args) error {
				if err := c.notDeleted(ctx, answer.(*appconfig.GetHostedConfigurationVersionOutput), id); err != nil {
					return err
				}
				return arnOf("application/%s/configurationprofile/%s/hostedconfigurationversion/%s")(ctx, c, id, answer, prior, found)
			},
			removable: forgetHostedVersion,
			gone:      gone,
		},
		{
			token: "aws:appconfig/deploymentStrategy:DeploymentStrategy",
			inputs: properties{
				"name":                        str(required, replaces),
				"description":                 str(fallback("")),
				"deploymentDurationInMinutes": integer(required),
				"finalBakeTimeInMinutes":      integer(fallback(0.0)),
				"growthFactor":                number(required),
				"growthType":                  str(fallback("LINEAR"), must(oneOf("LINEAR", "EXPONENTIAL"))),
				"replicateTo":                 str(required, replaces, must(oneOf("NONE", "SSM_DOCUMENT"))),
				"tags":                        tags(),
			},
			outputs: map[string]string{"arn": ""},
			id:      "DeploymentStrategyId=Id",
			create:  op((*cloud).appconfig, (*appconfig.Client).CreateDeploymentStrategy),
			read:    op((*cloud).appconfig, (*appconfig.Client).GetDeploymentStrategy),
			also:    arnOf("deploymentstrategy/%s"),
			edits:   []edit{{call: op((*cloud).appconfig, (*appconfig.Client).UpdateDeploymentStrategy)}},
			remove:  op((*cloud).appconfig, (*appconfig.Client).DeleteDeploymentStrategy),
			gone:    gone,
			tags:    tagging,
		},
		{
			// It starts a deployment and does not wait for its end, as the published provider, which only forgets it when it
			// is deleted: what was deployed stays deployed, and what is in progress goes on.
			token: "aws:appconfig/deployment:Deployment",
			inputs: properties{
				"applicationId":          str(required, replaces),
				"environmentId":          str(required, replaces),
				"configurationProfileId": str(required, replaces),
				"configurationVersion":   str(required, replaces),
				"deploymentStrategyId":   str(required, replaces),
				"description":            str(replaces),
				"tags":                   tags(),
			},
			outputs: map[string]string{"arn": "", "deploymentNumber": "DeploymentNumber", "kmsKeyArn": "KmsKeyArn", "state": "State"},
			id:      "ApplicationId/EnvironmentId/DeploymentNumber",
			create:  afterOthers(op((*cloud).appconfig, (*appconfig.Client).StartDeployment)),
			allowed: deployable,
			read:    op((*cloud).appconfig, (*appconfig.Client).GetDeployment),
			also:    arnOf("application/%s/environment/%s/deployment/%s"),
			gone:    gone,
			tags:    tagging,
		},
	}
}

// arnOf completes the ARN, which AppConfig does not answer and takes for tags, from the parts of the id.
func arnOf(format string) func(context.Context, *cloud, string, any, args, args) error {
	return func(ctx context.Context, c *cloud, id string, _ any, _, found args) (err error) {
		var parts []any
		for _, part := range strings.FieldsFunc(id, func(r rune) bool { return r == ':' || r == '/' }) {
			parts = append(parts, part)
		}
		found["arn"], err = c.appConfigARN(ctx, fmt.Sprintf(format, parts...))
		return err
	}
}

func (c *cloud) appConfigARN(ctx context.Context, resource string) (string, error) {
	id, err := c.sts().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("asking which account the ARN of %s has: %w", resource, err)
	}
	return fmt.Sprintf("arn:%s:appconfig:%s:%s:%s", c.partition, c.region, aws.ToString(id.Account), resource), nil
}

// asciiOnly: AppConfig takes the description as an HTTP header (AWS AppConfig API reference, CreateHostedConfigurationVersion).
func asciiOnly(v any) error {
	if s, ok := v.(string); ok && strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return fmt.Errorf("text %q may only have printable ASCII characters", s)
	}
	return nil
}

// validContent: AppConfig applies the profile's validators to a new version.
func validContent(ctx context.Context, c *cloud, _, in args) error {
	return applyValidators(ctx, c, in.Text("applicationId"), in.Text("configurationProfileId"), []byte(in.Text("content")))
}

// deployable: AppConfig deploys what exists and passes the validators that the profile has now.
func deployable(ctx context.Context, c *cloud, old, in args) error {
	if old != nil {
		return nil
	}
	application, profile := in.Text("applicationId"), in.Text("configurationProfileId")
	id := fmt.Sprintf("%s/%s/%s", application, profile, in.Text("configurationVersion"))
	versions := slices.IndexFunc(appConfigTypes(), func(r *resourceType) bool { return r.token.Name() == "HostedConfigurationVersion" })
	version, err := appConfigTypes()[versions].observe(ctx, c, id, nil)
	if errors.Is(err, errNotFound) {
		return fmt.Errorf("ResourceNotFoundException: hosted configuration version %s does not exist", id)
	}
	if err != nil {
		return err
	}
	if err := applyValidators(ctx, c, application, profile, []byte(version.Text("content"))); err != nil {
		return err
	}
	strategy := in.Text("deploymentStrategyId")
	if strings.HasPrefix(strategy, "AppConfig.") { // those that AWS has
		return nil
	}
	_, err = c.appconfig().GetDeploymentStrategy(ctx, &appconfig.GetDeploymentStrategyInput{DeploymentStrategyId: &strategy})
	return wrap(err, "reading deployment strategy "+strategy)
}

// afterOthers asks again while another deployment to the environment is in progress, as long as the published provider.
func afterOthers(start call) call {
	return func(ctx context.Context, c *cloud, fill func(any) error) (answer any, err error) {
		waited := until(ctx, 30*time.Minute, "the end of another deployment", func() (bool, error) {
			answer, err = start(ctx, c, fill)
			return !hasCode(err, "ConflictException"), nil
		})
		return answer, errors.Join(waited, err)
	}
}

// applicationEmpty keeps to AppConfig, which deletes no application that has something in it.
func applicationEmpty(ctx context.Context, c *cloud, id string, _ args) error {
	environments, err := c.appconfig().ListEnvironments(ctx, &appconfig.ListEnvironmentsInput{ApplicationId: &id})
	if err != nil {
		return err
	}
	profiles, err := c.appconfig().ListConfigurationProfiles(ctx, &appconfig.ListConfigurationProfilesInput{ApplicationId: &id})
	if err != nil {
		return err
	}
	if e, p := len(environments.Items), len(profiles.Items); e+p > 0 {
		return fmt.Errorf("BadRequestException: it has %d environments and %d configuration profiles, which must be deleted first", e, p)
	}
	return nil
}

// nothingDeploying keeps to AppConfig, which deletes no environment during a deployment.
func nothingDeploying(ctx context.Context, c *cloud, id string, _ args) error {
	environment, application, _ := strings.Cut(id, ":")
	listed, err := c.appconfig().ListDeployments(ctx, &appconfig.ListDeploymentsInput{ApplicationId: &application, EnvironmentId: &environment})
	if err != nil {
		return err
	}
	for _, d := range listed.Items {
		switch d.State {
		case types.DeploymentStateBaking, types.DeploymentStateValidating, types.DeploymentStateDeploying, types.DeploymentStateRollingBack:
			return fmt.Errorf("ConflictException: deployment %d is in progress (%s): wait until it is complete or stop it "+
				"(aws appconfig stop-deployment)", d.DeploymentNumber, d.State)
		default:
		}
	}
	return nil
}

// noVersionsLeft keeps to AppConfig, which deletes no profile that has versions, also such as others made.
func noVersionsLeft(ctx context.Context, c *cloud, id string, _ args) error {
	profile, application, _ := strings.Cut(id, ":")
	deleted, err := c.deletedVersions(ctx, application, profile)
	if err != nil {
		return err
	}
	var left []int32
	pages := appconfig.NewListHostedConfigurationVersionsPaginator(c.appconfig(), &appconfig.ListHostedConfigurationVersionsInput{
		ApplicationId: &application, ConfigurationProfileId: &profile,
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, v := range page.Items {
			if !slices.Contains(deleted, v.VersionNumber) {
				left = append(left, v.VersionNumber)
			}
		}
	}
	if len(left) > 0 {
		return fmt.Errorf("BadRequestException: Cannot delete configuration profile %s because there are still hosted configuration "+
			"versions existing under it: %v", profile, left)
	}
	return nil
}
