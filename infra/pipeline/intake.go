package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

// newIntakes declares the intakes that the stack has, and with them the ingestion queue's policy: who may write depends on
// them, and a policy has one owner. Where the stack also sets up Genesys Cloud's side, that comes last, when everything
// behind it is ready; and so it is the first to go when the stack is destroyed.
func newIntakes(ctx *pulumi.Context, n names, s settings.Settings, q *queues, c *consumer, notify pulumi.Array, where location) error {
	cloud, err := newGenesysProvider(ctx, s)
	if err != nil {
		return fmt.Errorf("declaring the provider for Genesys Cloud: %w", err)
	}
	queuePolicy, err := ingestionPolicy(ctx, n, s, q, c, cloud, notify, where)
	if err != nil || !s.Intake.Direct {
		return err
	}
	direct, err := newDirectIntake(ctx, n, s.Intake, q, where)
	if err != nil {
		return fmt.Errorf("declaring the direct intake: %w", err)
	}
	ctx.Export("writerRoleArn", direct.role.Arn)
	if cloud == nil {
		return nil
	}
	ready := []pulumi.Resource{direct.permissions, queuePolicy, c.mapping}
	if err := registerDirect(ctx, n, s.Genesys, q, direct, cloud, where, ready); err != nil {
		return fmt.Errorf("declaring the direct intake's registration with Genesys Cloud: %w", err)
	}
	return nil
}

// ingestionPolicy declares the EventBridge intake, if the stack has one, and the queue's policy that fits.
func ingestionPolicy(ctx *pulumi.Context, n names, s settings.Settings, q *queues, c *consumer, cloud pulumi.ProviderResource, notify pulumi.Array, where location) (*sqs.QueuePolicy, error) {
	if s.Intake.EventBridge() {
		p, err := newEventBridgeIntake(ctx, n, s, q, c, cloud, notify, where)
		if err != nil {
			return nil, fmt.Errorf("declaring the EventBridge intake: %w", err)
		}
		return p, nil
	}
	p, err := queuePolicy(ctx, q, "ingestion", q.ingestion)
	if err != nil {
		return nil, fmt.Errorf("declaring the ingestion queue's policy: %w", err)
	}
	return p, nil
}
