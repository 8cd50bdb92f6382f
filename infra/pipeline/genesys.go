package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	genesys "cc-eventbridge/genesys/sdk"
)

// newGenesysProvider declares how Genesys Cloud is reached, or returns nil for a stack that leaves it alone. What the
// stack does not set the provider takes from the environment.
func newGenesysProvider(s *stack) (pulumi.ProviderResource, error) {
	if !s.Genesys.Register {
		return nil, nil
	}
	args := &genesys.ProviderArgs{
		Region:   set(s.Genesys.Region),
		ClientID: set(s.Genesys.ClientID),
		// The external id is the organization's: with it previews know the name of the event source.
		OrganizationID: set(s.Intake.GenesysExternalID),
		APIBaseURL:     set(s.Genesys.APIURL),
		LoginBaseURL:   set(s.Genesys.APIURL),
	}
	if s.genesysClientSecret != nil {
		args.ClientSecret = s.genesysClientSecret.ToStringOutput().ToStringPtrOutput()
	}
	provider, err := genesys.NewProvider(s.ctx, s.resource("genesys"), args)
	if err != nil {
		return nil, err
	}
	return provider, nil
}

// set is a text, or nothing where it is empty.
func set(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.String(text)
}

// registerDirect has Genesys Cloud send events over the direct intake. It waits for all that is ready: Genesys Cloud may
// try the role as soon as it hears of it, and events come as soon as there is a subscription.
func registerDirect(
	s *stack, q *queues, direct *directIntake, cloud pulumi.ProviderResource, ready []pulumi.Resource,
) error {
	group, err := s.part("DirectRegistration", "direct-registration")
	if err != nil {
		return err
	}
	options := []pulumi.ResourceOption{pulumi.Parent(group), pulumi.Provider(cloud)}
	destination, err := genesys.NewSqsDestination(s.ctx, s.resource("ingestion"), &genesys.SqsDestinationArgs{
		Name:              pulumi.String(s.names.genesys),
		Description:       pulumi.String("The ingestion queue of " + s.names.genesys + ", managed by Pulumi"),
		AWSAccountID:      pulumi.String(s.where.account),
		AWSRegion:         pulumi.String(s.where.region),
		QueueARN:          q.ingestion.Arn,
		RoleARN:           direct.arn,
		EnableCompression: pulumi.Bool(s.Genesys.Compression),
	}, append(options, pulumi.DependsOn(ready))...)
	if err != nil {
		return err
	}
	subscription, err := genesys.NewEventSubscription(s.ctx, s.resource("events"), &genesys.EventSubscriptionArgs{
		Name:          pulumi.String(s.names.genesys),
		Description:   pulumi.String("Events for " + s.names.genesys + ", managed by Pulumi"),
		DestinationID: destination.ID(),
		EventTypes:    pulumi.ToStringArray(s.Genesys.EventTypes),
	}, options...)
	if err != nil {
		return err
	}
	return group.done(pulumi.Map{"destinationId": destination.ID(), "subscriptionId": subscription.ID()})
}

// newEventSource has Genesys Cloud send events to a partner event source of this account, and returns the source's name
// once AWS has it.
func newEventSource(
	s *stack, parent pulumi.Resource, cloud pulumi.ProviderResource, ready []pulumi.Resource,
) (pulumi.StringOutput, error) {
	source, err := genesys.NewEventBridgeSource(s.ctx, s.resource("partner"), &genesys.EventBridgeSourceArgs{
		Name:              pulumi.String(s.names.genesys),
		AWSAccountID:      pulumi.String(s.where.account),
		AWSAccountRegion:  pulumi.String(s.where.region),
		EventSourceSuffix: pulumi.String(s.Intake.EventBridgeSuffix),
		EventFilter:       pulumi.ToStringArray(s.Intake.Topics),
		Notes:             pulumi.String("Events for " + s.names.genesys + ", managed by Pulumi"),
	}, pulumi.Parent(parent), pulumi.Provider(cloud), pulumi.DependsOn(ready), pulumi.Protect(s.ProtectData))
	if err != nil {
		return pulumi.StringOutput{}, err
	}
	return source.EventSourceName.ApplyT(func(name string) (string, error) {
		if s.ctx.DryRun() {
			return name, nil
		}
		return name, awaitSource(s.ctx.Context(), name, func(name string) error {
			args := &cloudwatch.GetEventSourceArgs{NamePrefix: pulumi.StringRef(name)}
			_, err := cloudwatch.GetEventSource(s.ctx, args, pulumi.Parent(parent))
			return err
		})
	}).(pulumi.StringOutput), nil
}

const (
	// sourceDeadline is how long AWS may take to show a source that Genesys Cloud calls active: seconds, as a rule.
	sourceDeadline = 5 * time.Minute
	sourcePoll     = 2 * time.Second
)

// awaitSource waits until AWS has a partner event source; a bus can't be attached to one that is not there.
func awaitSource(ctx context.Context, name string, look func(name string) error) error {
	if name == "" {
		return errors.New(sourceUnnamed)
	}
	ctx, cancel := context.WithTimeout(ctx, sourceDeadline)
	defer cancel()
	for {
		err := look(name)
		switch {
		case err == nil:
			return nil
		case strings.Contains(err.Error(), "multiple event sources matched"):
			// The aws provider looks for names that start with this one. Whether this one is among them, the creation
			// of its bus will tell.
			return nil
		case !strings.Contains(err.Error(), "no matching partner event source"):
			return fmt.Errorf("looking for the partner event source %s: %w", name, err)
		}
		timer := time.NewTimer(sourcePoll)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf(sourceMissing, name, sourceDeadline)
			}
			return fmt.Errorf("waiting for the partner event source %s: %w", name, ctx.Err())
		}
	}
}
