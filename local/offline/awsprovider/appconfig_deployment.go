package awsprovider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
)

// conflictDeadline is how long the published provider asks again when another deployment to the environment is in progress.
const conflictDeadline = 30 * time.Minute

// deployment starts a deployment and does not wait for its end, as the published provider. It cannot be deleted.
func deployment() *resourceType {
	return &resourceType{
		token: "aws:appconfig/deployment:Deployment",
		inputs: properties{
			"applicationId":          configID(),
			"environmentId":          configID(),
			"configurationProfileId": configID(),
			"configurationVersion":   str(required, replaces, must(versionNumber)),
			"deploymentStrategyId":   str(required, replaces, must(idLike(strategyIDPattern))),
			"description":            configDescription(replaces),
			"tags":                   tags(),
		},
		outputs: []string{"arn", "deploymentNumber", "kmsKeyArn", "state"},
		create:  startDeployment, read: readDeployment,
		update: func(ctx context.Context, c *cloud, id string, old, next args) error { // only tags can change
			d, err := parseNumberedID(id)
			if err != nil {
				return err
			}
			return updateConfigTags(ctx, c, deploymentPath(d), old, next)
		},
		// The published provider only forgets it: what was deployed stays deployed, and what is in progress goes on.
		remove: func(context.Context, *cloud, string, args) error { return nil },
	}
}

func versionNumber(v any) error {
	s, _ := v.(string)
	if n, err := strconv.ParseInt(s, 10, 32); err != nil || n < 1 {
		return fmt.Errorf("value %q should be a version number: version labels are not implemented by this stand-in for the aws provider", s)
	}
	return nil
}

// underWay tells whether a deployment is in progress.
func underWay(s types.DeploymentState) bool {
	switch s {
	case types.DeploymentStateBaking, types.DeploymentStateValidating, types.DeploymentStateDeploying, types.DeploymentStateRollingBack:
		return true
	default:
		return false
	}
}

func startDeployment(ctx context.Context, c *cloud, in args) (string, error) {
	doing := "deploying version " + in.str("configurationVersion") + " to environment " + in.str("environmentId")
	if err := deployable(ctx, c, in); err != nil {
		return "", wrap(err, doing)
	}
	var out *appconfig.StartDeploymentOutput
	var refused error
	err := until(ctx, conflictDeadline, "the end of another deployment", func() (bool, error) {
		out, refused = c.appconfig().StartDeployment(ctx, &appconfig.StartDeploymentInput{
			ApplicationId: in.strp("applicationId"), EnvironmentId: in.strp("environmentId"), Description: aws.String(in.str("description")),
			ConfigurationProfileId: in.strp("configurationProfileId"), ConfigurationVersion: in.strp("configurationVersion"),
			DeploymentStrategyId: in.strp("deploymentStrategyId"), Tags: in.stringMap("tags"),
		})
		return !hasCode(refused, "ConflictException"), nil
	})
	if err := cmp.Or(err, refused); err != nil {
		return "", wrap(err, doing)
	}
	d := numberedID{in.str("applicationId"), in.str("environmentId"), out.DeploymentNumber}
	return d.String(), c.tagDeployment(ctx, d, in)
}

// deployable: AppConfig deploys what exists and passes the validators that the profile has now.
func deployable(ctx context.Context, c *cloud, in args) error {
	v, err := parseNumberedID(in.str("applicationId") + "/" + in.str("configurationProfileId") + "/" + in.str("configurationVersion"))
	if err != nil {
		return err
	}
	version, err := getHostedVersion(ctx, c, v)
	if errors.Is(err, errNotFound) {
		return fmt.Errorf("ResourceNotFoundException: hosted configuration version %s does not exist", v)
	}
	if err != nil {
		return err
	}
	profile, err := getConfigProfile(ctx, c, v.application, v.child)
	if err != nil {
		return err
	}
	if err := applyValidators(profile.Validators, version.Content); err != nil {
		return err
	}
	strategy := in.str("deploymentStrategyId")
	if strings.HasPrefix(strategy, "AppConfig.") { // those that AWS has
		return nil
	}
	_, err = c.appconfig().GetDeploymentStrategy(ctx, &appconfig.GetDeploymentStrategyInput{DeploymentStrategyId: &strategy})
	return wrap(err, "reading deployment strategy "+strategy)
}

func deploymentPath(d numberedID) string {
	return fmt.Sprintf("%s/deployment/%d", environmentPath(d.application, d.child), d.number)
}

func readDeployment(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	d, err := parseNumberedID(id)
	if err != nil {
		return nil, err
	}
	out, err := c.appconfig().GetDeployment(ctx, &appconfig.GetDeploymentInput{
		ApplicationId: &d.application, EnvironmentId: &d.child, DeploymentNumber: &d.number,
	})
	if err != nil {
		return nil, gone(err, "reading deployment "+id, appConfigNotFound)
	}
	observed := args{
		"applicationId": aws.ToString(out.ApplicationId), "environmentId": aws.ToString(out.EnvironmentId),
		"configurationProfileId": aws.ToString(out.ConfigurationProfileId), "configurationVersion": aws.ToString(out.ConfigurationVersion),
		"deploymentStrategyId": aws.ToString(out.DeploymentStrategyId), "description": optional(out.Description),
		"deploymentNumber": float64(out.DeploymentNumber), "state": string(out.State), "kmsKeyArn": aws.ToString(out.KmsKeyArn),
	}
	return observed, readConfigTags(ctx, c, deploymentPath(d), observed)
}
