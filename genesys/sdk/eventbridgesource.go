package genesys

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// EventBridgeSource is an integration that sends events to a partner event source of Amazon EventBridge. Events are lost
// until a bus is attached to the source.
//
// pulumi import genesys:index:EventBridgeSource <name> <id> adopts one that exists.
type EventBridgeSource struct {
	pulumi.CustomResourceState

	// Name, by which an integration is found again when the answer to its creation was lost.
	Name pulumi.StringOutput `pulumi:"name"`
	// AWS account (12 digits) that gets the event source.
	AWSAccountID pulumi.StringOutput `pulumi:"awsAccountId"`
	// AWS region that gets the event source.
	AWSAccountRegion pulumi.StringOutput `pulumi:"awsAccountRegion"`
	// Last part of the event source's name.
	EventSourceSuffix pulumi.StringOutput `pulumi:"eventSourceSuffix"`
	// Topics to send, with a literal {id}.
	EventFilter pulumi.StringArrayOutput `pulumi:"eventFilter"`
	// Notes for administrators.
	Notes pulumi.StringOutput `pulumi:"notes"`
	// Whether events are sent.
	Enabled pulumi.BoolOutput `pulumi:"enabled"`
	// Id of the integration.
	IntegrationID pulumi.StringOutput `pulumi:"integrationId"`
	// Name of the partner event source in AWS, and of the bus that is attached to it.
	EventSourceName pulumi.StringOutput `pulumi:"eventSourceName"`
	// ACTIVE, INACTIVE or ERROR, as Genesys Cloud reports it.
	Status pulumi.StringOutput `pulumi:"status"`
	// Genesys Cloud's reason for the status, if it gives one.
	StatusMessage pulumi.StringOutput `pulumi:"statusMessage"`
}

// EventBridgeSourceArgs are the inputs of EventBridgeSource. What has no default is required.
type EventBridgeSourceArgs struct {
	// Name, by which an integration is found again when the answer to its creation was lost.
	Name pulumi.StringInput
	// AWS account (12 digits) that gets the event source.
	AWSAccountID pulumi.StringInput
	// AWS region that gets the event source.
	AWSAccountRegion pulumi.StringInput
	// Last part of the event source's name: 1 to 64 of A-Z a-z 0-9 . - _, unique in the organization.
	EventSourceSuffix pulumi.StringInput
	// Topics to send, with a literal {id}; their order means nothing.
	EventFilter pulumi.StringArrayInput
	// Notes for administrators; empty when not set.
	Notes pulumi.StringPtrInput
	// Whether events are sent; true when not set.
	Enabled pulumi.BoolPtrInput
}

type eventBridgeSourceArgs struct {
	Name              string   `pulumi:"name"`
	AWSAccountID      string   `pulumi:"awsAccountId"`
	AWSAccountRegion  string   `pulumi:"awsAccountRegion"`
	EventSourceSuffix string   `pulumi:"eventSourceSuffix"`
	EventFilter       []string `pulumi:"eventFilter"`
	Notes             *string  `pulumi:"notes"`
	Enabled           *bool    `pulumi:"enabled"`
}

// ElementType is the type that the inputs have once they are known.
func (EventBridgeSourceArgs) ElementType() reflect.Type {
	return reflect.TypeFor[eventBridgeSourceArgs]()
}

// NewEventBridgeSource registers EventBridgeSource.
func NewEventBridgeSource(ctx *pulumi.Context, name string, args *EventBridgeSourceArgs, opts ...pulumi.ResourceOption) (*EventBridgeSource, error) {
	if args == nil {
		return nil, errors.New("registering the EventBridgeSource " + name + ": its arguments are missing")
	}
	var r EventBridgeSource
	if err := register(ctx, "genesys:index:EventBridgeSource", name, args, &r, opts); err != nil {
		return nil, err
	}
	return &r, nil
}

// GetEventBridgeSource reads one that this program does not manage.
func GetEventBridgeSource(ctx *pulumi.Context, name string, id pulumi.IDInput, opts ...pulumi.ResourceOption) (*EventBridgeSource, error) {
	var r EventBridgeSource
	if err := read(ctx, "genesys:index:EventBridgeSource", name, id, &r, opts); err != nil {
		return nil, err
	}
	return &r, nil
}
