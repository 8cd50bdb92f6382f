package pipeline_test

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/bundle"
	"cc-eventbridge/infra/pipeline"
	"cc-eventbridge/infra/settings"
)

// A pipeline in another region, for a program of its own.
func ExampleNew() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		ireland, err := aws.NewProvider(ctx, "ireland", &aws.ProviderArgs{Region: pulumi.String("eu-west-1")})
		if err != nil {
			return err
		}
		builder, err := bundle.InWorkspace("")
		if err != nil {
			return err
		}
		s := settings.Default()
		s.Intake.GenesysExternalID = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
		s.Mapping.MaximumConcurrency = 20
		sales, err := pipeline.New(ctx, "sales", pipeline.Args{Settings: s, Builder: builder}, pulumi.Provider(ireland))
		if err != nil {
			return err
		}
		ctx.Export("salesQueue", sales.IngestionQueueURL)
		return nil
	})
}
