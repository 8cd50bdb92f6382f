package pipeline_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/pipeline"
)

// TestOutputs: whoever repairs a stack finds each of its parts by an output.
func TestOutputs(t *testing.T) {
	want := map[string]string{
		"ingestionQueueUrl":      "https://sqs.us-east-1.amazonaws.com/123456789012/dev-cc-eventbridge-ingestion",
		"ingestionQueueArn":      "arn:of:queue:Queue:dev-cc-eventbridge-ingestion",
		"deadLetterQueueUrl":     "https://sqs.us-east-1.amazonaws.com/123456789012/dev-cc-eventbridge-dlq",
		"deadLetterQueueArn":     "arn:of:queue:Queue:dev-cc-eventbridge-dlq",
		"validationQueueUrl":     "https://sqs.us-east-1.amazonaws.com/123456789012/dev-cc-eventbridge-validation",
		"ruleDeadLetterQueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/dev-cc-eventbridge-rule-dlq",
		"dedupTableName":         "dev-cc-eventbridge-dedup",
		"payloadBucket":          "dev-cc-eventbridge-payloads-1514d088",
		"functionName":           "dev-cc-eventbridge-processor",
		"functionAliasArn":       "arn:of:alias:Alias:live",
		"functionCodeSha256":     "c2hhMjU2IG9mIHRoZSB6aXA=",
		"logGroupName":           "/aws/lambda/dev-cc-eventbridge-processor",
		"eventSourceMappingId":   "uuid-of-ingestion",
		"flagsApplicationId":     "dev-cc-eventbridge-id",
		"flagsEnvironmentId":     "environment-live",
		"flagsProfileId":         "profile-flags",
		"flagsStrategyId":        "dev-cc-eventbridge-flags-id",
		"alarmTopicArn":          "arn:of:topic:Topic:dev-cc-eventbridge-alarms",
		"writerRoleArn":          "arn:of:role:Role:dev-cc-eventbridge-writer",
		"eventBusName":           "aws.partner/genesys.com/cloud/organization/contact-centre",
		"eventBusArn":            "arn:of:eventBus:EventBus:aws.partner/genesys.com/cloud/organization/contact-centre",
		"archiveArn":             "arn:of:eventArchive:EventArchive:dev-cc-eventbridge-archive",
	}
	for name, test := range map[string]struct {
		change func(*pipeline.Args)
		lacks  []string
	}{
		"every part":                {func(*pipeline.Args) {}, nil},
		"without an archive":        {func(a *pipeline.Args) { a.Settings.Intake.ArchiveDays = 0 }, []string{"archiveArn"}},
		"without the direct intake": {func(a *pipeline.Args) { a.Settings.Intake.Direct = false }, []string{"writerRoleArn"}},
		"without EventBridge": {
			func(a *pipeline.Args) { a.Settings.Intake.EventBridgeSuffix, a.Settings.Intake.ArchiveDays = "", 0 },
			[]string{"archiveArn", "eventBusArn", "eventBusName", "ruleDeadLetterQueueUrl"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			args := whole("contact-centre")
			test.change(&args)
			var mu sync.Mutex
			var known sync.WaitGroup // the program's end does not wait for an output that no resource has
			got := map[string]string{}
			run(t, "dev", func(ctx *pulumi.Context) error {
				p, err := pipeline.New(ctx, "", args)
				if err != nil {
					return err
				}
				for name, output := range p.Outputs() {
					known.Add(1)
					output.ApplyT(func(value string) string {
						defer known.Done()
						mu.Lock()
						defer mu.Unlock()
						got[name] = value
						return value
					})
				}
				return nil
			})
			known.Wait()
			expected := maps.Clone(want)
			maps.DeleteFunc(expected, func(name, _ string) bool { return slices.Contains(test.lacks, name) })
			for name, value := range expected {
				if got[name] != value {
					t.Errorf("%s is %q, want %q", name, got[name], value)
				}
			}
			for name := range got {
				if _, ok := expected[name]; !ok {
					t.Errorf("the output %s is there", name)
				}
			}
			if strings.Contains(strings.Join(slices.Collect(maps.Values(got)), " "), "not-a-real-token") {
				t.Error("a secret is in the outputs")
			}
		})
	}
}
