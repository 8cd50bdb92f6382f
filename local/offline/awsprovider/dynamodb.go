package awsprovider

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// DynamoDB's limits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const (
	maxTableName     = 255
	maxAttributeName = 255
	maxRecoveryDays  = 35
	payPerRequest    = "PAY_PER_REQUEST"
	provisioned      = "PROVISIONED"
	tableNotFound    = "ResourceNotFoundException"
)

func dynamodbTypes() []*resourceType {
	return []*resourceType{{
		token: "aws:dynamodb/table:Table",
		inputs: properties{
			"name":        str(identity, must(named(maxTableName, `[a-zA-Z0-9_.-]`), minLength(3))),
			"billingMode": str(fallback(provisioned), must(oneOf(payPerRequest, provisioned))),
			"hashKey":     str(required, replaces, must(atMost(maxAttributeName))),
			"rangeKey":    str(replaces, must(atMost(maxAttributeName))),
			"attributes": set(object(properties{
				"name": str(required), "type": str(required, must(oneOf("S", "N", "B"))),
			}), required),
			"readCapacity":              integer(),
			"writeCapacity":             integer(),
			"ttl":                       object(properties{"attributeName": str(computed), "enabled": boolean(fallback(false))}, off),
			"pointInTimeRecovery":       object(properties{"enabled": boolean(required), "recoveryPeriodInDays": integer(computed, must(between(1, maxRecoveryDays)))}, off),
			"deletionProtectionEnabled": boolean(fallback(false)),
			"serverSideEncryption":      object(properties{"enabled": boolean(required), "kmsKeyArn": str(computed, must(arn))}, off),
			"tableClass":                str(fallback(string(types.TableClassStandard)), must(oneOf("STANDARD", "STANDARD_INFREQUENT_ACCESS"))),
			"onDemandThroughput": object(properties{
				"maxReadRequestUnits": integer(fallback(-1.0)), "maxWriteRequestUnits": integer(fallback(-1.0)),
			}, fallback(map[string]any{})),
			"tags": tags(),
		},
		outputs: []string{"arn", "streamArn", "streamLabel"},
		rules:   []func(args) *problem{capacityGiven, attributesIndexed, ttlNamed},
		create:  createTable, read: readTable, update: updateTable, remove: deleteTable,
	}}
}

// off is what a missing block means.
func off(p *property) { p.fallback = map[string]any{"enabled": false} }

func capacityGiven(in args) *problem {
	for _, name := range []string{"readCapacity", "writeCapacity"} {
		switch units, given := in[name].(float64); {
		case in.str("billingMode") == provisioned && (!given || units < 1) && in[name] != (unknown{}):
			return &problem{name, fmt.Sprintf("%s must be at least 1 when billingMode is %q", name, provisioned)}
		case in.str("billingMode") == payPerRequest && given && units > 0:
			return &problem{name, fmt.Sprintf("%s can not be set when billingMode is %q", name, payPerRequest)}
		}
	}
	return nil
}

// attributesIndexed: DynamoDB wants the definition of exactly the key attributes.
func attributesIndexed(in args) *problem {
	if containsUnknown(in["attributes"]) || !in.known("hashKey") || in["rangeKey"] == (unknown{}) {
		return nil
	}
	defined := []string{}
	for _, a := range in.objects("attributes") {
		defined = append(defined, a.str("name"))
	}
	for _, key := range []string{in.str("hashKey"), in.str("rangeKey")} {
		if key != "" && !slices.Contains(defined, key) {
			return &problem{"attributes", fmt.Sprintf("all indexes must match a defined attribute. Unmatched indexes: [%q]", key)}
		}
	}
	for _, name := range defined {
		if name != in.str("hashKey") && name != in.str("rangeKey") {
			return &problem{"attributes", fmt.Sprintf("all attributes must be indexed. Unused attributes: [%q]", name)}
		}
	}
	return nil
}

func ttlNamed(in args) *problem {
	ttl := in.object("ttl")
	if ttl.boolean("enabled") && ttl["attributeName"] == nil {
		return &problem{"ttl.attributeName", "ttl.attributeName is required when ttl.enabled is true"}
	}
	return nil
}

func minLength(limit int) rule {
	return func(v any) error {
		if s, ok := v.(string); ok && len(s) < limit {
			return fmt.Errorf("name %q has %d characters, and must have at least %d", s, len(s), limit)
		}
		return nil
	}
}

func tableTag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

