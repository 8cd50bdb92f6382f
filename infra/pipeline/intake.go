package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

// newIntakes declares the intakes that the stack has, and with them the ingestion queue's policy: who may write depends on
// them, and a policy has one owner.
func newIntakes(ctx *pulumi.Context, n names, s settings.Settings, q *queues, where location) error {
	in := s.Intake
	if in.Direct {
		role, err := newDirectIntake(ctx, n, in, q, where)
		if err != nil {
			return fmt.Errorf("declaring the direct intake: %w", err)
		}
		ctx.Export("writerRoleArn", role)
	}
	if in.EventBridgeSource != "" {
		if err := newEventBridgeIntake(ctx, n, s, q, where); err != nil {
			return fmt.Errorf("declaring the EventBridge intake: %w", err)
		}
		return nil
	}
	if _, err := queuePolicy(ctx, q, "ingestion", q.ingestion); err != nil {
		return fmt.Errorf("declaring the ingestion queue's policy: %w", err)
	}
	return nil
}
