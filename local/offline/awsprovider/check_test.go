package awsprovider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/plugin"
)

const (
	queueToken    = tokens.Type("aws:sqs/queue:Queue")
	functionToken = tokens.Type("aws:lambda/function:Function")
	mappingToken  = tokens.Type("aws:lambda/eventSourceMapping:EventSourceMapping")
	tableToken    = tokens.Type("aws:dynamodb/table:Table")
	roleToken     = tokens.Type("aws:iam/role:Role")
	alarmToken    = tokens.Type("aws:cloudwatch/metricAlarm:MetricAlarm")

	bucketVersioningToken = tokens.Type("aws:s3/bucketVersioningV2:BucketVersioningV2")
)

// valid are inputs that pass; each case of the tables changes one thing.
func valid(t *testing.T, token tokens.Type) args {
	t.Helper()
	switch token {
	case functionToken:
		return args{"name": "f", "role": "arn:aws:iam::123456789012:role/r", "runtime": "provided.al2023", "handler": "bootstrap", "code": functionZip(t, "x")}
	case mappingToken:
		return args{"eventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:q", "functionName": "f"}
	case tableToken:
		return args{
			"name": "tbl", "billingMode": "PAY_PER_REQUEST", "hashKey": "id", "attributes": []any{map[string]any{"name": "id", "type": "S"}},
		}
	case roleToken:
		return args{"name": "r", "assumeRolePolicy": trust}
	case alarmToken:
		return args{
			"name": "a", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1.0, "metricName": "m", "namespace": "n", "period": 60.0,
			"statistic": "Sum",
		}
	case "aws:sqs/redrivePolicy:RedrivePolicy":
		return args{"queueUrl": "http://127.0.0.1/q", "redrivePolicy": `{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:d","maxReceiveCount":3}`}
	case "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy":
		return args{"queueUrl": "http://127.0.0.1/q"}
	case "aws:cloudwatch/eventBus:EventBus":
		return args{"name": "b"}
	case "aws:s3/bucketV2:BucketV2":
		return args{}
	case bucketVersioningToken:
		return args{"bucket": "payloads"}
	case environmentToken:
		return args{"applicationId": "app1234", "name": "live"}
	case profileToken:
		return args{"applicationId": "app1234", "name": "flags", "locationUri": "hosted"}
	case hostedVersionToken:
		return args{"applicationId": "app1234", "configurationProfileId": "pro1234", "content": "{}", "contentType": "application/json"}
	case strategyToken:
		return args{"name": "s", "deploymentDurationInMinutes": 0.0, "growthFactor": 100.0, "replicateTo": "NONE"}
	case deploymentToken:
		return args{
			"applicationId": "app1234", "environmentId": "env1234", "configurationProfileId": "pro1234", "configurationVersion": "1",
			"deploymentStrategyId": "AppConfig.AllAtOnce",
		}
	default:
		return args{"name": "x"}
	}
}

// queried is an alarm on a query, not on a metric.
func queried(query map[string]any) args {
	return args{"metricQueries": []any{query}, "metricName": nil, "namespace": nil, "period": nil, "statistic": nil}
}

