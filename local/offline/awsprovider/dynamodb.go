package awsprovider

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func dynamodbTypes() []*resourceType {
	update := op((*cloud).dynamodb, (*dynamodb.Client).UpdateTable)
	return []*resourceType{{
		token: "aws:dynamodb/table:Table",
		inputs: properties{
			"name":        str(identity, as("TableName"), must(named(255, `[a-zA-Z0-9_.-]`))),
			"billingMode": str(required, as("BillingMode", "BillingModeSummary.BillingMode"), must(only("PAY_PER_REQUEST"))),
			"hashKey":     str(required, replaces, as("KeySchema.AttributeName")),
			"attributes": set(object(properties{
				"name": str(required, as("AttributeName")), "type": str(required, as("AttributeType"), must(oneOf("S", "N", "B"))),
			}), required, as("AttributeDefinitions")),
			"ttl":                       object(properties{"attributeName": str(required), "enabled": boolean(fallback(false))}, computed),
			"pointInTimeRecovery":       object(properties{"enabled": boolean(required)}, computed),
			"deletionProtectionEnabled": boolean(fallback(false)),
			"tags":                      tags(),
		},
		outputs: map[string]string{"arn": "TableArn", "streamArn": "LatestStreamArn", "streamLabel": "LatestStreamLabel"},
		rules:   []func(args) *problem{keyDefined},
		id:      "TableName",
		create:  op((*cloud).dynamodb, (*dynamodb.Client).CreateTable),
		request: func(_ *cloud, request any, in args) error {
			if r, ok := request.(*dynamodb.CreateTableInput); ok {
				r.KeySchema = []types.KeySchemaElement{{AttributeName: aws.String(in.Text("hashKey")), KeyType: types.KeyTypeHash}}
			}
			return nil
		},
		ready: tableActive,
		read:  op((*cloud).dynamodb, (*dynamodb.Client).DescribeTable), found: "Table", also: readTableSettings,
		edits: []edit{ // DynamoDB takes one change at a time
			{on: []string{"deletionProtectionEnabled"}, call: update},
			{on: []string{"ttl"}, follows: true, do: updateTTL},
			{on: []string{"pointInTimeRecovery"}, follows: true, do: updateRecovery},
		},
		removable: func(ctx context.Context, c *cloud, id string, _ args) error { // AWS refuses; not every emulator does
			out, err := c.dynamodb().DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &id})
			if err == nil && aws.ToBool(out.Table.DeletionProtectionEnabled) {
				return fmt.Errorf("ValidationException: Resource cannot be deleted as it is currently protected against deletion. "+
					"Disable deletion protection first: set deletionProtectionEnabled of table %s to false and update the stack", id)
			}
			return err
		},
		remove:   op((*cloud).dynamodb, (*dynamodb.Client).DeleteTable),
		vanished: true,
		gone:     []string{"ResourceNotFoundException", "TableNotFoundException"},
		tags: &tagging{
			"arn", op((*cloud).dynamodb, (*dynamodb.Client).ListTagsOfResource), op((*cloud).dynamodb, (*dynamodb.Client).TagResource),
			op((*cloud).dynamodb, (*dynamodb.Client).UntagResource),
		},
	}}
}

// keyDefined: DynamoDB wants the definition of the key attribute, and of no other.
func keyDefined(in args) *problem {
	if !in.Known("attributes") || !in.Known("hashKey") {
		return nil
	}
	for _, a := range in.Objects("attributes") {
		if a.Text("name") != in.Text("hashKey") {
			return &problem{Property: "attributes", Reason: fmt.Sprintf("all attributes must be indexed. Unused attributes: [%q]", a.Text("name"))}
		}
	}
	return nil
}

func tableActive(ctx context.Context, c *cloud, name string) error {
	return until(ctx, stateDeadline, "table "+name+" to be ACTIVE", func() (bool, error) {
		out, err := c.dynamodb().DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
		return err == nil && out.Table.TableStatus == types.TableStatusActive, err
	})
}

// updateTTL switches one attribute off before it switches another one on. AWS may ask for an hour between the two.
func updateTTL(ctx context.Context, c *cloud, id string, old, next args) error {
	was, wanted := old.Object("ttl"), next.Object("ttl")
	moved := was.Text("attributeName") != wanted.Text("attributeName")
	turn := func(on bool, attribute string) error {
		_, err := c.dynamodb().UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
			TableName: &id, TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &attribute, Enabled: &on},
		})
		return wrap(err, "setting the time to live of table "+id)
	}
	if was.Bool("enabled") && (!wanted.Bool("enabled") || moved) {
		if err := turn(false, was.Text("attributeName")); err != nil {
			return err
		}
	}
	if wanted.Bool("enabled") && (!was.Bool("enabled") || moved) {
		return turn(true, wanted.Text("attributeName"))
	}
	return nil
}

func updateRecovery(ctx context.Context, c *cloud, id string, _, next args) error {
	unavailable := func(err error) bool { return hasCode(err, "ContinuousBackupsUnavailableException") }
	return eventually(ctx, "backups of table "+id+" to be available", unavailable, func() error {
		_, err := c.dynamodb().UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
			TableName: &id, PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{
				PointInTimeRecoveryEnabled: aws.Bool(next.Object("pointInTimeRecovery").Bool("enabled")),
			},
		})
		return c.tolerate(ctx, "point-in-time recovery of table "+id, err)
	})
}

// readTableSettings reads what DescribeTable does not tell.
func readTableSettings(ctx context.Context, c *cloud, id string, _ any, _, found args) error {
	found["deletionProtectionEnabled"] = found.Bool("deletionProtectionEnabled")
	ttl, err := c.dynamodb().DescribeTimeToLive(ctx, &dynamodb.DescribeTimeToLiveInput{TableName: &id})
	if err != nil {
		return err
	}
	found["ttl"] = nil
	if d := ttl.TimeToLiveDescription; d != nil && strings.HasPrefix(string(d.TimeToLiveStatus), "ENABL") {
		found["ttl"] = map[string]any{"attributeName": aws.ToString(d.AttributeName), "enabled": true}
	}
	backups, err := c.dynamodb().DescribeContinuousBackups(ctx, &dynamodb.DescribeContinuousBackupsInput{TableName: &id})
	if err != nil {
		return c.tolerate(ctx, "reading the point-in-time recovery of table "+id, err)
	}
	d := backups.ContinuousBackupsDescription
	found["pointInTimeRecovery"] = map[string]any{"enabled": d != nil && d.PointInTimeRecoveryDescription != nil &&
		d.PointInTimeRecoveryDescription.PointInTimeRecoveryStatus == types.PointInTimeRecoveryStatusEnabled}
	return nil
}
