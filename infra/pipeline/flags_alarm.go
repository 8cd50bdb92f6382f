package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

const (
	// Flags are bad when this many messages are quarantined in a minute, and at least one in burstShare of all that leave
	// the ingestion queue. A few events that are bad by themselves take no flags back.
	burstMessages = 10
	burstShare    = 100
)

// flagsMonitor is the alarm that takes new flags back, and the role by which AppConfig sees it.
type flagsMonitor struct {
	alarm *cloudwatch.MetricAlarm
	role  *role
}

// newFlagsMonitor declares the alarm and the role. AppConfig goes by the alarm's state while a rollout lasts, and so takes back
// a document that fixes things as well, as long as the alarm is still on. Nobody looks at a rollout for as long as it takes, so
// the alarm notifies like the others: of what AppConfig has taken back, and of flags that the function refuses.
//
// The alarm counts by what the function says of itself, not by the validation queue: the metrics of a queue that was not in
// use for long can be 15 minutes late (SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS"), which is longer
// than a rollout.
func newFlagsMonitor(s *stack, parent pulumi.Resource, notify pulumi.Array) (*flagsMonitor, error) {
	// FILL gives the newest minutes a value before they have theirs, so that only older ones can raise the alarm
	// (CloudWatch User Guide, "Using math expressions with CloudWatch metrics").
	looksAt := calculation(
		functionMetric(s.names, "quarantined", contract.MetricQuarantined),
		functionMetric(s.names, "refused", contract.MetricFlagsRefused),
		queueMetric(s.names.ingestion, "deleted", deleted, sum),
		computed("burst", "A large part of the events is quarantined", burstExpression),
		result("bad", "Flags are refused, or a large part of the events is quarantined", badFlagsExpression),
	)
	// AppConfig also takes flags back when the alarm knows nothing (AppConfig User Guide, "Monitoring deployments for
	// automatic rollback"): in an idle pipeline it must be OK.
	looksAt.TreatMissingData = pulumi.String("notBreaching")
	// AppConfig pays no attention to an alarm whose actions are disabled.
	looksAt.ActionsEnabled = pulumi.Bool(true)
	alarm, err := newAlarm(s, parent, notify, alarm{
		"flags-rollback", fmt.Sprintf(flagsBad, burstMessages, burstShare), 1, lateMinutes, looksAt,
	})
	if err != nil {
		return nil, err
	}
	watcher, err := newRole(s, parent, "flags", roleArgs{
		name: s.names.flagsRollout, policyName: "watch-alarm",
		description: "Role by which AppConfig watches the alarm that takes flags back",
		trust: policy(pulumi.Map{
			"Effect":    pulumi.String("Allow"),
			"Principal": pulumi.Map{"Service": pulumi.String("appconfig.amazonaws.com")},
			"Action":    pulumi.String("sts:AssumeRole"),
			// IfExists, because AWS does not document that AppConfig says for which account it assumes a role.
			"Condition": pulumi.Map{"StringEqualsIfExists": pulumi.Map{"aws:SourceAccount": pulumi.String(s.where.account)}},
		}),
		// AppConfig's own documentation grants this on every alarm, and does not say how AppConfig asks (AppConfig User Guide,
		// "Step 1: Create an IAM role for automatic rollback based on CloudWatch alarms"). It only reads, and a role that does
		// not see its alarm takes every rollout back.
		permissions: policy(allow("WatchAlarm", pulumi.String("*"), "cloudwatch:DescribeAlarms")),
	})
	return &flagsMonitor{alarm: alarm, role: watcher}, err
}

// burstExpression is 1 in a minute with a burst of quarantined messages. CloudWatch reads a missing value as 0 where it
// compares two metrics, so that any number would be a large part of a metric that is late. Hence deleted > 0, which does not
// hold until it is there.
var burstExpression = fmt.Sprintf(
	"IF(FILL(quarantined, 0) >= %d AND deleted > 0 AND FILL(quarantined, 0) * %d >= deleted, 1, 0)", burstMessages, burstShare)

// badFlagsExpression is above 0 in a minute with a burst or a refused document, whichever of the two has no data.
const badFlagsExpression = "FILL(burst, 0) + FILL(refused, 0)"
