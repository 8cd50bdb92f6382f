package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// intakes are what others need to know of the intakes that the stack has.
type intakes struct {
	writerRole pulumi.StringOutput
	// partner is nil without the EventBridge intake.
	partner *eventBridgeIntake
}

// newIntakes declares the intakes that the stack has, and with them the ingestion queue's policy: who may write depends on
// them, and a policy has one owner. Where the stack also sets up Genesys Cloud's side, that comes last, when everything
// behind it is ready; and so it is the first to go when the stack is destroyed.
func newIntakes(s *stack, q *queues, c *consumer, notify pulumi.Array) (in intakes, err error) {
	cloud, err := newGenesysProvider(s)
	if err != nil {
		return in, fmt.Errorf("declaring the provider for Genesys Cloud: %w", err)
	}
	ready := []pulumi.Resource{c.mapping}
	if s.Intake.EventBridge() {
		partner, err := newEventBridgeIntake(s, q, c, cloud, notify)
		if err != nil {
			return in, fmt.Errorf("declaring the EventBridge intake: %w", err)
		}
		in.partner = partner
		ready = append(ready, partner.ingestionPolicy)
	} else {
		policy, err := queuePolicy(s, q, "ingestion", q.ingestion)
		if err != nil {
			return in, fmt.Errorf("declaring the ingestion queue's policy: %w", err)
		}
		ready = append(ready, policy)
	}
	if !s.Intake.Direct {
		return in, nil
	}
	direct, err := newDirectIntake(s, q, c)
	if err != nil {
		return in, fmt.Errorf("declaring the direct intake: %w", err)
	}
	in.writerRole = direct.arn
	if cloud == nil {
		return in, nil
	}
	if err := registerDirect(s, q, direct, cloud, append(ready, direct.role.permissions)); err != nil {
		return in, fmt.Errorf("declaring the direct intake's registration with Genesys Cloud: %w", err)
	}
	return in, nil
}
