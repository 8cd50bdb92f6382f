package pipeline

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

// directIntake is the role that Genesys Cloud assumes.
type directIntake struct {
	role *role
	// arn is what Genesys Cloud is given.
	arn pulumi.StringOutput
}

// newDirectIntake declares the role that Genesys Cloud assumes to write to the ingestion queue. Only
// Genesys's own AWS account may assume it, and only when it presents the external id of this organization: that keeps another
// Genesys customer from having Genesys write here on their behalf.
func newDirectIntake(s *stack, q *queues, c *consumer) (*directIntake, error) {
	group, err := s.part("DirectIntake", "direct-intake")
	if err != nil {
		return nil, err
	}
	writer, err := newRole(s, group, "writer", roleArgs{
		name: s.names.writer, policyName: "send-to-ingestion-queue",
		description: "Assumed by Genesys Cloud to send events to the ingestion queue",
		trust: policy(pulumi.Map{
			"Sid":       pulumi.String("GenesysAssumesWithExternalId"),
			"Effect":    pulumi.String("Allow"),
			"Principal": pulumi.Map{"AWS": accountRoot(s.where, s.Intake.GenesysAccountID)},
			"Action":    pulumi.String("sts:AssumeRole"),
			"Condition": pulumi.Map{"StringEquals": pulumi.Map{"sts:ExternalId": pulumi.String(s.Intake.GenesysExternalID)}},
		}),
		permissions: policy(allow("SendEvents", q.ingestion.Arn, "sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl")),
	})
	if err != nil {
		return nil, err
	}
	arn := writer.Arn
	if s.Roles.PermissionsBoundary != "" {
		// The mapping takes a while to make: by then IAM knows the role everywhere.
		last := pulumi.All(writer.Arn, c.mapping.Uuid).ApplyT(func(all []any) string { return all[0].(string) }).(pulumi.StringOutput)
		arn = onceAllowed(s, group, last, writer)
	}
	return &directIntake{role: writer, arn: arn}, group.done(pulumi.Map{contract.OutputWriterRoleARN: arn})
}