func createTable(ctx context.Context, c *cloud, in args) (string, error) {
	name := in.str("name")
	request := &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingMode(in.str("billingMode")), TableClass: types.TableClass(in.str("tableClass")),
		KeySchema:                 []types.KeySchemaElement{{AttributeName: in.strp("hashKey"), KeyType: types.KeyTypeHash}},
		DeletionProtectionEnabled: in.boolp("deletionProtectionEnabled"), SSESpecification: encryption(in), OnDemandThroughput: onDemand(in),
		ProvisionedThroughput: throughput(in),
	}
	if tags := in.stringMap("tags"); len(tags) > 0 {
		request.Tags = tagList(tags, tableTag)
	}
	if in.has("rangeKey") {
		request.KeySchema = append(request.KeySchema, types.KeySchemaElement{AttributeName: in.strp("rangeKey"), KeyType: types.KeyTypeRange})
	}
	for _, a := range in.objects("attributes") {
		request.AttributeDefinitions = append(request.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: a.strp("name"), AttributeType: types.ScalarAttributeType(a.str("type")),
		})
	}
	if _, err := c.dynamodb().CreateTable(ctx, request); err != nil {
		return "", wrap(err, "creating table "+name)
	}
	if err := tableActive(ctx, c, name); err != nil {
		return name, err
	}
	if in.object("ttl").boolean("enabled") {
		if err := setTTL(ctx, c, name, in.object("ttl")); err != nil {
			return name, err
		}
	}
	if pitr := in.object("pointInTimeRecovery"); pitr.boolean("enabled") {
		if err := setRecovery(ctx, c, name, pitr); err != nil {
			return name, err
		}
	}
	return name, nil
}

func encryption(in args) *types.SSESpecification {
	sse := in.object("serverSideEncryption")
	if !sse.boolean("enabled") { // DynamoDB's own key is the default and not a choice of the API
		return nil
	}
	return &types.SSESpecification{Enabled: aws.Bool(true), SSEType: types.SSETypeKms, KMSMasterKeyId: sse.strp("kmsKeyArn")}
}

func onDemand(in args) *types.OnDemandThroughput {
	limits := in.object("onDemandThroughput")
	if len(limits) == 0 {
		return nil
	}
	return &types.OnDemandThroughput{
		MaxReadRequestUnits: limits.int64p("maxReadRequestUnits"), MaxWriteRequestUnits: limits.int64p("maxWriteRequestUnits"),
	}
}

func throughput(in args) *types.ProvisionedThroughput {
	if in.str("billingMode") != provisioned {
		return nil
	}
	return &types.ProvisionedThroughput{ReadCapacityUnits: in.int64p("readCapacity"), WriteCapacityUnits: in.int64p("writeCapacity")}
}

func tableActive(ctx context.Context, c *cloud, name string) error {
	return until(ctx, stateDeadline, "table "+name+" to be ACTIVE", func() (bool, error) {
		out, err := c.dynamodb().DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &name})
		if err != nil {
			return false, err
		}
		return out.Table.TableStatus == types.TableStatusActive, nil
	})
}

func setTTL(ctx context.Context, c *cloud, name string, ttl args) error {
	_, err := c.dynamodb().UpdateTimeToLive(ctx, &dynamodb.UpdateTimeToLiveInput{
		TableName: &name,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{
			AttributeName: ttl.strp("attributeName"), Enabled: aws.Bool(ttl.boolean("enabled")),
		},
	})
	return wrap(err, "setting the time to live of table "+name)
}

func setRecovery(ctx context.Context, c *cloud, name string, pitr args) error {
	unavailable := func(err error) bool { return hasCode(err, "ContinuousBackupsUnavailableException") }
	err := eventually(ctx, "backups of table "+name+" to be available", unavailable, func() error {
		_, err := c.dynamodb().UpdateContinuousBackups(ctx, &dynamodb.UpdateContinuousBackupsInput{
			TableName: &name,
			PointInTimeRecoverySpecification: &types.PointInTimeRecoverySpecification{
				PointInTimeRecoveryEnabled: aws.Bool(pitr.boolean("enabled")), RecoveryPeriodInDays: pitr.int32p("recoveryPeriodInDays"),
			},
		})
		return c.tolerate(ctx, "point-in-time recovery of table "+name, err)
	})
	return wrap(err, "setting the point-in-time recovery of table "+name)
}

func deleteTable(ctx context.Context, c *cloud, id string, _ args) error {
	out, err := c.dynamodb().DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &id})
	if err != nil {
		return gone(err, "reading table "+id, tableNotFound)
	}
	if aws.ToBool(out.Table.DeletionProtectionEnabled) { // AWS refuses; not every emulator does
		return fmt.Errorf("ValidationException: Resource cannot be deleted as it is currently protected against deletion. "+
			"Disable deletion protection first: set deletionProtectionEnabled of table %s to false and update the stack", id)
	}
	if _, err := c.dynamodb().DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &id}); err != nil {
		return gone(err, "deleting table "+id, tableNotFound)
	}
	return until(ctx, stateDeadline, "table "+id+" to be gone", func() (bool, error) {
		_, err := c.dynamodb().DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &id})
		if hasCode(err, tableNotFound) {
			return true, nil
		}
		return false, err
	})
}
