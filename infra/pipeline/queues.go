package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
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

func newQueues(s *stack) (*queues, error) {
	group, err := s.part("Queues", "queues")
	if err != nil {
		return nil, err
	}
	q := &queues{part: group}
	if q.deadLetter, err = newQueue(s, q, "dead-letter", sqs.QueueArgs{
		Name:                    pulumi.String(s.names.deadLetter),
		MessageRetentionSeconds: pulumi.Int(s.Queue.DeadLetterRetentionSeconds),
		MaxMessageSize:          pulumi.Int(maximumMessageBytes),
	}); err != nil {
		return nil, err
	}
	if q.validation, err = newQueue(s, q, "validation", sqs.QueueArgs{
		Name:                    pulumi.String(s.names.validation),
		MessageRetentionSeconds: pulumi.Int(s.Queue.DeadLetterRetentionSeconds),
		MaxMessageSize:          pulumi.Int(maximumMessageBytes),
	}); err != nil {
		return nil, err
	}
	if q.ingestion, err = newQueue(s, q, "ingestion", sqs.QueueArgs{
		Name:                     pulumi.String(s.names.ingestion),
		VisibilityTimeoutSeconds: pulumi.Int(s.Queue.VisibilityTimeoutSeconds),
		MessageRetentionSeconds:  pulumi.Int(s.Queue.MessageRetentionSeconds),
		ReceiveWaitTimeSeconds:   pulumi.Int(s.Queue.ReceiveWaitTimeSeconds),
		MaxMessageSize:           pulumi.Int(s.Queue.MaximumMessageBytes),
	}); err != nil {
		return nil, err
	}

	// The dead-letter and the validation queue have only this policy. The ingestion queue's also depends on the
	// intakes, which write it: a policy has one owner.
	if _, err := queuePolicy(s, q, "dead-letter", q.deadLetter); err != nil {
		return nil, err
	}
	if _, err := queuePolicy(s, q, "validation", q.validation); err != nil {
		return nil, err
	}

	if _, err := sqs.NewRedriveAllowPolicy(s.ctx, s.resource("dead-letter"), &sqs.RedriveAllowPolicyArgs{
		QueueUrl: q.deadLetter.Url,
		RedriveAllowPolicy: pulumi.JSONMarshal(pulumi.Map{
			"redrivePermission": pulumi.String("byQueue"),
			"sourceQueueArns":   pulumi.StringArray{q.ingestion.Arn},
		}),
	}, pulumi.Parent(q)); err != nil {
		return nil, err
	}
	if q.redrive, err = sqs.NewRedrivePolicy(s.ctx, s.resource("ingestion"), &sqs.RedrivePolicyArgs{
		QueueUrl: q.ingestion.Url,
		RedrivePolicy: pulumi.JSONMarshal(pulumi.Map{
			"deadLetterTargetArn": q.deadLetter.Arn,
			"maxReceiveCount":     pulumi.Int(s.Queue.MaxReceiveCount),
		}),
	}, pulumi.Parent(q)); err != nil {
		return nil, err
	}
	return q, q.done(pulumi.Map{
		contract.OutputIngestionQueueURL:  q.ingestion.Url,
		contract.OutputDeadLetterQueueURL: q.deadLetter.Url,
		contract.OutputValidationQueueURL: q.validation.Url,
	})
}

// newQueue declares a Standard queue with what all queues here share: none is deleted by Pulumi where data is protected.
func newQueue(s *stack, parent pulumi.Resource, name string, args sqs.QueueArgs) (*sqs.Queue, error) {
	args.SqsManagedSseEnabled = pulumi.Bool(true)
	return sqs.NewQueue(s.ctx, s.resource(name), &args, pulumi.Parent(parent), pulumi.Protect(s.ProtectData))
}

// queuePolicy sets the whole policy of a queue: TLS only, and who else may do what.
func queuePolicy(
	s *stack, parent pulumi.Resource, name string, queue *sqs.Queue, statements ...pulumi.Map,
) (*sqs.QueuePolicy, error) {
	return sqs.NewQueuePolicy(s.ctx, s.resource(name), &sqs.QueuePolicyArgs{
		QueueUrl: queue.Url,
		Policy:   policy(append([]pulumi.Map{denyPlaintext(queue.Arn, "sqs:*")}, statements...)...),
	}, pulumi.Parent(parent))
}
