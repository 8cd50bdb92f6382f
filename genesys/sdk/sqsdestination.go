package genesys

import (
	"errors"
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// SqsDestination is an SQS queue that Genesys Cloud writes events to by assuming a role of yours. Its endpoint is not part of
// Genesys's public API.
//
// pulumi import genesys:index:SqsDestination <name> <id> adopts one that exists.
type SqsDestination struct {
	pulumi.CustomResourceState

	// Name, by which a destination is found again when the answer to its creation was lost.
	Name pulumi.StringOutput `pulumi:"name"`
	// What the destination is for.
	Description pulumi.StringOutput `pulumi:"description"`
	// AWS account (12 digits) of the queue.
	AWSAccountID pulumi.StringOutput `pulumi:"awsAccountId"`
	// AWS region of the queue.
	AWSRegion pulumi.StringOutput `pulumi:"awsRegion"`
	// ARN of the queue.
	QueueARN pulumi.StringOutput `pulumi:"queueArn"`
	// ARN of the role that Genesys Cloud assumes.
	RoleARN pulumi.StringOutput `pulumi:"roleArn"`
	// Have Genesys Cloud compress events.
	EnableCompression pulumi.BoolOutput `pulumi:"enableCompression"`
	// How often Genesys Cloud retries a delivery.
	MaxRetries pulumi.IntOutput `pulumi:"maxRetries"`
	// Seconds between retries.
	RetryIntervalSeconds pulumi.IntOutput `pulumi:"retryIntervalSeconds"`
	// ENABLED, DISABLED or ERROR, as Genesys Cloud reports it; empty if it does not.
	Status pulumi.StringOutput `pulumi:"status"`
	// Genesys Cloud's reason for the status, if it gives one.
	StatusMessage pulumi.StringOutput `pulumi:"statusMessage"`
}

// SqsDestinationArgs are the inputs of SqsDestination. What has no default is required.
type SqsDestinationArgs struct {
	// Name, by which a destination is found again when the answer to its creation was lost.
	Name pulumi.StringInput
	// What the destination is for; empty when not set.
	Description pulumi.StringPtrInput
	// AWS account (12 digits) of the queue.
	AWSAccountID pulumi.StringInput
	// AWS region of the queue.
	AWSRegion pulumi.StringInput
	// ARN of the queue.
	QueueARN pulumi.StringInput
	// ARN of the role that Genesys Cloud assumes. Access keys are not supported: they don't expire.
	RoleARN pulumi.StringInput
	// Have Genesys Cloud compress events; true when not set.
	EnableCompression pulumi.BoolPtrInput
	// How often Genesys Cloud retries a delivery; 5 when not set.
	MaxRetries pulumi.IntPtrInput
	// Seconds between retries; 60 when not set.
	RetryIntervalSeconds pulumi.IntPtrInput
}

type sqsDestinationArgs struct {
	Name                 string  `pulumi:"name"`
	Description          *string `pulumi:"description"`
	AWSAccountID         string  `pulumi:"awsAccountId"`
	AWSRegion            string  `pulumi:"awsRegion"`
	QueueARN             string  `pulumi:"queueArn"`
	RoleARN              string  `pulumi:"roleArn"`
	EnableCompression    *bool   `pulumi:"enableCompression"`
	MaxRetries           *int    `pulumi:"maxRetries"`
	RetryIntervalSeconds *int    `pulumi:"retryIntervalSeconds"`
}

// ElementType is the type that the inputs have once they are known.
func (SqsDestinationArgs) ElementType() reflect.Type { return reflect.TypeFor[sqsDestinationArgs]() }

// NewSqsDestination registers SqsDestination.
func NewSqsDestination(ctx *pulumi.Context, name string, args *SqsDestinationArgs, opts ...pulumi.ResourceOption) (*SqsDestination, error) {
	if args == nil {
		return nil, errors.New("registering the SqsDestination " + name + ": its arguments are missing")
	}
	var r SqsDestination
	if err := register(ctx, "genesys:index:SqsDestination", name, args, &r, opts); err != nil {
		return nil, err
	}
	return &r, nil
}

// GetSqsDestination reads one that this program does not manage.
func GetSqsDestination(ctx *pulumi.Context, name string, id pulumi.IDInput, opts ...pulumi.ResourceOption) (*SqsDestination, error) {
	var r SqsDestination
	if err := read(ctx, "genesys:index:SqsDestination", name, id, &r, opts); err != nil {
		return nil, err
	}
	return &r, nil
}
