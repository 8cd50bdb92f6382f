package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

// directIntake is the role that Genesys Cloud assumes, and what it may do with it.
type directIntake struct {
	role        *iam.Role
	permissions *iam.RolePolicy
}

// newDirectIntake declares the role that Genesys Cloud assumes to write to the ingestion queue. Only
// Genesys's own AWS account may assume it, and only when it presents the external id of this organization: that keeps another
// Genesys customer from having Genesys write here on their behalf.
func newDirectIntake(s *stack, q *queues) (*directIntake, error) {
	group, err := s.part("DirectIntake", "direct-intake")
	if err != nil {
		return nil, err
	}
	role, err := iam.NewRole(s.ctx, s.resource("writer"), &iam.RoleArgs{
		Name:        pulumi.String(s.names.writer),
		Description: pulumi.String("Assumed by Genesys Cloud to send events to the ingestion queue"),
		AssumeRolePolicy: policy(pulumi.Map{
			"Sid":       pulumi.String("GenesysAssumesWithExternalId"),
			"Effect":    pulumi.String("Allow"),
			"Principal": pulumi.Map{"AWS": accountRoot(s.where, s.Intake.GenesysAccountID)},
			"Action":    pulumi.String("sts:AssumeRole"),
			"Condition": pulumi.Map{"StringEquals": pulumi.Map{"sts:ExternalId": pulumi.String(s.Intake.GenesysExternalID)}},
		}),
	}, pulumi.Parent(group))
	if err != nil {
		return nil, err
	}
	permissions, err := iam.NewRolePolicy(s.ctx, s.resource("writer"), &iam.RolePolicyArgs{
		Name: pulumi.String("send-to-ingestion-queue"),
		Role: role.Name,
		Policy: policy(allow("SendEvents", q.ingestion.Arn,
			"sqs:SendMessage", "sqs:GetQueueAttributes", "sqs:GetQueueUrl")),
	}, pulumi.Parent(group))
	if err != nil {
		return nil, err
	}
	return &directIntake{role: role, permissions: permissions}, group.done(pulumi.Map{contract.OutputWriterRoleARN: role.Arn})
}
