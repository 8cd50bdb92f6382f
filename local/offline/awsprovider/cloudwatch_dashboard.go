package awsprovider

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
)

func dashboard() *resourceType {
	put := func(ctx context.Context, c *cloud, in args) error {
		_, err := c.alarms().PutDashboard(ctx, &cloudwatch.PutDashboardInput{
			DashboardName: in.strp("dashboardName"), DashboardBody: aws.String(in.document("dashboardBody")),
		})
		return wrap(err, "putting dashboard "+in.str("dashboardName"))
	}
	return &resourceType{
		token: "aws:cloudwatch/dashboard:Dashboard",
		inputs: properties{
			"dashboardName": str(identity, must(named(255, `[\w-]`))),
			"dashboardBody": document(required, must(jsonObject)),
		},
		outputs: []string{"dashboardArn"},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			if err := put(ctx, c, in); err != nil {
				return "", err
			}
			return in.str("dashboardName"), nil
		},
		read: func(ctx context.Context, c *cloud, id string, _ args) (args, error) {
			out, err := c.alarms().GetDashboard(ctx, &cloudwatch.GetDashboardInput{DashboardName: &id})
			if err != nil {
				return nil, gone(err, "reading dashboard "+id, "ResourceNotFound", "DashboardNotFoundError")
			}
			return args{
				"dashboardArn": aws.ToString(out.DashboardArn), "dashboardName": id, "dashboardBody": aws.ToString(out.DashboardBody),
			}, nil
		},
		update: func(ctx context.Context, c *cloud, _ string, _, next args) error { return put(ctx, c, next) },
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			_, err := c.alarms().DeleteDashboards(ctx, &cloudwatch.DeleteDashboardsInput{DashboardNames: []string{id}})
			return gone(err, "deleting dashboard "+id, "ResourceNotFound", "DashboardNotFoundError")
		},
	}
}
