package awsprovider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/plugin"
)

// step is one resource of a small stack: how it is made, and the change that is made in place.
type step struct {
	name   string // by which later steps find its outputs
	token  tokens.Type
	inputs func(made outputs) args
	change args // none: every change replaces
}

// outputs are the states of what has been made so far, by step.
type outputs map[string]args

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

func fixed(in args) func(outputs) args { return func(outputs) args { return in } }

// allow is a policy about one resource, of a role (no principal) or of the resource itself.
func allow(sid, principal, action, resourceARN string) string {
	who := ""
	if principal != "" {
		who = fmt.Sprintf(`"Principal":{"Service":[%q]},`, principal)
	}
	return fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":%q,"Effect":"Allow",%s"Action":[%q],"Resource":[%q]}]}`, sid, who, action, resourceARN)
}

func steps(t *testing.T) []step {
	return append([]step{
		{
			"role", "aws:iam/role:Role", fixed(args{"name": "worker", "assumeRolePolicy": trust, "tags": map[string]any{"a": "1", "b": "2"}}),
			args{"description": "works", "tags": map[string]any{"a": "3"}, "permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"},
		},
		{
			"boundedRole", "aws:iam/role:Role", fixed(args{
				"name": "bounded", "path": "/integration/", "permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess", "assumeRolePolicy": trust,
			}), args{"permissionsBoundary": nil},
		},
		{
			"dlq", "aws:sqs/queue:Queue", fixed(args{"name": "dlq", "messageRetentionSeconds": 1209600.0, "sqsManagedSseEnabled": true}),
			args{"tags": map[string]any{"keep": "yes"}},
		},
		{
			"queue", "aws:sqs/queue:Queue", fixed(args{"name": "work", "visibilityTimeoutSeconds": 60.0, "tags": map[string]any{"x": "y"}}),
			args{"visibilityTimeoutSeconds": 90.0, "receiveWaitTimeSeconds": 20.0, "tags": nil},
		},
		{"rolePolicy", "aws:iam/rolePolicy:RolePolicy", func(o outputs) args {
			return args{"name": "consume", "role": o["role"]["name"], "policy": allow("A", "", "sqs:ReceiveMessage", o["queue"].Text("arn"))}
		}, args{"policy": allow("A", "", "sqs:*", "*")}},
		{"queuePolicy", "aws:sqs/queuePolicy:QueuePolicy", func(o outputs) args {
			return args{"queueUrl": o["queue"]["url"], "policy": allow("A", "events.amazonaws.com", "sqs:SendMessage", o["queue"].Text("arn"))}
		}, args{"policy": allow("B", "sns.amazonaws.com", "sqs:SendMessage", "*")}},
		{"redriveAllow", "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", func(o outputs) args {
			return args{"queueUrl": o["dlq"]["url"], "redriveAllowPolicy": fmt.Sprintf(
				`{"redrivePermission":"byQueue","sourceQueueArns":[%q]}`, o["queue"].Text("arn"))}
		}, args{"redriveAllowPolicy": `{"redrivePermission":"allowAll"}`}},
		{"redrive", "aws:sqs/redrivePolicy:RedrivePolicy", func(o outputs) args {
			return args{"queueUrl": o["queue"]["url"], "redrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":3}`, o["dlq"].Text("arn"))}
		}, nil},
		{"table", "aws:dynamodb/table:Table", fixed(args{
			"name": "dedup", "billingMode": "PAY_PER_REQUEST", "hashKey": "eventId",
			"attributes":                []any{map[string]any{"name": "eventId", "type": "S"}},
			"ttl":                       map[string]any{"attributeName": "expiresAt", "enabled": true},
			"pointInTimeRecovery":       map[string]any{"enabled": true},
			"deletionProtectionEnabled": true, "tags": map[string]any{"a": "b"},
		}), args{"deletionProtectionEnabled": false, "pointInTimeRecovery": map[string]any{"enabled": false}, "tags": map[string]any{"c": "d"}}},
		{"logs", "aws:cloudwatch/logGroup:LogGroup", fixed(args{"name": "/cc/worker", "retentionInDays": 30.0}), args{
			"retentionInDays": 365.0, "tags": map[string]any{"a": "b"},
		}},
		{"function", "aws:lambda/function:Function", func(o outputs) args {
			return args{
				"name": "worker", "role": o["role"]["arn"], "runtime": "provided.al2023", "handler": "bootstrap", "code": functionZip(t, "one"),
				"architectures": []any{"arm64"}, "memorySize": 512.0, "timeout": 30.0, "publish": true,
				"environment":   map[string]any{"variables": map[string]any{"TABLE": "dedup"}},
				"loggingConfig": map[string]any{"logFormat": "JSON", "logGroup": "/cc/worker", "applicationLogLevel": "INFO"},
				"tracingConfig": map[string]any{"mode": "Active"}, "tags": map[string]any{"a": "b"},
			}
		}, args{
			"memorySize": 1024.0, "code": functionZip(t, "two"), "reservedConcurrentExecutions": 100.0,
			"environment": map[string]any{"variables": map[string]any{"TABLE": "dedup", "LEVEL": "debug"}},
		}},
		{"alias", "aws:lambda/alias:Alias", func(o outputs) args {
			return args{"name": "live", "functionName": o["function"]["name"], "functionVersion": o["function"]["version"]}
		}, args{"description": "what runs"}},
		{"mapping", "aws:lambda/eventSourceMapping:EventSourceMapping", func(o outputs) args {
			return args{
				"eventSourceArn": o["queue"]["arn"], "functionName": o["alias"]["arn"], "batchSize": 10.0, "maximumBatchingWindowInSeconds": 5.0,
				"functionResponseTypes": []any{"ReportBatchItemFailures"}, "scalingConfig": map[string]any{"maximumConcurrency": 50.0},
				"metricsConfig": map[string]any{"metrics": []any{"EventCount"}}, "enabled": false,
			}
		}, args{"scalingConfig": map[string]any{"maximumConcurrency": 80.0}, "batchSize": 100.0}},
		{"topic", "aws:sns/topic:Topic", fixed(args{"name": "alarms"}), args{"kmsMasterKeyId": "alias/alarms", "tags": map[string]any{"a": "b"}}},
		{"topicPolicy", "aws:sns/topicPolicy:TopicPolicy", func(o outputs) args {
			return args{"arn": o["topic"]["arn"], "policy": allow("A", "cloudwatch.amazonaws.com", "sns:Publish", o["topic"].Text("arn"))}
		}, args{"policy": allow("B", "events.amazonaws.com", "sns:Publish", "*")}},
		{"subscription", "aws:sns/topicSubscription:TopicSubscription", func(o outputs) args {
			return args{"topic": o["topic"]["arn"], "protocol": "https", "endpoint": "https://pager.example/a-key"}
		}, nil},
		{"queueSubscription", "aws:sns/topicSubscription:TopicSubscription", func(o outputs) args {
			return args{"topic": o["topic"]["arn"], "protocol": "sqs", "endpoint": o["dlq"]["arn"]}
		}, nil},
		{"key", "aws:kms/key:Key", fixed(args{"description": "alarms", "deletionWindowInDays": 7.0, "enableKeyRotation": true}), args{
			"description": "alarms of the pipeline", "tags": map[string]any{"a": "b"},
			"policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}]}`,
		}},
		{"keyAlias", "aws:kms/alias:Alias", func(o outputs) args {
			return args{"name": "alias/alarms", "targetKeyId": o["key"]["keyId"]}
		}, nil},
		{"alarm", "aws:cloudwatch/metricAlarm:MetricAlarm", func(o outputs) args {
			return args{
				"name": "age", "namespace": "AWS/SQS", "metricName": "ApproximateAgeOfOldestMessage", "dimensions": map[string]any{"QueueName": "work"},
				"statistic": "Maximum", "period": 60.0, "evaluationPeriods": 5.0, "datapointsToAlarm": 3.0, "threshold": 300.0,
				"comparisonOperator": "GreaterThanThreshold", "treatMissingData": "notBreaching", "alarmActions": []any{o["topic"]["arn"]},
			}
		}, args{"threshold": 600.0, "okActions": []any{"arn:aws:sns:eu-west-1:000000000000:alarms"}, "tags": map[string]any{"a": "b"}}},
		{"mathAlarm", "aws:cloudwatch/metricAlarm:MetricAlarm", fixed(args{
			"name": "rate", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 1.0, "threshold": 0.5,
			"metricQueries": []any{
				map[string]any{"id": "e1", "expression": "m1 / 2", "label": "half", "returnData": true},
				map[string]any{"id": "m1", "metric": map[string]any{
					"metricName": "Errors", "namespace": "AWS/Lambda", "period": 60.0, "stat": "Sum", "dimensions": map[string]any{"FunctionName": "worker"},
				}},
			},
		}), args{"threshold": 0.75}},
		{"secret", "aws:secretsmanager/secret:Secret", fixed(args{"name": "downstream", "recoveryWindowInDays": 0.0}), args{
			"description": "bearer token", "tags": map[string]any{"a": "b"},
		}},
		{"secretVersion", "aws:secretsmanager/secretVersion:SecretVersion", func(o outputs) args {
			return args{"secretId": o["secret"]["arn"], "secretString": "s3cret"}
		}, nil},
		{"bus", "aws:cloudwatch/eventBus:EventBus", fixed(args{
			"name": "aws.partner/genesys.com/cloud/org/test", "eventSourceName": "aws.partner/genesys.com/cloud/org/test",
		}), args{"tags": map[string]any{"a": "b"}}},
		{"rule", "aws:cloudwatch/eventRule:EventRule", func(o outputs) args {
			return args{"name": "topics", "eventBusName": o["bus"]["name"], "eventPattern": `{"source":["aws.partner/genesys.com"]}`}
		}, args{"eventPattern": `{"source":[{"prefix":"aws.partner/genesys.com"}]}`, "description": "all", "tags": map[string]any{"a": "b"}}},
		{"target", "aws:cloudwatch/eventTarget:EventTarget", func(o outputs) args {
			return args{
				"rule": o["rule"]["name"], "eventBusName": o["bus"]["name"], "targetId": "queue", "arn": o["queue"]["arn"],
				"deadLetterConfig": map[string]any{"arn": o["dlq"]["arn"]},
				"retryPolicy":      map[string]any{"maximumEventAgeInSeconds": 86400.0, "maximumRetryAttempts": 185.0},
			}
		}, args{"retryPolicy": map[string]any{"maximumEventAgeInSeconds": 3600.0, "maximumRetryAttempts": 10.0}}},
		{"archive", "aws:cloudwatch/eventArchive:EventArchive", func(o outputs) args {
			return args{"name": "events", "eventSourceArn": o["bus"]["arn"], "retentionDays": 14.0}
		}, args{"retentionDays": 30.0, "description": "for replays"}},
		{"bucket", "aws:s3/bucketV2:BucketV2", fixed(args{"bucket": "payloads-of-the-test", "forceDestroy": true}), args{"tags": map[string]any{"a": "b"}}},
		{"accessBlock", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", func(o outputs) args {
			return args{"bucket": o["bucket"]["bucket"], "blockPublicAcls": true, "blockPublicPolicy": true, "ignorePublicAcls": true}
		}, args{"restrictPublicBuckets": true}},
		{"encryption", "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", func(o outputs) args {
			return args{"bucket": o["bucket"]["bucket"], "rules": []any{map[string]any{
				"applyServerSideEncryptionByDefault": map[string]any{"sseAlgorithm": "AES256"},
			}}}
		}, nil},
		{"lifecycle", "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", func(o outputs) args {
			return args{"bucket": o["bucket"]["bucket"], "rules": []any{map[string]any{
				"id": "expire", "status": "Enabled", "filter": map[string]any{"prefix": "payloads/"}, "expiration": map[string]any{"days": 14.0},
				"abortIncompleteMultipartUpload": map[string]any{"daysAfterInitiation": 1.0},
			}}}
		}, args{"rules": []any{map[string]any{"id": "expire", "status": "Enabled", "expiration": map[string]any{"days": 21.0}}}}},
		{"ownership", "aws:s3/bucketOwnershipControls:BucketOwnershipControls", func(o outputs) args {
			return args{"bucket": o["bucket"]["bucket"], "rule": map[string]any{"objectOwnership": "BucketOwnerEnforced"}}
		}, args{"rule": map[string]any{"objectOwnership": "BucketOwnerPreferred"}}},
		{"bucketPolicy", "aws:s3/bucketPolicy:BucketPolicy", func(o outputs) args {
			return args{"bucket": o["bucket"]["bucket"], "policy": allow("A", "events.amazonaws.com", "s3:PutObject", o["bucket"].Text("arn")+"/*")}
		}, args{"policy": allow("B", "events.amazonaws.com", "s3:PutObject", "arn:aws:s3:::payloads-of-the-test/x/*")}},
		{"versioning", "aws:s3/bucketVersioningV2:BucketVersioningV2", func(o outputs) args {
			return args{"bucket": o["bucket"]["bucket"], "versioningConfiguration": map[string]any{"status": "Disabled"}}
		}, nil},
	}, appConfigSteps()...)
}