func TestCheckRefuses(t *testing.T) {
	long := strings.Repeat("x", 256)
	redrive := func(count string) args {
		return args{"redrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:123456789012:d","maxReceiveCount":%s}`, count)}
	}
	validator := func(kind, schema string) args {
		return args{"validators": []any{map[string]any{"type": kind, "content": schema}}}
	}
	for name, c := range map[string]struct {
		token  tokens.Type
		change args
		want   string // property: part of the reason
	}{
		"a property that is not implemented":      {queueToken, args{"namePrefix": "x"}, "namePrefix: property namePrefix of aws:sqs/queue:Queue is not implemented"},
		"a nested one":                            {tableToken, args{"ttl": map[string]any{"attributeName": "x", "name": "x"}}, "ttl.name: property ttl.name of"},
		"a missing name":                          {queueToken, args{"name": nil}, "name: missing required property name of aws:sqs/queue:Queue"},
		"a value of the wrong type":               {queueToken, args{"receiveWaitTimeSeconds": []any{}}, "receiveWaitTimeSeconds: property receiveWaitTimeSeconds of aws:sqs/queue:Queue is a list, and should be a whole number"},
		"a queue name with a dot":                 {queueToken, args{"name": "a.b"}, "name: "},
		"a message size above the plugin's limit": {queueToken, args{"maxMessageSize": 262145.0}, "pulumi-aws v6 takes at most 262144"},
		"a receive count in quotes":               {"aws:sqs/redrivePolicy:RedrivePolicy", redrive(`"3"`), "maxReceiveCount is 3, and must be a whole number (no quotes)"},
		"a receive count of 0":                    {"aws:sqs/redrivePolicy:RedrivePolicy", redrive("0"), "between 1 and 1000"},
		"a receive count of 1001":                 {"aws:sqs/redrivePolicy:RedrivePolicy", redrive("1001"), "between 1 and 1000"},
		"a redrive-allow byQueue without queues":  {"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", args{"redriveAllowPolicy": `{"redrivePermission":"byQueue"}`}, "sourceQueueArns has 0 elements"},
		"an unknown redrive permission":           {"aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", args{"redriveAllowPolicy": `{"redrivePermission":"some"}`}, "must be allowAll, denyAll or byQueue"},
		"a function name that is too long":        {functionToken, args{"name": long[:65]}, "1 to 64"},
		"a runtime that is gone":                  {functionToken, args{"runtime": "go1.x"}, "runtime: "},
		"code that is not an archive":             {functionToken, args{"code": "x.zip"}, "code: property code of aws:lambda/function:Function is a string, and should be an archive"},
		"a large batch without a window":          {mappingToken, args{"batchSize": 11.0}, "maximumBatchingWindowInSeconds: InvalidParameterValueException: Maximum batch window"},
		"a role name that is too long":            {roleToken, args{"name": long[:65]}, "1 to 64"},
		"a policy that is not JSON":               {roleToken, args{"assumeRolePolicy": "{"}, "invalid JSON"},
		"a policy without a version":              {roleToken, args{"assumeRolePolicy": `{"Statement":[]}`}, "MalformedPolicyDocument: Version"},
		"a policy without a statement":            {roleToken, args{"assumeRolePolicy": `{"Version":"2012-10-17"}`}, "MalformedPolicyDocument: Statement[0]"},
		"a trust policy without a principal":      {roleToken, args{"assumeRolePolicy": allow("A", "", "sts:AssumeRole", "*")}, "Missing required field Principal"},
		"a table with an attribute too many":      {tableToken, args{"attributes": []any{map[string]any{"name": "id", "type": "S"}, map[string]any{"name": "b", "type": "S"}}}, "all attributes must be indexed"},
		"streams, which are not implemented":      {tableToken, args{"streamEnabled": true}, "streamEnabled: "},
		"an alarm name that is too long":          {alarmToken, args{"name": long}, "1 to 255"},
		"a period of 61 seconds":                  {alarmToken, args{"period": 61.0}, "10, 20, 30 or a multiple of 60"},
		"an expression above its size":            {alarmToken, queried(map[string]any{"id": "e", "expression": long + long + long + long + "x", "returnData": true}), "has 1025 characters, and must have at most 1024"},
		"a statistic that is none":                {alarmToken, args{"statistic": "Mean"}, "must be one of SampleCount Average Sum Minimum Maximum"},
		"metrics of a mapping that are none":      {mappingToken, args{"metricsConfig": map[string]any{"metrics": []any{}}}, "metricsConfig.metrics: "},
		"more datapoints than periods":            {alarmToken, args{"datapointsToAlarm": 2.0}, "datapointsToAlarm: "},
		"an alarm without a metric":               {alarmToken, args{"metricName": nil}, "one of `metricName` or `metricQueries`"},
		"a partner bus of another name":           {"aws:cloudwatch/eventBus:EventBus", args{"eventSourceName": "aws.partner/x/y"}, "must be that of its source"},
		"a bucket name in capitals":               {"aws:s3/bucketV2:BucketV2", args{"bucket": "Payloads"}, "name \"Payloads\" has 8 characters"},
		"a bucket with versions":                  {bucketVersioningToken, args{"versioningConfiguration": map[string]any{"status": "Enabled"}}, "versioningConfiguration.status: "},
		"an application name that is too long":    {applicationToken, args{"name": long[:65]}, "1 to 64"},
		"a monitor without an alarm":              {environmentToken, args{"monitors": []any{map[string]any{}}}, "missing required property monitors[0].alarmArn"},
		"a profile whose content is elsewhere":    {profileToken, args{"locationUri": "s3://b/k"}, `value s3://b/k is not implemented by this stand-in`},
		"a validator function":                    {profileToken, validator("LAMBDA", `{}`), `value LAMBDA is not implemented`},
		"a validator above its size":              {profileToken, validator("JSON_SCHEMA", `{"title":"`+strings.Repeat("x", 32768)+`"}`), "must have at most 32768"},
		"a validator of a later draft":            {profileToken, validator("JSON_SCHEMA", `{"$schema":"https://json-schema.org/draft/2020-12/schema"}`), "AppConfig's validators know http://json-schema.org/draft-04/schema# only"},
		"a validator that is no schema":           {profileToken, validator("JSON_SCHEMA", `{"type":"flag"}`), "contains an invalid JSON schema: /type: "},
		"a validator with a word of draft 6":      {profileToken, validator("JSON_SCHEMA", `{"exclusiveMinimum":1}`), "contains an invalid JSON schema: /exclusiveMinimum: expected boolean, but got number"},
		"a validator that refers elsewhere":       {profileToken, validator("JSON_SCHEMA", `{"$ref":"file:///etc/hostname"}`), "may refer to itself only"},
		"a version's description with an umlaut":  {hostedVersionToken, args{"description": "für alle"}, "printable ASCII"},
		"a growth that is none":                   {strategyToken, args{"growthType": "SUDDEN"}, "growthType: "},
		"a reserved tag":                          {queueToken, args{"tags": map[string]any{"aws:x": "y"}}, "reserved"},
	} {
		t.Run(name, func(t *testing.T) {
			in := valid(t, c.token)
			for k, v := range c.change {
				if in[k] = v; v == nil {
					delete(in, k)
				}
			}
			p := configured(t, "", nil)
			resp, err := p.Check(t.Context(), sdk.CheckRequest{Type: c.token, News: plugin.ToProperty(in).ObjectValue()})
			if err != nil {
				t.Fatal(err)
			}
			if len(resp.Failures) != 1 {
				t.Fatalf("there are %d failures, and should be one: %v", len(resp.Failures), resp.Failures)
			}
			if got := fmt.Sprintf("%s: %s", resp.Failures[0].Property, resp.Failures[0].Reason); !strings.Contains(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestCheckAccepts(t *testing.T) {
	unknownValue := resource.MakeComputed(resource.NewProperty(""))
	for name, c := range map[string]struct {
		token  tokens.Type
		change resource.PropertyMap
	}{
		"a value that is not known yet":  {queueToken, resource.PropertyMap{"visibilityTimeoutSeconds": unknownValue}},
		"one inside a document":          {roleToken, resource.PropertyMap{"assumeRolePolicy": unknownValue}},
		"numbers written as texts":       {queueToken, resource.PropertyMap{"visibilityTimeoutSeconds": resource.NewProperty("60")}},
		"a secret":                       {queueToken, resource.PropertyMap{"maxMessageSize": resource.MakeSecret(resource.NewProperty(2048.0))}},
		"null, which is the same as not": {queueToken, resource.PropertyMap{"maxMessageSize": resource.NewNullProperty()}},
		"a window for a large batch": {mappingToken, resource.PropertyMap{
			"batchSize": resource.NewProperty(10000.0), "maximumBatchingWindowInSeconds": resource.NewProperty(1.0),
		}},
		"a bucket that never had versions":  {bucketVersioningToken, plugin.ToProperty(args{"versioningConfiguration": args{"status": "Disabled"}}).ObjectValue()},
		"a strategy that AWS has":           {deploymentToken, resource.PropertyMap{"deploymentStrategyId": resource.NewProperty("AppConfig.Linear50PercentEvery30Seconds")}},
		"a version number that is a number": {deploymentToken, resource.PropertyMap{"configurationVersion": resource.NewProperty(12.0)}},
		"a validator in draft 4": {profileToken, plugin.ToProperty(args{"validators": []any{
			map[string]any{"type": "JSON_SCHEMA", "content": flagSchema},
		}}).ObjectValue()},
		"a window that is not known yet": {mappingToken, resource.PropertyMap{
			"batchSize": resource.NewProperty(10000.0), "maximumBatchingWindowInSeconds": unknownValue,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			in := plugin.ToProperty(valid(t, c.token)).ObjectValue()
			for k, v := range c.change {
				in[k] = v
			}
			resp, err := configured(t, "", nil).Check(t.Context(), sdk.CheckRequest{Type: c.token, News: in})
			if err != nil || len(resp.Failures) > 0 {
				t.Errorf("refused: %v %v", resp.Failures, err)
			}
		})
	}
}

func TestDefaultTagsGoOnEveryTaggableResource(t *testing.T) {
	p := configured(t, "", resource.PropertyMap{"defaultTags": resource.NewProperty(`{"tags":{"app":"cc","stage":"dev"}}`)})
	resp, err := p.Check(t.Context(), sdk.CheckRequest{Type: queueToken, News: plugin.ToProperty(args{
		"name": "q", "tags": map[string]any{"stage": "prod"},
	}).ObjectValue()})
	if err != nil {
		t.Fatal(err)
	}
	got := plugin.Plain(resp.Properties).Object("tags")
	if len(got) != 2 || got["app"] != "cc" || got["stage"] != "prod" {
		t.Errorf("tags are %v, and should be the default ones with the resource's own on top", got)
	}
}

func TestUnknownTypeIsNamed(t *testing.T) {
	_, err := configured(t, "", nil).Check(t.Context(), sdk.CheckRequest{Type: "aws:ec2/instance:Instance"})
	if err == nil || !strings.Contains(err.Error(), "resource type aws:ec2/instance:Instance is not implemented") {
		t.Errorf("error is %v", err)
	}
}
