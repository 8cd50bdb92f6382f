package awsprovider

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

const (
	maxLogGroupName  = 512
	logGroupNotFound = "ResourceNotFoundException"
)

func logsTypes() []*resourceType {
	return []*resourceType{{
		token: "aws:cloudwatch/logGroup:LogGroup",
		inputs: properties{
			"name":            str(identity, must(named(maxLogGroupName, `[.\-_/#A-Za-z0-9]`))),
			"kmsKeyId":        str(must(arn)),
			"logGroupClass":   str(replaces, fallback("STANDARD"), must(oneOf("STANDARD", "INFREQUENT_ACCESS", "DELIVERY"))),
			"retentionInDays": integer(fallback(0.0), must(retention)),
			"skipDestroy":     boolean(fallback(false)),
			"tags":            tags(),
		},
		outputs: []string{"arn"},
		create:  createLogGroup, read: readLogGroup, update: updateLogGroup, remove: deleteLogGroup,
	}}
}

// retention holds the days that CloudWatch Logs accepts; 0 keeps for ever.
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
func retention(v any) error {
	return oneOf(0.0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)(v)
}

func createLogGroup(ctx context.Context, c *cloud, in args) (string, error) {
	name := in.str("name")
	if _, err := c.logs().CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName: &name, KmsKeyId: in.strp("kmsKeyId"), LogGroupClass: types.LogGroupClass(in.str("logGroupClass")),
		Tags: in.stringMap("tags"),
	}); err != nil {
		return "", wrap(err, "creating log group "+name)
	}
	return name, setLogRetention(ctx, c, name, args{"retentionInDays": 0.0}, in)
}

func setLogRetention(ctx context.Context, c *cloud, name string, old, next args) error {
	switch days := next.int32p("retentionInDays"); {
	case old["retentionInDays"] == next["retentionInDays"]:
		return nil
	case *days == 0:
		_, err := c.logs().DeleteRetentionPolicy(ctx, &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: &name})
		return wrap(err, "removing the retention of log group "+name)
	default:
		_, err := c.logs().PutRetentionPolicy(ctx, &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: &name, RetentionInDays: days})
		return wrap(err, "setting the retention of log group "+name)
	}
}

func readLogGroup(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	pages := cloudwatchlogs.NewDescribeLogGroupsPaginator(c.logs(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, gone(err, "reading log group "+id, logGroupNotFound)
		}
		for _, g := range page.LogGroups {
			if aws.ToString(g.LogGroupName) == id {
				return observedLogGroup(ctx, c, g)
			}
		}
	}
	return nil, errNotFound
}

func observedLogGroup(ctx context.Context, c *cloud, g types.LogGroup) (args, error) {
	name, arn := aws.ToString(g.LogGroupName), strings.TrimSuffix(aws.ToString(g.Arn), ":*")
	observed := args{"arn": arn, "name": name, "kmsKeyId": optional(g.KmsKeyId), "retentionInDays": 0.0}
	if g.RetentionInDays != nil {
		observed["retentionInDays"] = float64(*g.RetentionInDays)
	}
	if g.LogGroupClass != "" {
		observed["logGroupClass"] = string(g.LogGroupClass)
	}
	tagged, err := c.logs().ListTagsForResource(ctx, &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return nil, gone(err, "reading the tags of log group "+name, logGroupNotFound)
	}
	observed["tags"] = nonEmpty(anyMap(tagged.Tags))
	return observed, nil
}

func updateLogGroup(ctx context.Context, c *cloud, id string, old, next args) error {
	if err := setLogRetention(ctx, c, id, old, next); err != nil {
		return err
	}
	if key := next.strp("kmsKeyId"); old["kmsKeyId"] != next["kmsKeyId"] {
		var err error
		if key == nil {
			_, err = c.logs().DisassociateKmsKey(ctx, &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: &id})
		} else {
			_, err = c.logs().AssociateKmsKey(ctx, &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: &id, KmsKeyId: key})
		}
		if err != nil {
			return wrap(err, "changing the key of log group "+id)
		}
	}
	set, removed := tagChanges(old, next)
	if len(set) == 0 && len(removed) == 0 {
		return nil
	}
	observed, err := readLogGroup(ctx, c, id, nil)
	if err != nil {
		return wrap(err, "reading log group "+id)
	}
	arn := observed.strp("arn")
	if len(removed) > 0 {
		if _, err := c.logs().UntagResource(ctx, &cloudwatchlogs.UntagResourceInput{ResourceArn: arn, TagKeys: removed}); err != nil {
			return wrap(err, "untagging log group "+id)
		}
	}
	if len(set) > 0 {
		if _, err := c.logs().TagResource(ctx, &cloudwatchlogs.TagResourceInput{ResourceArn: arn, Tags: set}); err != nil {
			return wrap(err, "tagging log group "+id)
		}
	}
	return nil
}

func deleteLogGroup(ctx context.Context, c *cloud, id string, prior args) error {
	if prior.boolean("skipDestroy") {
		return nil
	}
	_, err := c.logs().DeleteLogGroup(ctx, &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: &id})
	return gone(err, "deleting log group "+id, logGroupNotFound)
}