// resourceState is what the engine would keep of a resource.
type resourceState struct {
	step
	urn     resource.URN
	id      resource.ID
	inputs  resource.PropertyMap
	outputs resource.PropertyMap
}

// TestLifecycle takes every resource type from nothing to nothing on a live emulator.
func TestLifecycle(t *testing.T) {
	// With default tags, as many a company has them.
	p := configured(t, startEmulator(t), resource.PropertyMap{"defaultTags": resource.NewProperty(`{"tags":{"team":"cc"}}`)})
	calls := recordCalls(t, p)
	covered := map[tokens.Type]bool{}
	made, states := outputs{}, []*resourceState{}
	for _, s := range steps(t) {
		covered[s.token] = true
		r := &resourceState{step: s, urn: resource.NewURN("test", "provider", "", s.token, s.name)}
		if !t.Run("create "+s.name, func(t *testing.T) { create(t, p, r, made) }) {
			break
		}
		states = append(states, r)
		made[s.name] = plugin.Plain(r.outputs)
		made[s.name]["id"] = string(r.id)
	}
	if !t.Failed() {
		for token := range p.types {
			if !covered[token] {
				t.Errorf("%s has no step in this test", token)
			}
		}
	}
	calls.phase("read")
	for _, r := range states {
		t.Run("refresh "+r.name, func(t *testing.T) { expectNoDrift(t, p, r) })
	}
	calls.phase("edit")
	for _, r := range states {
		if r.change != nil {
			t.Run("update "+r.name, func(t *testing.T) { update(t, p, r) })
		}
	}
	calls.phase("destroy")
	for _, r := range slices.Backward(states) {
		t.Run("delete "+r.name, func(t *testing.T) { remove(t, p, r) })
	}
	for _, r := range states {
		t.Run("gone "+r.name, func(t *testing.T) { expectGone(t, p, r) })
	}
	if !t.Failed() {
		calls.compare(t)
	}
}

