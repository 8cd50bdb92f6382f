package awsprovider

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
)

func configEnvironment() *resourceType {
	return &resourceType{
		token: "aws:appconfig/environment:Environment",
		inputs: properties{
			"applicationId": configID(),
			"name":          configName(maxConfigName),
			"description":   configDescription(fallback("")),
			"monitors": set(object(properties{
				"alarmArn": str(required, must(arn)), "alarmRoleArn": str(must(arn)),
			}), must(sized(0, maxConfigMonitors))),
			"tags": tags(),
		},
		outputs: []string{"arn", "environmentId", "state"},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			out, err := c.appconfig().CreateEnvironment(ctx, &appconfig.CreateEnvironmentInput{
				ApplicationId: in.strp("applicationId"), Name: in.strp("name"), Description: in.strp("description"),
				Monitors: monitors(in), Tags: in.stringMap("tags"),
			})
			if err != nil {
				return "", wrap(err, "creating environment "+in.str("name"))
			}
			return aws.ToString(out.Id) + ":" + in.str("applicationId"), nil
		},
		read: readConfigEnvironment,
		update: func(ctx context.Context, c *cloud, id string, old, next args) error {
			environment, application, err := configIDs(id)
			if err != nil {
				return err
			}
			_, err = c.appconfig().UpdateEnvironment(ctx, &appconfig.UpdateEnvironmentInput{
				ApplicationId: &application, EnvironmentId: &environment, Name: next.strp("name"),
				Description: aws.String(next.str("description")), Monitors: monitors(next),
			})
			if err != nil {
				return wrap(err, "updating environment "+id)
			}
			return updateConfigTags(ctx, c, environmentPath(application, environment), old, next)
		},
		remove: removeConfigEnvironment,
	}
}

func environmentPath(application, environment string) string {
	return "application/" + application + "/environment/" + environment
}

// monitors is never nil: to AppConfig a missing list means that they stay as they are.
func monitors(in args) []types.Monitor {
	out := []types.Monitor{}
	for _, m := range in.objects("monitors") {
		out = append(out, types.Monitor{AlarmArn: m.strp("alarmArn"), AlarmRoleArn: m.strp("alarmRoleArn")})
	}
	return out
}

func readConfigEnvironment(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	environment, application, err := configIDs(id)
	if err != nil {
		return nil, err
	}
	out, err := c.appconfig().GetEnvironment(ctx, &appconfig.GetEnvironmentInput{ApplicationId: &application, EnvironmentId: &environment})
	if err != nil {
		return nil, gone(err, "reading environment "+id, appConfigNotFound)
	}
	watching := []any{}
	for _, m := range out.Monitors {
		watching = append(watching, map[string]any{"alarmArn": optional(m.AlarmArn), "alarmRoleArn": optional(m.AlarmRoleArn)})
	}
	observed := args{
		"applicationId": application, "environmentId": environment, "name": aws.ToString(out.Name), "description": optional(out.Description),
		"monitors": nonEmpty(watching), "state": string(out.State),
	}
	return observed, readConfigTags(ctx, c, environmentPath(application, environment), observed)
}

// removeConfigEnvironment keeps to AppConfig, which deletes no environment during a deployment.
func removeConfigEnvironment(ctx context.Context, c *cloud, id string, _ args) error {
	environment, application, err := configIDs(id)
	if err != nil {
		return err
	}
	listed, err := c.appconfig().ListDeployments(ctx, &appconfig.ListDeploymentsInput{ApplicationId: &application, EnvironmentId: &environment})
	if err != nil {
		return gone(err, "listing the deployments of environment "+id, appConfigNotFound)
	}
	for _, d := range listed.Items {
		if underWay(d.State) {
			return fmt.Errorf("deleting environment %s: ConflictException: deployment %d is in progress (%s): wait until it is complete "+
				"or stop it (aws appconfig stop-deployment)", id, d.DeploymentNumber, d.State)
		}
	}
	_, err = c.appconfig().DeleteEnvironment(ctx, &appconfig.DeleteEnvironmentInput{ApplicationId: &application, EnvironmentId: &environment})
	return gone(err, "deleting environment "+id, appConfigNotFound)
}
