package process

import (
	"context"
	"time"

	"cc-eventbridge/function/contract"
)

// longestInvocation is Lambda's limit (AWS Lambda developer guide, "Lambda quotas"); it stands in for a deadline where
// there is none.
const longestInvocation = 15 * time.Minute

// budget divides the time of one invocation. From its end backwards:
//
//	deadline                Lambda ends the invocation, or kills it a little later
//	deadline − guard/8      finish ends: what is left is building the response
//	deadline − guard/4      settle ends: the table has been written to
//	deadline − guard*3/8    quarantine ends: the validation queue has been written to
//	deadline − guard*3/4    deliveries that ignored their cancellation are left behind
//	deadline − guard        work ends: nothing new starts, deliveries under way are cancelled
//
// quarantine, settle and finish don't end with work or with the invocation's own context: they are for writing down what
// happened.
type budget struct {
	deadline                         time.Time
	abandon                          time.Time
	work, quarantine, settle, finish context.Context
	cancels                          [4]context.CancelFunc
}

func newBudget(ctx context.Context, guard time.Duration) *budget {
	now := time.Now()
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = now.Add(longestInvocation)
	}
	guard = contract.Guard(guard, deadline.Sub(now))
	b := &budget{deadline: deadline, abandon: deadline.Add(-guard * 3 / 4)}
	lasting := context.WithoutCancel(ctx)
	b.work, b.cancels[0] = context.WithDeadline(ctx, deadline.Add(-guard))
	b.settle, b.cancels[1] = context.WithDeadline(lasting, deadline.Add(-guard/4))
	b.quarantine, b.cancels[3] = context.WithDeadline(lasting, deadline.Add(-guard*3/8))
	b.finish, b.cancels[2] = context.WithDeadline(lasting, deadline.Add(-guard/8))
	return b
}

// timeForWork is how much of it is left.
func (b *budget) timeForWork() time.Duration {
	deadline, _ := b.work.Deadline()
	return time.Until(deadline)
}

// endWork ends the time for work now.
func (b *budget) endWork() { b.cancels[0]() }

func (b *budget) close() {
	for _, cancel := range b.cancels {
		cancel()
	}
}
