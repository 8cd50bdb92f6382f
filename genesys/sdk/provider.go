package genesys

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Provider says which organization of Genesys Cloud to work on. Without one, resources use the configuration keys of
// the namespace genesys, or the environment.
type Provider struct {
	pulumi.ProviderResourceState
}

// ProviderArgs are the inputs of Provider. All are optional.
type ProviderArgs struct {
	// AWS region (us-east-1, eu-west-1, …) or domain of the Genesys Cloud organization. Falls back to GENESYSCLOUD_REGION.
	Region pulumi.StringPtrInput
	// Id of an OAuth client with the grant Client Credentials. Falls back to GENESYSCLOUD_OAUTHCLIENT_ID.
	ClientID pulumi.StringPtrInput
	// Secret of that client. Falls back to GENESYSCLOUD_OAUTHCLIENT_SECRET, which keeps it out of the stack's state altogether.
	ClientSecret pulumi.StringPtrInput
	// Id of the organization. When set, names of event sources are known in previews, and the organization isn't asked for it.
	OrganizationID pulumi.StringPtrInput
	// Path below which the endpoints of SqsDestination and EventSubscription are; /api/v2 when not set.
	BasePath pulumi.StringPtrInput
	// Address of the API, instead of the region's.
	APIBaseURL pulumi.StringPtrInput
	// Address of the login service, instead of the region's.
	LoginBaseURL pulumi.StringPtrInput
}

type providerArgs struct {
	Region         *string `pulumi:"region"`
	ClientID       *string `pulumi:"clientId"`
	ClientSecret   *string `pulumi:"clientSecret"`
	OrganizationID *string `pulumi:"organizationId"`
	BasePath       *string `pulumi:"basePath"`
	APIBaseURL     *string `pulumi:"apiBaseUrl"`
	LoginBaseURL   *string `pulumi:"loginBaseUrl"`
}

// ElementType is the type that the inputs have once they are known.
func (ProviderArgs) ElementType() reflect.Type { return reflect.TypeFor[providerArgs]() }

// NewProvider registers a provider. Its client secret is a secret, whether the program says so or not.
func NewProvider(ctx *pulumi.Context, name string, args *ProviderArgs, opts ...pulumi.ResourceOption) (*Provider, error) {
	var in ProviderArgs
	if args != nil {
		in = *args
	}
	if in.ClientSecret != nil {
		in.ClientSecret = pulumi.ToSecret(in.ClientSecret).(pulumi.StringPtrInput)
	}
	var r Provider
	opts = append(opts, pulumi.AdditionalSecretOutputs([]string{"clientSecret"}))
	if err := register(ctx, "pulumi:providers:genesys", name, in, &r, opts); err != nil {
		return nil, err
	}
	return &r, nil
}
