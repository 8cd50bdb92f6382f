package pipeline

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/bundle"
	"cc-eventbridge/infra/settings"
)

// Args are what a pipeline is made from.
type Args struct {
	// Settings are those of settings.Default, with changes. New checks them and derives what they leave open.
	Settings settings.Settings
	// Builder builds the function.
	Builder bundle.Builder
	// DownstreamSecret is the bearer token for Settings.DownstreamURL; nil sends none.
	DownstreamSecret pulumi.StringInput
	// TargetSecrets are those of the targets of Settings.Routes, by the target's name.
	TargetSecrets map[string]pulumi.StringInput
	// GenesysClientSecret is the secret of Settings.Genesys.ClientID; nil takes it from the environment.
	GenesysClientSecret pulumi.StringInput
}

// New declares a pipeline.
//
// The name tells the pipelines of one program apart. It goes before the name of each resource in the program, and after the
// stack's in what the resource is called in AWS and in Genesys Cloud. One pipeline of a program can do without: its name is
// empty.
//
// A pipeline is no component resource itself, its parts are: a resource above them would be in the URNs of all, and stacks
// that are deployed have them without. The options are those of each part, such as pulumi.Parent, pulumi.Provider and
// pulumi.Protect.
func New(ctx *pulumi.Context, name string, args Args, options ...pulumi.ResourceOption) (*Pipeline, error) {
	s, err := newStack(ctx, name, args, options)
	if err != nil {
		return nil, err
	}
	built := build(ctx.Context(), args.Builder, s.Function.Architecture)

	queues, err := newQueues(s)
	if err != nil {
		return nil, fmt.Errorf("declaring the queues: %w", err)
	}
	if s.where, err = locate(ctx, queues); err != nil {
		return nil, err
	}
	if err := checkAccount(s, queues); err != nil {
		return nil, err
	}
	dedup, err := newDedupTable(s)
	if err != nil {
		return nil, fmt.Errorf("declaring the dedup table: %w", err)
	}
	payloads, err := newPayloads(s)
	if err != nil {
		return nil, fmt.Errorf("declaring the payload bucket: %w", err)
	}
	notifications, err := newNotifications(s)
	if err != nil {
		return nil, fmt.Errorf("declaring the topic for alarms: %w", err)
	}
	flags, err := newFlags(s, notifications.notify())
	if err != nil {
		return nil, fmt.Errorf("declaring the flags: %w", err)
	}
	secret, err := newDownstreamSecret(s)
	if err != nil {
		return nil, fmt.Errorf("declaring the downstream's secret: %w", err)
	}
	targetSecrets, err := newTargetSecrets(s)
	if err != nil {
		return nil, fmt.Errorf("declaring the secrets of targets: %w", err)
	}
	artifact, err := built()
	if err != nil {
		return nil, err
	}
	processor, err := newProcessor(s, processorInputs{queues, dedup, payloads, flags, secret, targetSecrets, artifact})
	if err != nil {
		return nil, fmt.Errorf("declaring the function: %w", err)
	}
	rollout, err := rolloutFlags(s, flags, processor)
	if err != nil {
		return nil, fmt.Errorf("declaring the rollout of the flags: %w", err)
	}
	consumer, err := newConsumer(s, queues, processor, flags, rollout)
	if err != nil {
		return nil, fmt.Errorf("declaring the event source mapping: %w", err)
	}
	if err := newAlarms(s, notifications); err != nil {
		return nil, fmt.Errorf("declaring the alarms: %w", err)
	}
	intakes, err := newIntakes(s, queues, consumer, notifications.notify())
	if err != nil {
		return nil, err
	}
	p := &Pipeline{
		IngestionQueueURL:    queues.ingestion.Url,
		IngestionQueueARN:    queues.ingestion.Arn,
		DeadLetterQueueURL:   queues.deadLetter.Url,
		ValidationQueueURL:   queues.validation.Url,
		DedupTableName:       dedup.table.Name,
		PayloadBucket:        payloads.bucket.Bucket,
		FunctionName:         processor.function.Name,
		FunctionCodeSHA256:   pulumi.String(artifact.SHA256).ToStringOutput(),
		EventSourceMappingID: consumer.mapping.Uuid,
		FlagsApplicationID:   flags.application.ID().ToStringOutput(),
		FlagsEnvironmentID:   flags.environment.EnvironmentId,
		FlagsProfileID:       flags.profile.ConfigurationProfileId,
		FlagsStrategyID:      rollout.strategy.ID().ToStringOutput(),
		WriterRoleARN:        intakes.writerRole,
		DeadLetterQueueARN:   queues.deadLetter.Arn,
		FunctionAliasARN:     processor.alias.Arn,
		LogGroupName:         processor.logs.Name,
		AlarmTopicARN:        notifications.topic.Arn,
	}
	if partner := intakes.partner; partner != nil {
		p.EventBusName, p.EventBusARN = partner.bus.Name, partner.bus.Arn
		p.RuleDeadLetterQueueURL = partner.undelivered.Url
		if partner.archive != nil {
			p.ArchiveARN = partner.archive.Arn
		}
	}
	return p, nil
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
