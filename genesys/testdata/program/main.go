// Command program is a Pulumi program with every resource of the provider, for the test that runs the real CLI.
package main

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	genesys "cc-eventbridge/genesys/sdk"
)

const account = "123456789012"

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		retries, _ := ctx.GetConfig(ctx.Project() + ":maxRetries")
		maxRetries, err := strconv.Atoi(retries)
		if err != nil {
			return fmt.Errorf("reading maxRetries: %w", err)
		}
		source, err := genesys.NewEventBridgeSource(ctx, "source", &genesys.EventBridgeSourceArgs{
			Name:              pulumi.String("source"),
			AWSAccountID:      pulumi.String(account),
			AWSAccountRegion:  pulumi.String("eu-west-1"),
			EventSourceSuffix: pulumi.String("prod"),
			EventFilter:       pulumi.ToStringArray([]string{"v2.detail.events.conversation.{id}.customer.end"}),
		})
		if err != nil {
			return err
		}
		ctx.Export("eventSourceName", source.EventSourceName)

		destination, err := genesys.NewSqsDestination(ctx, "destination", &genesys.SqsDestinationArgs{
			Name:         pulumi.String("destination"),
			AWSAccountID: pulumi.String(account),
			AWSRegion:    pulumi.String("eu-west-1"),
			QueueARN:     pulumi.String("arn:aws:sqs:eu-west-1:" + account + ":queue"),
			RoleARN:      pulumi.String("arn:aws:iam::" + account + ":role/writer"),
			MaxRetries:   pulumi.Int(maxRetries),
		})
		if err != nil {
			return err
		}
		_, err = genesys.NewEventSubscription(ctx, "subscription", &genesys.EventSubscriptionArgs{
			Name:          pulumi.String("subscription"),
			DestinationID: destination.ID(),
			EventTypes:    pulumi.ToStringArray([]string{"telephony.call.created", "telephony.call.completed"}),
		})
		return err
	})
}