func checked(t *testing.T, p *Provider, r *resourceState, in args) resource.PropertyMap {
	t.Helper()
	resp, err := p.Check(t.Context(), sdk.CheckRequest{
		URN: r.urn, Type: r.token, Olds: r.inputs, News: plugin.ToProperty(in).ObjectValue(), AllowUnknowns: true,
	})
	if err != nil || len(resp.Failures) > 0 {
		t.Fatalf("check: %v %v", err, resp.Failures)
	}
	return resp.Properties
}

func create(t *testing.T, p *Provider, r *resourceState, made outputs) {
	in := checked(t, p, r, r.step.inputs(made))
	preview, err := p.Create(t.Context(), sdk.CreateRequest{URN: r.urn, Type: r.token, Properties: in, Preview: true})
	if err != nil || preview.ID != "" {
		t.Fatalf("preview: id %q, error %v", preview.ID, err)
	}
	for name := range p.types[r.token].outputs {
		if !preview.Properties[resource.PropertyKey(name)].IsComputed() {
			t.Errorf("output %s should not be known in the preview", name)
		}
	}
	resp, err := p.Create(t.Context(), sdk.CreateRequest{URN: r.urn, Type: r.token, Properties: in})
	if err != nil {
		t.Fatal(err)
	}
	r.id, r.inputs, r.outputs = resp.ID, in, resp.Properties
	for name := range p.types[r.token].outputs {
		if _, ok := resp.Properties[resource.PropertyKey(name)]; !ok {
			t.Errorf("output %s is missing", name)
		}
	}
	expectNoDiff(t, p, r, in)
}

