package awsprovider

import (
	"context"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	"github.com/aws/aws-sdk-go-v2/service/appconfig/types"
)

func deploymentStrategy() *resourceType {
	return &resourceType{
		token: "aws:appconfig/deploymentStrategy:DeploymentStrategy",
		inputs: properties{
			"name":                        str(required, replaces, must(named(maxConfigName, `.`))),
			"description":                 configDescription(),
			"deploymentDurationInMinutes": integer(required, must(between(0, maxConfigMinutes))),
			"finalBakeTimeInMinutes":      integer(fallback(0.0), must(between(0, maxConfigMinutes))),
			"growthFactor":                number(required, must(between(1, 100))),
			"growthType":                  str(fallback("LINEAR"), must(oneOf("LINEAR", "EXPONENTIAL"))),
			"replicateTo":                 str(required, replaces, must(oneOf("NONE", "SSM_DOCUMENT"))),
			"tags":                        tags(),
		},
		outputs: []string{"arn"},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			out, err := c.appconfig().CreateDeploymentStrategy(ctx, &appconfig.CreateDeploymentStrategyInput{
				Name: in.strp("name"), Description: in.strp("description"), Tags: in.stringMap("tags"),
				DeploymentDurationInMinutes: in.int32p("deploymentDurationInMinutes"), FinalBakeTimeInMinutes: int32(in.number("finalBakeTimeInMinutes")),
				GrowthFactor: growthFactor(in), GrowthType: types.GrowthType(in.str("growthType")), ReplicateTo: types.ReplicateTo(in.str("replicateTo")),
			})
			if err != nil {
				return "", wrap(err, "creating deployment strategy "+in.str("name"))
			}
			return aws.ToString(out.Id), nil
		},
		read: readDeploymentStrategy,
		update: func(ctx context.Context, c *cloud, id string, old, next args) error {
			_, err := c.appconfig().UpdateDeploymentStrategy(ctx, &appconfig.UpdateDeploymentStrategyInput{
				DeploymentStrategyId: &id, Description: aws.String(next.str("description")), GrowthFactor: growthFactor(next),
				DeploymentDurationInMinutes: next.int32p("deploymentDurationInMinutes"), FinalBakeTimeInMinutes: next.int32p("finalBakeTimeInMinutes"),
				GrowthType: types.GrowthType(next.str("growthType")),
			})
			if err != nil {
				return wrap(err, "updating deployment strategy "+id)
			}
			return updateConfigTags(ctx, c, "deploymentstrategy/"+id, old, next)
		},
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			_, err := c.appconfig().DeleteDeploymentStrategy(ctx, &appconfig.DeleteDeploymentStrategyInput{DeploymentStrategyId: &id})
			return gone(err, "deleting deployment strategy "+id, appConfigNotFound)
		},
	}
}

func growthFactor(in args) *float32 { return aws.Float32(float32(in.number("growthFactor"))) }

// decimal is the shortest number that means f: 33.3 must not come back as 33.29999923706055.
func decimal(f *float32) float64 {
	out, err := strconv.ParseFloat(strconv.FormatFloat(float64(aws.ToFloat32(f)), 'g', -1, 32), 64)
	if err != nil { // what FormatFloat writes is always a number
		return float64(aws.ToFloat32(f))
	}
	return out
}

func readDeploymentStrategy(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	out, err := c.appconfig().GetDeploymentStrategy(ctx, &appconfig.GetDeploymentStrategyInput{DeploymentStrategyId: &id})
	if err != nil {
		return nil, gone(err, "reading deployment strategy "+id, appConfigNotFound)
	}
	observed := args{
		"name": aws.ToString(out.Name), "description": optional(out.Description), "growthFactor": decimal(out.GrowthFactor),
		"deploymentDurationInMinutes": float64(out.DeploymentDurationInMinutes), "finalBakeTimeInMinutes": float64(out.FinalBakeTimeInMinutes),
		"growthType": string(out.GrowthType), "replicateTo": string(out.ReplicateTo),
	}
	return observed, readConfigTags(ctx, c, "deploymentstrategy/"+id, observed)
}
