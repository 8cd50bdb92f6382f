package awsprovider

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// updateTable makes one change after the other, because DynamoDB takes one at a time and only on an ACTIVE table.
func updateTable(ctx context.Context, c *cloud, id string, old, next args) error {
	fields := dynamodbTypes()[0].inputs
	differs := func(name string) bool { return !same(fields[name], old[name], next[name]) }
	changes := []*dynamodb.UpdateTableInput{}
	if differs("deletionProtectionEnabled") {
		changes = append(changes, &dynamodb.UpdateTableInput{DeletionProtectionEnabled: aws.Bool(next.boolean("deletionProtectionEnabled"))})
	}
	if differs("billingMode") || differs("readCapacity") || differs("writeCapacity") {
		changes = append(changes, &dynamodb.UpdateTableInput{
			BillingMode: types.BillingMode(next.str("billingMode")), ProvisionedThroughput: throughput(next),
		})
	}
	if differs("tableClass") {
		changes = append(changes, &dynamodb.UpdateTableInput{TableClass: types.TableClass(next.str("tableClass"))})
	}
	if differs("onDemandThroughput") {
		limits := onDemand(next)
		if limits == nil { // -1 removes a limit
			limits = &types.OnDemandThroughput{MaxReadRequestUnits: aws.Int64(-1), MaxWriteRequestUnits: aws.Int64(-1)}
		}
		changes = append(changes, &dynamodb.UpdateTableInput{OnDemandThroughput: limits})
	}
	if differs("serverSideEncryption") {
		sse := encryption(next)
		if sse == nil {
			sse = &types.SSESpecification{Enabled: aws.Bool(false)}
		}
		changes = append(changes, &dynamodb.UpdateTableInput{SSESpecification: sse})
	}
	for _, change := range changes {
		change.TableName = &id
		if _, err := c.dynamodb().UpdateTable(ctx, change); err != nil {
			return wrap(err, "updating table "+id)
		}
		if err := tableActive(ctx, c, id); err != nil {
			return err
		}
	}
	if differs("ttl") {
		if err := updateTTL(ctx, c, id, old.object("ttl"), next.object("ttl")); err != nil {
			return err
		}
	}
	if differs("pointInTimeRecovery") {
		if err := setRecovery(ctx, c, id, next.object("pointInTimeRecovery")); err != nil {
			return err
		}
	}
	return updateTableTags(ctx, c, id, old, next)
}

// updateTTL switches one attribute off before it switches another one on. AWS may ask for an hour between the two.
func updateTTL(ctx context.Context, c *cloud, id string, old, next args) error {
	if old.boolean("enabled") && (!next.boolean("enabled") || old["attributeName"] != next["attributeName"]) {
		if err := setTTL(ctx, c, id, args{"attributeName": old["attributeName"], "enabled": false}); err != nil {
			return err
		}
	}
	if next.boolean("enabled") && (!old.boolean("enabled") || old["attributeName"] != next["attributeName"]) {
		return setTTL(ctx, c, id, next)
	}
	return nil
}

func updateTableTags(ctx context.Context, c *cloud, id string, old, next args) error {
	set, removed := tagChanges(old, next)
	if len(set) == 0 && len(removed) == 0 {
		return nil
	}
	out, err := c.dynamodb().DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &id})
	if err != nil {
		return wrap(err, "reading table "+id)
	}
	if len(removed) > 0 {
		if _, err := c.dynamodb().UntagResource(ctx, &dynamodb.UntagResourceInput{ResourceArn: out.Table.TableArn, TagKeys: removed}); err != nil {
			return wrap(err, "untagging table "+id)
		}
	}
	if len(set) > 0 {
		if _, err := c.dynamodb().TagResource(ctx, &dynamodb.TagResourceInput{
			ResourceArn: out.Table.TableArn, Tags: tagList(set, tableTag),
		}); err != nil {
			return wrap(err, "tagging table "+id)
		}
	}
	return nil
}
