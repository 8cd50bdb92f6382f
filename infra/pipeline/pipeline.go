// Package pipeline declares the resources that take Genesys Cloud events from intake to acknowledgement. One file is one
// part: queues, dedup table, payload bucket, flags, downstream secret, function, event source mapping, the alarms that watch
// it all, and the two intakes, which are opened last.
package pipeline

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/bundle"
	"cc-eventbridge/infra/settings"
)

// Deploy declares the whole pipeline of the current stack and exports its outputs.
func Deploy(ctx *pulumi.Context, s settings.Settings, builder bundle.Builder) error {
	built := build(ctx.Context(), builder, s.Function.Architecture)
	where, err := locate(ctx)
	if err != nil {
		return err
	}
	names := namesOf(ctx.Stack())

	queues, err := newQueues(ctx, names, s)
	if err != nil {
		return fmt.Errorf("declaring the queues: %w", err)
	}
	dedup, err := newDedupTable(ctx, names, s.ProtectData)
	if err != nil {
		return fmt.Errorf("declaring the dedup table: %w", err)
	}
	payloads, err := newPayloads(ctx, s, where)
	if err != nil {
		return fmt.Errorf("declaring the payload bucket: %w", err)
	}
	flags, err := newFlags(ctx, names, s.Flags, where)
	if err != nil {
		return fmt.Errorf("declaring the flags: %w", err)
	}
	secret, err := newDownstreamSecret(ctx, names, s)
	if err != nil {
		return fmt.Errorf("declaring the downstream's secret: %w", err)
	}
	artifact, err := built()
	if err != nil {
		return err
	}
	processor, err := newProcessor(ctx, names, s, processorInputs{queues, dedup, payloads, flags, secret, artifact, where})
	if err != nil {
		return fmt.Errorf("declaring the function: %w", err)
	}
	rollout, err := rolloutFlags(ctx, names, s, flags, processor)
	if err != nil {
		return fmt.Errorf("declaring the rollout of the flags: %w", err)
	}
	mapping, err := newMapping(ctx, s.Mapping, queues, processor, rollout)
	if err != nil {
		return fmt.Errorf("declaring the event source mapping: %w", err)
	}
	notify, err := newAlarms(ctx, names, s, where)
	if err != nil {
		return fmt.Errorf("declaring the alarms: %w", err)
	}
	if err := newIntakes(ctx, names, s, queues, mapping, notify, where); err != nil {
		return err
	}

	ctx.Export("ingestionQueueUrl", queues.ingestion.Url)
	ctx.Export("ingestionQueueArn", queues.ingestion.Arn)
	ctx.Export("deadLetterQueueUrl", queues.deadLetter.Url)
	ctx.Export("validationQueueUrl", queues.validation.Url)
	ctx.Export("dedupTableName", dedup.table.Name)
	ctx.Export("functionName", processor.function.Name)
	ctx.Export("functionCodeSha256", pulumi.String(artifact.SHA256))
	ctx.Export("flagsApplicationId", flags.application.ID())
	ctx.Export("flagsEnvironmentId", flags.environment.EnvironmentId)
	ctx.Export("flagsProfileId", flags.profile.ConfigurationProfileId)
	ctx.Export("eventSourceMappingId", mapping.mapping.Uuid)
	return nil
}

// build starts to build the function and returns what waits for it. It takes as long as all the rest of a preview, which
// goes on meanwhile. A function that does not compile fails the preview, and nothing is touched without one.
func build(ctx context.Context, builder bundle.Builder, architecture string) func() (bundle.Artifact, error) {
	type result struct {
		artifact bundle.Artifact
		err      error
	}
	done := make(chan result, 1)
	go func() {
		artifact, err := builder.Build(ctx, architecture)
		done <- result{artifact, err}
	}()
	return func() (bundle.Artifact, error) {
		r := <-done
		return r.artifact, r.err
	}
}

// location is where the stack is deployed, for the ARNs that a policy has to spell out.
type location struct {
	partition, region, account string
}

func locate(ctx *pulumi.Context) (location, error) {
	caller, err := aws.GetCallerIdentity(ctx, nil)
	if err != nil {
		return location{}, fmt.Errorf("asking AWS which account this is: %w", err)
	}
	region, err := aws.GetRegion(ctx, nil)
	if err != nil {
		return location{}, fmt.Errorf("asking which region this is: %w", err)
	}
	partition, err := aws.GetPartition(ctx, nil)
	if err != nil {
		return location{}, fmt.Errorf("asking which partition this is: %w", err)
	}
	return location{partition: partition.Partition, region: region.Name, account: caller.AccountId}, nil
}
