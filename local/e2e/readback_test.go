package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	appconfigtypes "github.com/aws/aws-sdk-go-v2/service/appconfig/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/local/cloud"
)

// expectation is what the configuration says about the deployed resources.
type expectation struct {
	visibility, retention, wait, size, maxReceiveCount, deadLetterRetention int
	memory, timeout                                                         int32
	batchSize, window, concurrency                                          int32
}

// hasOutputs checks the names that people and scripts rely on.
func (c *fixture) hasOutputs(names ...string) {
	c.t.Helper()
	for _, name := range names {
		if c.outputs[name] == "" {
			c.t.Errorf("the stack has no output %s", name)
		}
	}
}

// matches compares what the AWS API tells with what the configuration says.
func (c *fixture) matches(want expectation) {
	c.t.Helper()
	c.queueMatches(want)

	table, err := dynamodb.NewFromConfig(c.account).DescribeTable(c.ctx,
		&dynamodb.DescribeTableInput{TableName: aws.String(c.outputs[contract.OutputDedupTable])})
	c.must(err)
	if key := aws.ToString(table.Table.KeySchema[0].AttributeName); key != contract.TableKey {
		c.t.Errorf("the table's key is %s, want %s", key, contract.TableKey)
	}
	ttl, err := dynamodb.NewFromConfig(c.account).DescribeTimeToLive(c.ctx,
		&dynamodb.DescribeTimeToLiveInput{TableName: aws.String(c.outputs[contract.OutputDedupTable])})
	c.must(err)
	if name := aws.ToString(ttl.TimeToLiveDescription.AttributeName); name != contract.TableExpires {
		c.t.Errorf("the table expires by %q, want %q", name, contract.TableExpires)
	}

	client := lambda.NewFromConfig(c.account)
	function, err := client.GetFunctionConfiguration(c.ctx,
		&lambda.GetFunctionConfigurationInput{FunctionName: aws.String(c.outputs[contract.OutputFunction]), Qualifier: aws.String("live")})
	c.must(err)
	if got := []int32{aws.ToInt32(function.MemorySize), aws.ToInt32(function.Timeout)}; got[0] != want.memory || got[1] != want.timeout {
		c.t.Errorf("memory and timeout behind the alias are %v, want %d MB and %d s", got, want.memory, want.timeout)
	}
	if got := aws.ToString(function.CodeSha256); got != c.outputs[contract.OutputFunctionSHA256] {
		c.t.Errorf("the deployed code is %s, the output says %s", got, c.outputs[contract.OutputFunctionSHA256])
	}
	for name, value := range function.Environment.Variables {
		if strings.Contains(value, cloud.Token) {
			c.t.Errorf("the environment variable %s holds the downstream's secret", name)
		}
	}

	mapping, err := client.GetEventSourceMapping(c.ctx,
		&lambda.GetEventSourceMappingInput{UUID: aws.String(c.outputs[contract.OutputEventSourceMapping])})
	c.must(err)
	got := []any{aws.ToInt32(mapping.BatchSize), aws.ToInt32(mapping.MaximumBatchingWindowInSeconds), aws.ToInt32(mapping.ScalingConfig.MaximumConcurrency), mapping.FunctionResponseTypes}
	if fmt.Sprint(got) != fmt.Sprint([]any{want.batchSize, want.window, want.concurrency, []string{"ReportBatchItemFailures"}}) {
		c.t.Errorf("the mapping has batch size, window, concurrency and response types %v, want %d, %d, %d and ReportBatchItemFailures", got, want.batchSize, want.window, want.concurrency)
	}
	if !strings.HasSuffix(aws.ToString(mapping.FunctionArn), ":live") {
		c.t.Errorf("the mapping calls %s, want the alias live", aws.ToString(mapping.FunctionArn))
	}
}

