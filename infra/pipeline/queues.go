package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

// maximumMessageBytes is what the queues behind the ingestion queue accept: all that it ever could hand on.
const maximumMessageBytes = 262144

// queues are the ingestion queue, the dead-letter queue that it redrives to, and the validation queue, where the
// function puts what can never succeed. All are encrypted with SQS's own keys and refuse plain HTTP.
type queues struct {
	*part
	ingestion, deadLetter, validation *sqs.Queue
	// redrive must be there before the first message is received: without it nothing is dead-lettered.
	redrive *sqs.RedrivePolicy
}

func newQueues(ctx *pulumi.Context, n names, s settings.Settings) (*queues, error) {
	group, err := newPart(ctx, "Queues", "queues")
	if err != nil {
		return nil, err
	}
	q := &queues{part: group}
	protect := pulumi.Protect(s.ProtectData)

	if q.deadLetter, err = newQueue(ctx, q, "dead-letter", sqs.QueueArgs{
		Name:                    pulumi.String(n.deadLetter),
		MessageRetentionSeconds: pulumi.Int(s.Queue.DeadLetterRetentionSeconds),
		MaxMessageSize:          pulumi.Int(maximumMessageBytes),
	}, protect); err != nil {
		return nil, err
	}
	if q.validation, err = newQueue(ctx, q, "validation", sqs.QueueArgs{
		Name:                    pulumi.String(n.validation),
		MessageRetentionSeconds: pulumi.Int(s.Queue.DeadLetterRetentionSeconds),
		MaxMessageSize:          pulumi.Int(maximumMessageBytes),
	}, protect); err != nil {
		return nil, err
	}
	if q.ingestion, err = newQueue(ctx, q, "ingestion", sqs.QueueArgs{
		Name:                     pulumi.String(n.ingestion),
		VisibilityTimeoutSeconds: pulumi.Int(s.Queue.VisibilityTimeoutSeconds),
		MessageRetentionSeconds:  pulumi.Int(s.Queue.MessageRetentionSeconds),
		ReceiveWaitTimeSeconds:   pulumi.Int(s.Queue.ReceiveWaitTimeSeconds),
		MaxMessageSize:           pulumi.Int(s.Queue.MaximumMessageBytes),
	}, protect); err != nil {
		return nil, err
	}

	// The dead-letter and the validation queue have only this policy. The ingestion queue's also depends on the
	// intakes, which write it: a policy has one owner.
	if _, err := queuePolicy(ctx, q, "dead-letter", q.deadLetter); err != nil {
		return nil, err
	}
	if _, err := queuePolicy(ctx, q, "validation", q.validation); err != nil {
		return nil, err
	}

	if _, err := sqs.NewRedriveAllowPolicy(ctx, "dead-letter", &sqs.RedriveAllowPolicyArgs{
		QueueUrl: q.deadLetter.Url,
		RedriveAllowPolicy: pulumi.JSONMarshal(pulumi.Map{
			"redrivePermission": pulumi.String("byQueue"),
			"sourceQueueArns":   pulumi.StringArray{q.ingestion.Arn},
		}),
	}, pulumi.Parent(q)); err != nil {
		return nil, err
	}
	if q.redrive, err = sqs.NewRedrivePolicy(ctx, "ingestion", &sqs.RedrivePolicyArgs{
		QueueUrl: q.ingestion.Url,
		RedrivePolicy: pulumi.JSONMarshal(pulumi.Map{
			"deadLetterTargetArn": q.deadLetter.Arn,
			"maxReceiveCount":     pulumi.Int(s.Queue.MaxReceiveCount),
		}),
	}, pulumi.Parent(q)); err != nil {
		return nil, err
	}
	return q, q.done(ctx, pulumi.Map{
		"ingestionQueueUrl":  q.ingestion.Url,
		"deadLetterQueueUrl": q.deadLetter.Url,
		"validationQueueUrl": q.validation.Url,
	})
}

// newQueue declares a Standard queue with what all queues here share.
func newQueue(ctx *pulumi.Context, parent pulumi.Resource, name string, args sqs.QueueArgs, opts ...pulumi.ResourceOption) (*sqs.Queue, error) {
	args.SqsManagedSseEnabled = pulumi.Bool(true)
	return sqs.NewQueue(ctx, name, &args, append(opts, pulumi.Parent(parent))...)
}

// queuePolicy sets the whole policy of a queue: TLS only, and who else may do what.
func queuePolicy(ctx *pulumi.Context, parent pulumi.Resource, name string, queue *sqs.Queue, statements ...pulumi.Map) (*sqs.QueuePolicy, error) {
	return sqs.NewQueuePolicy(ctx, name, &sqs.QueuePolicyArgs{
		QueueUrl: queue.Url,
		Policy:   policy(append([]pulumi.Map{denyPlaintext(queue.Arn, "sqs:*")}, statements...)...),
	}, pulumi.Parent(parent))
}
