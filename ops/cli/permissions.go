package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/middleware"
	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
)

// permission is one IAM action that a command calls, and on what.
type permission struct{ action, on string }

// What permissions are on, in words. IAM knows no resource for some actions: those need "*" (Service Authorization Reference).
const (
	onIngestion  = "the ingestion queue"
	onItsQueue   = "the queue that it reads"
	onAllQueues  = "all queues of the stack"
	onFunction   = "the function, with its alias"
	onMapping    = "the event source mapping"
	onAnything   = `"*"`
	onBucket     = contract.ProducerPrefix + "* of the bucket"
	onFlags      = "the flags' application, with all that is in it"
	onDeadLetter = "the dead-letter queue"
)

// permissions are all IAM actions of each command. A call that is not in its command's list is refused before it is sent.
var permissions = map[string][]permission{
	"status": reading,
	"watch":  reading,
	"capacity": {
		{"sqs:GetQueueAttributes", onIngestion},
		{"lambda:GetEventSourceMapping", onMapping},
		{"lambda:GetFunctionConfiguration", onFunction},
		{"lambda:GetFunctionConcurrency", onFunction},
		{"cloudwatch:GetMetricData", onAnything},
	},
	"send-large": {
		{"s3:PutObject", onBucket},
		{"sqs:SendMessage", onIngestion},
	},
	"dlq list":           append(lookingAt(onItsQueue), movesOf),
	"dlq show":           append(lookingAt(onItsQueue), movesOf),
	"dlq export":         append(lookingAt(onItsQueue), movesOf),
	"dlq redrive":        append(resending(), movesOf),
	"quarantine list":    lookingAt(onItsQueue),
	"quarantine show":    lookingAt(onItsQueue),
	"quarantine replay":  resending(),
	"quarantine discard": append(lookingAt(onItsQueue), permission{"sqs:DeleteMessage", onItsQueue}),
	"replay":             resending(),
	"send":               {{"sqs:SendMessage", onIngestion}},
	"probe":              {{"sqs:SendMessage", onIngestion}, {"dynamodb:GetItem", "the dedup table"}},
	"promote":            pointing,
	"rollback":           pointing,
	"pause consumer":     switchingConsumer,
	"resume consumer":    switchingConsumer,
	"pause topic":        switchingTopic,
	"resume topic":       switchingTopic,
}

// movesOf is what it takes to know of a message move that SQS has under way.
var movesOf = permission{"sqs:ListMessageMoveTasks", onDeadLetter}

// lookingAt is what it takes to look into a queue.
func lookingAt(queues string) []permission {
	return []permission{
		{"sqs:GetQueueAttributes", queues},
		{"sqs:ReceiveMessage", onItsQueue},
		{"sqs:ChangeMessageVisibility", onItsQueue},
	}
}

// resending is what it takes to send messages of a queue to the ingestion queue again.
func resending() []permission {
	return append(lookingAt(onItsQueue+" and "+onIngestion),
		permission{"sqs:DeleteMessage", onItsQueue}, permission{"sqs:SendMessage", onIngestion})
}

var (
	switchingConsumer = []permission{
		{"lambda:GetEventSourceMapping", onMapping},
		{"lambda:UpdateEventSourceMapping", onMapping},
	}
	pointing = []permission{
		{"lambda:GetAlias", onFunction},
		{"lambda:ListVersionsByFunction", onFunction},
		{"lambda:UpdateAlias", onFunction},
	}
	switchingTopic = []permission{
		{"appconfig:ListDeployments", onFlags},
		{"appconfig:GetHostedConfigurationVersion", onFlags},
		{"appconfig:CreateHostedConfigurationVersion", onFlags},
		{"appconfig:StartDeployment", onFlags + ", and the deployment strategy"},
	}
)

// reading is what it takes to look at a stack.
var reading = []permission{
	{"sqs:GetQueueAttributes", onAllQueues},
	{"lambda:GetFunctionConfiguration", onFunction},
	{"lambda:GetAlias", onFunction},
	{"lambda:GetFunctionConcurrency", onFunction},
	{"lambda:GetEventSourceMapping", onMapping},
	{"cloudwatch:GetMetricData", onAnything},
	{"cloudwatch:DescribeAlarms", onAnything},
	{"appconfig:ListDeployments", onFlags},
}

// nameOf is a command's name without the program's: "dlq list".
func nameOf(command *cobra.Command) string {
	_, name, _ := strings.Cut(command.CommandPath(), " ")
	return name
}

// document adds to the help of each command what it needs.
func document(root *cobra.Command) {
	for _, command := range root.Commands() {
		document(command)
		needed := permissions[nameOf(command)]
		if len(needed) == 0 {
			continue
		}
		lines := make([]string, len(needed))
		for i, p := range needed {
			lines[i] = fmt.Sprintf("  %-36s on %s", p.action, p.on)
		}
		command.Long += "\n\nIt needs:\n" + strings.Join(lines, "\n")
	}
}

// services are the prefixes of IAM actions by the SDK's ids of services.
var services = map[string]string{
	"AppConfig": "appconfig", "CloudWatch": "cloudwatch", "DynamoDB": "dynamodb", "Lambda": "lambda", "S3": "s3", "SQS": "sqs",
}

// actionOf is the IAM action of a call. A batch of SQS needs the permission of the single call.
func actionOf(service, operation string) string {
	if service == "SQS" {
		operation = strings.TrimSuffix(operation, "Batch")
	}
	return services[service] + ":" + operation
}

// guard refuses what is not on a command's list, before anything is sent. GetCallerIdentity needs no permission.
type guard struct {
	allowed []permission
	// observe is told of each call; nil for nobody.
	observe func(action string)
}

// ID names the guard among what a call passes.
func (guard) ID() string { return "PermissionsOfTheCommand" }

// HandleInitialize passes a call on, or refuses it.
func (g guard) HandleInitialize(
	ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
) (middleware.InitializeOutput, middleware.Metadata, error) {
	service := awsmiddleware.GetServiceID(ctx)
	if service == sts.ServiceID {
		return next.HandleInitialize(ctx, in)
	}
	action := actionOf(service, awsmiddleware.GetOperationName(ctx))
	if !slices.ContainsFunc(g.allowed, func(p permission) bool { return p.action == action }) {
		return middleware.InitializeOutput{}, middleware.Metadata{}, fmt.Errorf("%s is not among the permissions of this command", action)
	}
	if g.observe != nil {
		g.observe(action)
	}
	return next.HandleInitialize(ctx, in)
}

// add puts the guard into the SDK's way of each call. It comes after the one that knows the call's name.
func (g guard) add(stack *middleware.Stack) error { return stack.Initialize.Add(g, middleware.After) }
