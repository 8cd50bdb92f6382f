package awsprovider

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
)

func logsTypes() []*resourceType {
	return []*resourceType{{
		token: "aws:cloudwatch/logGroup:LogGroup",
		inputs: properties{
			"name":            str(identity, as("LogGroupName"), must(named(512, `[.\-_/#A-Za-z0-9]`))),
			"retentionInDays": integer(fallback(0.0)),
			"tags":            tags(),
		},
		outputs: map[string]string{"arn": "Arn"},
		id:      "LogGroupName",
		create:  op((*cloud).logs, (*cloudwatchlogs.Client).CreateLogGroup),
		read:    logGroupsLike, found: "LogGroups",
		also: func(_ context.Context, _ *cloud, id string, _ any, _, found args) error {
			if found.Text("name") != id { // the first with this prefix
				return errNotFound
			}
			found["arn"] = strings.TrimSuffix(found.Text("arn"), ":*")
			return nil
		},
		edits:  []edit{{on: []string{"retentionInDays"}, follows: true, do: setRetention}},
		remove: op((*cloud).logs, (*cloudwatchlogs.Client).DeleteLogGroup),
		gone:   []string{"ResourceNotFoundException"},
		tags: &tagging{
			"arn", op((*cloud).logs, (*cloudwatchlogs.Client).ListTagsForResource), op((*cloud).logs, (*cloudwatchlogs.Client).TagResource),
			op((*cloud).logs, (*cloudwatchlogs.Client).UntagResource),
		},
	}}
}

// logGroupsLike answers the groups whose names begin with a name, in order: the one of this name is the first.
func logGroupsLike(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
	var named struct{ LogGroupName *string }
	if err := fill(&named); err != nil {
		return nil, err
	}
	return c.logs().DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: named.LogGroupName})
}

// setRetention: 0 keeps for ever.
func setRetention(ctx context.Context, c *cloud, id string, _, next args) error {
	days := int32(next.Number("retentionInDays"))
	if days == 0 {
		_, err := c.logs().DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: &id})
		return err
	}
	_, err := c.logs().PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &id, RetentionInDays: &days})
	return err
}