func expectNoDiff(t *testing.T, p *Provider, r *resourceState, news resource.PropertyMap) {
	t.Helper()
	diff, err := p.Diff(t.Context(), sdk.DiffRequest{URN: r.urn, Type: r.token, ID: r.id, OldInputs: r.inputs, OldOutputs: r.outputs, NewInputs: news})
	if err != nil || diff.Changes != sdk.DiffNone {
		t.Errorf("nothing should have changed: %v %v", diff.DetailedDiff, err)
	}
}

func expectNoDrift(t *testing.T, p *Provider, r *resourceState) {
	t.Helper()
	resp, err := p.Read(t.Context(), sdk.ReadRequest{URN: r.urn, Type: r.token, ID: r.id, Inputs: r.inputs, State: r.outputs})
	if err != nil {
		t.Fatal(err)
	}
	if resp.ID != r.id {
		t.Fatalf("id is %q, and should be %q", resp.ID, r.id)
	}
	if d := r.inputs.Diff(resp.Inputs); d != nil {
		t.Errorf("inputs drifted: %+v", d)
	}
	if d := r.outputs.Diff(resp.Outputs); d != nil {
		for _, k := range d.ChangedKeys() {
			t.Errorf("output %s drifted from %v to %v", k, r.outputs[k], resp.Outputs[k])
		}
	}
	imported, err := p.Read(t.Context(), sdk.ReadRequest{URN: r.urn, Type: r.token, ID: r.id})
	if err != nil {
		if !strings.Contains(err.Error(), "cannot be imported") {
			t.Errorf("import: %v", err)
		}
		return
	}
	diff := p.types[r.token].diff(plugin.Plain(imported.Inputs), plugin.Plain(r.inputs))
	maps.DeleteFunc(diff.DetailedDiff, func(path string, _ sdk.PropertyDiff) bool {
		return slices.Contains(unimportable(), plugin.Root(path)) || slices.Contains(unreported()[r.token], plugin.Root(path))
	})
	if len(diff.DetailedDiff) > 0 {
		t.Errorf("an imported resource differs from the program's: %v", diff.DetailedDiff)
	}
}

