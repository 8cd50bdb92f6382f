package genesys

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// EventSubscription is events of some types that Genesys Cloud sends to an SqsDestination. Its endpoint is not part of
// Genesys's public API.
//
// pulumi import genesys:index:EventSubscription <name> <id> adopts one that exists.
type EventSubscription struct {
	pulumi.CustomResourceState

	// Name, by which a subscription is found again when the answer to its creation was lost.
	Name pulumi.StringOutput `pulumi:"name"`
	// What the subscription is for.
	Description pulumi.StringOutput `pulumi:"description"`
	// Id of the SqsDestination.
	DestinationID pulumi.StringOutput `pulumi:"destinationId"`
	// Types of events to send.
	EventTypes pulumi.StringArrayOutput `pulumi:"eventTypes"`
	// Send metadata with the events.
	IncludeMetadata pulumi.BoolOutput `pulumi:"includeMetadata"`
	// Whether events are sent.
	Enabled pulumi.BoolOutput `pulumi:"enabled"`
	// ENABLED, DISABLED or ERROR, as Genesys Cloud reports it; empty if it does not.
	Status pulumi.StringOutput `pulumi:"status"`
	// Genesys Cloud's reason for the status, if it gives one.
	StatusMessage pulumi.StringOutput `pulumi:"statusMessage"`
}

// EventSubscriptionArgs are the inputs of EventSubscription. What has no default is required.
type EventSubscriptionArgs struct {
	// Name, by which a subscription is found again when the answer to its creation was lost.
	Name pulumi.StringInput
	// What the subscription is for; empty when not set.
	Description pulumi.StringPtrInput
	// Id of the SqsDestination.
	DestinationID pulumi.StringInput
	// Types of events to send; their order means nothing.
	EventTypes pulumi.StringArrayInput
	// Send metadata with the events; true when not set.
	IncludeMetadata pulumi.BoolPtrInput
	// Whether events are sent; true when not set.
	Enabled pulumi.BoolPtrInput
}

type eventSubscriptionArgs struct {
	Name            string   `pulumi:"name"`
	Description     *string  `pulumi:"description"`
	DestinationID   string   `pulumi:"destinationId"`
	EventTypes      []string `pulumi:"eventTypes"`
	IncludeMetadata *bool    `pulumi:"includeMetadata"`
	Enabled         *bool    `pulumi:"enabled"`
}

// ElementType is the type that the inputs have once they are known.
func (EventSubscriptionArgs) ElementType() reflect.Type {
	return reflect.TypeFor[eventSubscriptionArgs]()
}

// NewEventSubscription registers EventSubscription.
func NewEventSubscription(ctx *pulumi.Context, name string, args *EventSubscriptionArgs, opts ...pulumi.ResourceOption) (*EventSubscription, error) {
	if args == nil {
		return nil, errors.New("registering the EventSubscription " + name + ": its arguments are missing")
	}
	var r EventSubscription
	if err := register(ctx, "genesys:index:EventSubscription", name, args, &r, opts); err != nil {
		return nil, err
	}
	return &r, nil
}

// GetEventSubscription reads one that this program does not manage.
func GetEventSubscription(ctx *pulumi.Context, name string, id pulumi.IDInput, opts ...pulumi.ResourceOption) (*EventSubscription, error) {
	var r EventSubscription
	if err := read(ctx, "genesys:index:EventSubscription", name, id, &r, opts); err != nil {
		return nil, err
	}
	return &r, nil
}
