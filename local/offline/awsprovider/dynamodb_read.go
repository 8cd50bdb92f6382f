package awsprovider

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func readTable(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	out, err := c.dynamodb().DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &id})
	if err != nil {
		return nil, gone(err, "reading table "+id, tableNotFound)
	}
	t := out.Table
	observed := args{
		"arn": aws.ToString(t.TableArn), "name": aws.ToString(t.TableName), "streamArn": aws.ToString(t.LatestStreamArn),
		"streamLabel": aws.ToString(t.LatestStreamLabel), "billingMode": provisioned, "rangeKey": nil,
		"deletionProtectionEnabled": aws.ToBool(t.DeletionProtectionEnabled), "tableClass": string(types.TableClassStandard),
		"serverSideEncryption": nil, "onDemandThroughput": nil, "readCapacity": nil, "writeCapacity": nil,
	}
	if t.BillingModeSummary != nil {
		observed["billingMode"] = string(t.BillingModeSummary.BillingMode)
	}
	if p := t.ProvisionedThroughput; p != nil && observed["billingMode"] == provisioned {
		observed["readCapacity"], observed["writeCapacity"] = optional(p.ReadCapacityUnits), optional(p.WriteCapacityUnits)
	}
	for _, k := range t.KeySchema {
		observed[map[types.KeyType]string{types.KeyTypeHash: "hashKey", types.KeyTypeRange: "rangeKey"}[k.KeyType]] = aws.ToString(k.AttributeName)
	}
	attributes := []any{}
	for _, a := range t.AttributeDefinitions {
		attributes = append(attributes, map[string]any{"name": aws.ToString(a.AttributeName), "type": string(a.AttributeType)})
	}
	observed["attributes"] = attributes
	if t.TableClassSummary != nil && t.TableClassSummary.TableClass != "" {
		observed["tableClass"] = string(t.TableClassSummary.TableClass)
	}
	if s := t.SSEDescription; s != nil && strings.HasPrefix(string(s.Status), "ENABL") {
		observed["serverSideEncryption"] = map[string]any{"enabled": true, "kmsKeyArn": optional(s.KMSMasterKeyArn)}
	}
	if o := t.OnDemandThroughput; o != nil {
		observed["onDemandThroughput"] = map[string]any{
			"maxReadRequestUnits": optional(o.MaxReadRequestUnits), "maxWriteRequestUnits": optional(o.MaxWriteRequestUnits),
		}
	}
	return observed, readTableExtras(ctx, c, id, observed)
}

// readTableExtras reads what DescribeTable does not tell.
func readTableExtras(ctx context.Context, c *cloud, id string, observed args) error {
	ttl, err := c.dynamodb().DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &id})
	if err != nil {
		return gone(err, "reading the time to live of table "+id, tableNotFound)
	}
	observed["ttl"] = nil
	if d := ttl.TimeToLiveDescription; d != nil && strings.HasPrefix(string(d.TimeToLiveStatus), "ENABL") {
		observed["ttl"] = map[string]any{"attributeName": aws.ToString(d.AttributeName), "enabled": true}
	}
	backups, err := c.dynamodb().DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &id})
	if tolerated := c.tolerate(ctx, "reading the point-in-time recovery of table "+id, err); tolerated != nil {
		return gone(tolerated, "reading the backups of table "+id, "TableNotFoundException", tableNotFound)
	}
	if err == nil {
		observed["pointInTimeRecovery"] = map[string]any{"enabled": false}
		if d := backups.ContinuousBackupsDescription; d != nil && d.PointInTimeRecoveryDescription != nil &&
			d.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus == types.PointInTimeRecoveryStatusEnabled {
			observed["pointInTimeRecovery"] = map[string]any{
				"enabled": true, "recoveryPeriodInDays": optional(d.PointInTimeRecoveryDescription.RecoveryPeriodInDays),
			}
		}
	}
	tagged, err := c.dynamodb().ListTagsOfResource(ctx, &dynamodb.ListTagsOfResourceInput{ResourceArn: aws.String(observed.str("arn"))})
	if err != nil {
		return gone(err, "reading the tags of table "+id, tableNotFound)
	}
	observed["tags"] = tagMap(tagged.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value })
	return nil
}
