package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/local/cloud"
)

// TestLifecycle deploys, reads back, sends an event of every outcome, edits the configuration, and destroys.
func TestLifecycle(t *testing.T) {
	t.Parallel()
	c := newFixture(t, "local-e2e", map[string]string{"eventBridgeSource": cloud.Source})
	_, err := c.stack.Run(c.ctx, "config", "set", "--path", "aws:defaultTags.tags.team", "contact-centre")
	c.must(err)
	c.up()
	want := expectation{
		visibility: 6*20 + 5, retention: 604800, wait: 20, size: 262144, maxReceiveCount: 3, deadLetterRetention: 1209600,
		memory: 512, timeout: 20, batchSize: 10, window: 5, concurrency: 50,
	}
	c.matches(want)
	c.hasOutputs(contract.OutputIngestionQueueURL, contract.OutputIngestionQueueARN, contract.OutputDeadLetterQueueURL,
		contract.OutputValidationQueueURL, contract.OutputWriterRoleARN, contract.OutputDedupTable, contract.OutputFunction,
		contract.OutputFunctionSHA256, contract.OutputEventSourceMapping, contract.OutputPayloadBucket)
	c.everyOutcome()
	c.producerByClaimCheck()
	c.partnerEvents()

	c.must(c.stack.Set(c.ctx, map[string]string{"maximumConcurrency": "80", "maxReceiveCount": "5", "functionMemoryMb": "1024"}))
	c.previews(
		"update aws:lambda/alias:Alias live",
		"update aws:lambda/eventSourceMapping:EventSourceMapping ingestion",
		"update aws:lambda/function:Function processor",
		"update aws:sqs/redrivePolicy:RedrivePolicy ingestion",
	)
	c.up()
	want.concurrency, want.maxReceiveCount, want.memory = 80, 5, 1024
	c.matches(want)

	if _, err := c.stack.Run(c.ctx, "preview", "--expect-no-changes", "--non-interactive"); err != nil {
		t.Error(err)
	}
	if _, err := c.stack.Run(c.ctx, "refresh", "--yes", "--expect-no-changes", "--non-interactive"); err != nil {
		t.Errorf("what AWS has differs from what was deployed: %v", err)
	}
	c.flagsRollOut()
	c.must(c.stack.Destroy(c.ctx))
	if left := c.left(); len(left) > 0 {
		t.Errorf("destroy left behind: %s", strings.Join(left, ", "))
	}
}

// partnerEvents publishes on the partner bus and waits until the rule, the queue and the function brought it downstream.
func (c *fixture) partnerEvents() {
	c.t.Helper()
	before := len(c.deliveries())
	out, err := eventbridge.NewFromConfig(c.account).PutEvents(c.ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
		EventBusName: aws.String(cloud.Source), Source: aws.String(cloud.Source),
		DetailType: aws.String("v2.users.{id}.presence"),
		Detail:     aws.String(`{"topicName":"v2.users.1.presence","version":"2","eventBody":{"message":""},"timestamp":"2025-01-01T00:00:00.000Z"}`),
	}}})
	c.must(err)
	if out.FailedEntryCount > 0 {
		c.t.Fatalf("the bus refused the event: %s", aws.ToString(out.Entries[0].ErrorMessage))
	}
	c.oneMore(before)
}

// previews wants a preview to change just this.
func (c *fixture) previews(want ...string) {
	c.t.Helper()
	var names []string
	for _, change := range c.preview() {
		names = append(names, change.String())
	}
	slices.Sort(names)
	if !slices.Equal(names, want) {
		c.t.Errorf("the preview changes\n  %s\nwant\n  %s", strings.Join(names, "\n  "), strings.Join(want, "\n  "))
	}
}

// flagsRollOut edits a flag: a new version of the document is deployed, and nothing else changes.
func (c *fixture) flagsRollOut() {
	c.t.Helper()
	_, err := c.stack.Run(c.ctx, "config", "set", "--path", "flags.replays", "again")
	c.must(err)
	c.previews(
		"replace aws:appconfig/deployment:Deployment flags",
		"replace aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion flags",
	)
	c.up()
}

// TestFailedDeploymentCanBeRetried has AWS refuse the event source mapping: someone shortens the queue's visibility
// timeout behind Pulumi's back, which the program can't see.
func TestFailedDeploymentCanBeRetried(t *testing.T) {
	t.Parallel()
	c := newFixture(t, "local-retry", nil)
	_, err := c.stack.Run(c.ctx, "up", "--yes", "--skip-preview", "--non-interactive", "--exclude", "**EventSourceMapping::ingestion")
	c.must(err)
	outputs, err := c.stack.Outputs(c.ctx)
	c.must(err)
	c.setVisibility(outputs[contract.OutputIngestionQueueURL], 1)

	err = c.stack.Up(c.ctx)
	if err == nil {
		t.Fatal("a mapping was created on a queue whose messages are visible again while the function runs")
	}
	for _, part := range []string{"isibility timeout", "20"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error lacks %q:\n%v", part, err)
		}
	}

	_, err = c.stack.Run(c.ctx, "up", "--yes", "--skip-preview", "--non-interactive", "--refresh")
	c.must(err)
	if changes := c.preview(); len(changes) > 0 {
		t.Errorf("after the retry the preview still has %v", changes)
	}
	c.must(c.stack.Destroy(c.ctx))
	if left := c.left(); len(left) > 0 {
		t.Errorf("destroy left behind: %s", strings.Join(left, ", "))
	}
}