// unimportable are inputs that only the program knows, or that this emulator cannot tell without it.
func unimportable() []string {
	return []string{
		"code", "publish", "forceDestroy", "deletionWindowInDays", "recoveryWindowInDays", // nothing in AWS says so
		"metricQueries", // dropped by the emulator: see quirks.go
		"tags",          // of a rule of a partner bus: see quirks.go
	}
}

func update(t *testing.T, p *Provider, r *resourceState) {
	in := plugin.Plain(r.inputs)
	for k, v := range r.change {
		if in[k] = v; v == nil {
			delete(in, k)
		}
	}
	news := checked(t, p, r, in)
	diff, err := p.Diff(t.Context(), sdk.DiffRequest{URN: r.urn, Type: r.token, ID: r.id, OldInputs: r.inputs, OldOutputs: r.outputs, NewInputs: news})
	if err != nil || diff.Changes != sdk.DiffSome || len(diff.ReplaceKeys) > 0 {
		t.Fatalf("the change should be an update in place: %+v %v", diff, err)
	}
	req := sdk.UpdateRequest{URN: r.urn, Type: r.token, ID: r.id, OldInputs: r.inputs, OldOutputs: r.outputs, NewInputs: news, Preview: true}
	preview, err := p.Update(t.Context(), req)
	if err != nil {
		t.Fatalf("preview: %v", err)
	}
	req.Preview = false
	resp, err := p.Update(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range resp.Properties {
		if was := preview.Properties[k]; !was.IsComputed() && !was.DeepEquals(v) {
			t.Errorf("the preview said %s would be %v, and it is %v", k, was, v)
		}
	}
	r.inputs, r.outputs = news, resp.Properties
	expectNoDiff(t, p, r, news)
	expectNoDrift(t, p, r)
}

func remove(t *testing.T, p *Provider, r *resourceState) {
	req := sdk.DeleteRequest{URN: r.urn, Type: r.token, ID: r.id, Inputs: r.inputs, Outputs: r.outputs}
	for range 2 { // the second time it is gone already
		if _, err := p.Delete(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
}

func expectGone(t *testing.T, p *Provider, r *resourceState) {
	resp, err := p.Read(t.Context(), sdk.ReadRequest{URN: r.urn, Type: r.token, ID: r.id, Inputs: r.inputs, State: r.outputs})
	if err != nil || resp.ID != "" {
		t.Errorf("it is still there: id %q, error %v", resp.ID, err)
	}
}
