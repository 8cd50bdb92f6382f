package pipeline_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/pipeline"
)

// TestWhatHoldsDataIsProtected: Pulumi refuses to delete or replace these, whichever key asks for it. What is taken out of a stack
// by hand stays in AWS, where it is the only copy of events.
func TestWhatHoldsDataIsProtected(t *testing.T) {
	want := []string{
		"aws:cloudwatch/eventArchive:EventArchive::partner", "aws:cloudwatch/eventBus:EventBus::partner",
		"aws:dynamodb/table:Table::dedup", "aws:s3/bucketV2:BucketV2::payloads", "aws:sqs/queue:Queue::dead-letter",
		"aws:sqs/queue:Queue::ingestion", "aws:sqs/queue:Queue::rule-dead-letter", "aws:sqs/queue:Queue::validation",
		"genesys:index:EventBridgeSource::partner",
	}
	retained := []string{
		"aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion::flags",
		"aws:cloudwatch/eventArchive:EventArchive::partner", "aws:cloudwatch/eventBus:EventBus::partner",
	}
	for _, on := range []bool{true, false} {
		args := whole("contact-centre")
		args.Settings.ProtectData = on
		var protects, retains []string
		for _, r := range run(t, "dev", func(ctx *pulumi.Context) error {
			_, err := pipeline.New(ctx, "", args)
			return err
		}).resources {
			if r.Protect {
				protects = append(protects, r.URN)
			}
			if r.Retain {
				retains = append(retains, r.URN)
			}
		}
		if !on && len(protects)+len(retains) > 0 {
			t.Errorf("without protectData %q are protected and %q retained", protects, retains)
		}
		if on && (!slices.Equal(protects, want) || !slices.Equal(retains, retained)) {
			t.Errorf("protected are\n  %s\nand retained\n  %s", strings.Join(protects, "\n  "), strings.Join(retains, "\n  "))
		}
	}
}

// TestNamePrefix: a stack that is renamed keeps its names.
func TestNamePrefix(t *testing.T) {
	before := run(t, "dev", func(ctx *pulumi.Context) error {
		_, err := pipeline.New(ctx, "", whole("contact-centre"))
		return err
	}).resources
	args := whole("contact-centre")
	args.Settings.NamePrefix = "dev"
	after := run(t, "renamed", func(ctx *pulumi.Context) error {
		_, err := pipeline.New(ctx, "", args)
		return err
	}).resources
	for i, r := range before {
		if !reflect.DeepEqual(r.Inputs, after[i].Inputs) {
			t.Errorf("%s was\n  %v\nand is\n  %v", r.URN, r.Inputs, after[i].Inputs)
		}
	}
	if len(before) != len(after) {
		t.Errorf("there were %d resources, and are %d", len(before), len(after))
	}
}
