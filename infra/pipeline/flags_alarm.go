package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// A bad flag shows as a burst in the validation queue: this many messages in a minute, and more than one in
	// burstShare of all that leave the ingestion queue. A few events that are bad by themselves take no flags back.
	burstMessages = 10
	burstShare    = 10
)

// flagsMonitor is the alarm that takes new flags back, and the role by which AppConfig sees it.
type flagsMonitor struct {
	alarm       *cloudwatch.MetricAlarm
	role        *iam.Role
	permissions *iam.RolePolicy
}

// newFlagsMonitor declares the alarm and the role. It notifies nobody: the alarm on the growing validation queue does, and
// what this one does is for AppConfig. That goes by the alarm's state while a rollout lasts, and so takes back a document
// that mends things as well, as long as the alarm is still on.
func newFlagsMonitor(ctx *pulumi.Context, parent pulumi.Resource, n names, where location) (*flagsMonitor, error) {
	alarm, err := cloudwatch.NewMetricAlarm(ctx, "flags-rollback", &cloudwatch.MetricAlarmArgs{
		Name:             pulumi.String(n.alarm("flags-rollback")),
		AlarmDescription: pulumi.String("Many events go to the validation queue. If flags are being rolled out AppConfig takes them back: look at its last deployment and at the reasons in the queue. Until this is over it takes back every other document too."),
		MetricQueries: cloudwatch.MetricAlarmMetricQueryArray{
			queueMetric(n.validation, "quarantined", "NumberOfMessagesSent", "Sum"),
			queueMetric(n.ingestion, "deleted", "NumberOfMessagesDeleted", "Sum"),
			&cloudwatch.MetricAlarmMetricQueryArgs{
				Id:    pulumi.String("burst"),
				Label: pulumi.String("A large part of the events is quarantined"),
				Expression: pulumi.String(fmt.Sprintf("IF(FILL(quarantined, 0) >= %d AND FILL(quarantined, 0) * %d > FILL(deleted, 0), 1, 0)",
					burstMessages, burstShare)),
				ReturnData: pulumi.Bool(true),
			},
		},
		EvaluationPeriods:  pulumi.Int(1),
		DatapointsToAlarm:  pulumi.Int(1),
		Threshold:          pulumi.Float64(0),
		ComparisonOperator: pulumi.String("GreaterThanThreshold"),
		// AppConfig also takes flags back when the alarm knows nothing (AppConfig User Guide, "Monitoring deployments for
		// automatic rollback"): in an idle pipeline it must be OK.
		TreatMissingData: pulumi.String("notBreaching"),
		// It has no action and yet they must be on: AppConfig does not heed an alarm whose actions are disabled.
		ActionsEnabled: pulumi.Bool(true),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	role, err := iam.NewRole(ctx, "flags", &iam.RoleArgs{
		Name:        pulumi.String(n.flagsRollout),
		Description: pulumi.String("Role by which AppConfig watches the alarm that takes flags back"),
		AssumeRolePolicy: policy(pulumi.Map{
			"Effect":    pulumi.String("Allow"),
			"Principal": pulumi.Map{"Service": pulumi.String("appconfig.amazonaws.com")},
			"Action":    pulumi.String("sts:AssumeRole"),
			// IfExists, because AWS does not document that AppConfig says for which account it assumes a role.
			"Condition": pulumi.Map{"StringEqualsIfExists": pulumi.Map{"aws:SourceAccount": pulumi.String(where.account)}},
		}),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	permissions, err := iam.NewRolePolicy(ctx, "flags", &iam.RolePolicyArgs{
		Name:   pulumi.String("watch-alarm"),
		Role:   role.Name,
		Policy: policy(allow("WatchAlarm", alarm.Arn, "cloudwatch:DescribeAlarms")),
	}, pulumi.Parent(parent))
	return &flagsMonitor{alarm: alarm, role: role, permissions: permissions}, err
}