func (c *fixture) queueMatches(want expectation) {
	c.t.Helper()
	ingestion := c.attributes(c.outputs[contract.OutputIngestionQueueURL])
	for name, value := range map[string]int{
		"VisibilityTimeout": want.visibility, "MessageRetentionPeriod": want.retention,
		"ReceiveMessageWaitTimeSeconds": want.wait, "MaximumMessageSize": want.size,
	} {
		if ingestion[name] != fmt.Sprint(value) {
			c.t.Errorf("the ingestion queue's %s is %s, want %d", name, ingestion[name], value)
		}
	}
	deadLetter := c.attributes(c.outputs[contract.OutputDeadLetterQueueURL])
	if got := deadLetter["MessageRetentionPeriod"]; got != fmt.Sprint(want.deadLetterRetention) {
		c.t.Errorf("the dead-letter queue keeps messages for %s s, want %d", got, want.deadLetterRetention)
	}
	var redrive struct {
		DeadLetterTargetArn string
		MaxReceiveCount     int
	}
	c.must(json.Unmarshal([]byte(ingestion["RedrivePolicy"]), &redrive))
	if redrive.DeadLetterTargetArn != deadLetter["QueueArn"] || redrive.MaxReceiveCount != want.maxReceiveCount {
		c.t.Errorf("the redrive policy is %+v, want %d receives and then %s", redrive, want.maxReceiveCount, deadLetter["QueueArn"])
	}
	if !strings.Contains(deadLetter["RedriveAllowPolicy"], ingestion["QueueArn"]) {
		c.t.Errorf("the dead-letter queue takes from %s, want %s alone", deadLetter["RedriveAllowPolicy"], ingestion["QueueArn"])
	}
	if !strings.Contains(ingestion["Policy"], "aws:SecureTransport") {
		c.t.Errorf("the ingestion queue's policy does not ask for TLS: %s", ingestion["Policy"])
	}
}

func (c *fixture) attributes(url string) map[string]string {
	c.t.Helper()
	out, err := sqs.NewFromConfig(c.account).GetQueueAttributes(c.ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(url), AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
	})
	c.must(err)
	return out.Attributes
}

func (c *fixture) setVisibility(url string, seconds int) {
	c.t.Helper()
	_, err := sqs.NewFromConfig(c.account).SetQueueAttributes(c.ctx, &sqs.SetQueueAttributesInput{
		QueueUrl: aws.String(url), Attributes: map[string]string{"VisibilityTimeout": fmt.Sprint(seconds)},
	})
	c.must(err)
}

// left lists what the account still has after a destroy. A KMS key is never gone at once: AWS deletes it after days.
func (c *fixture) left() []string {
	c.t.Helper()
	var left []string
	add := func(kind string, n int, err error) {
		c.t.Helper()
		c.must(err)
		if n > 0 {
			left = append(left, fmt.Sprintf("%d %s", n, kind))
		}
	}
	queues, err := sqs.NewFromConfig(c.account).ListQueues(c.ctx, &sqs.ListQueuesInput{})
	add("queues", len(queues.QueueUrls), err)
	tables, err := dynamodb.NewFromConfig(c.account).ListTables(c.ctx, &dynamodb.ListTablesInput{})
	add("tables", len(tables.TableNames), err)
	functions, err := lambda.NewFromConfig(c.account).ListFunctions(c.ctx, &lambda.ListFunctionsInput{})
	add("functions", len(functions.Functions), err)
	mappings, err := lambda.NewFromConfig(c.account).ListEventSourceMappings(c.ctx, &lambda.ListEventSourceMappingsInput{})
	add("event source mappings", len(mappings.EventSourceMappings), err)
	roles, err := iam.NewFromConfig(c.account).ListRoles(c.ctx, &iam.ListRolesInput{})
	add("roles", len(roles.Roles), err)
	groups, err := cloudwatchlogs.NewFromConfig(c.account).DescribeLogGroups(c.ctx, &cloudwatchlogs.DescribeLogGroupsInput{})
	add("log groups", len(groups.LogGroups), err)
	alarms, err := cloudwatch.NewFromConfig(c.account).DescribeAlarms(c.ctx, &cloudwatch.DescribeAlarmsInput{})
	add("alarms", len(alarms.MetricAlarms), err)
	topics, err := sns.NewFromConfig(c.account).ListTopics(c.ctx, &sns.ListTopicsInput{})
	add("topics", len(topics.Topics), err)
	secrets, err := secretsmanager.NewFromConfig(c.account).ListSecrets(c.ctx, &secretsmanager.ListSecretsInput{})
	add("secrets", len(secrets.SecretList), err)
	buses, err := eventbridge.NewFromConfig(c.account).ListEventBuses(c.ctx, &eventbridge.ListEventBusesInput{NamePrefix: aws.String("aws.partner")})
	add("partner buses", len(buses.EventBuses), err)
	buckets, err := s3.NewFromConfig(c.account).ListBuckets(c.ctx, &s3.ListBucketsInput{})
	add("buckets", len(buckets.Buckets), err)
	flags := appconfig.NewFromConfig(c.account)
	applications, err := flags.ListApplications(c.ctx, &appconfig.ListApplicationsInput{})
	add("applications of AppConfig", len(applications.Items), err)
	strategies, err := flags.ListDeploymentStrategies(c.ctx, &appconfig.ListDeploymentStrategiesInput{})
	own := slices.DeleteFunc(strategies.Items, func(s appconfigtypes.DeploymentStrategy) bool {
		return strings.HasPrefix(aws.ToString(s.Id), "AppConfig.")
	})
	add("deployment strategies", len(own), err)
	return left
}
