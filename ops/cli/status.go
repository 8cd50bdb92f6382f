package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/appconfig"
	appconfigtypes "github.com/aws/aws-sdk-go-v2/service/appconfig/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
)

const (
	// partTimeout is how long one part may take to answer. The others are shown without it.
	partTimeout = 10 * time.Second
	// defaultWindow is how far back "lately" goes.
	defaultWindow = 15 * time.Minute
	// maxWindow keeps the points of a metric at one a minute within one answer.
	maxWindow = 24 * time.Hour
)

func (a *app) status() *cobra.Command {
	window := defaultWindow
	command := &cobra.Command{
		Use:   "status (--stack NAME | --outputs FILE)",
		Short: "Show intake, queues, function, consumer, alarms and flags on one screen",
		Long: `Shows on one screen what a stack is doing: what came in lately, each queue's depth and oldest message, the function and the
version behind its alias, the consumer, alarms that are not OK, and the flags that are deployed.

Use it first when an alarm goes off. All parts are asked at the same time. One that can't be read says why in its row, and
the exit status is then 1.

The numbers of messages are SQS's, about now. What is "lately" and the age of the oldest message are CloudWatch's, which is a
minute or two behind, and up to 15 minutes for a queue that was idle.

It never reads a message and never changes anything.`,
		Example: `  ops status --stack prod
  ops status --stack prod --window 1h --json`,
		Args: cobra.NoArgs,
		RunE: a.runs(func(ctx context.Context, _ []string) error { return a.runStatus(ctx, window) }),
	}
	command.Flags().DurationVar(&window, "window", window, "how far back \"lately\" goes, whole minutes")
	_ = command.RegisterFlagCompletionFunc("window", cobra.NoFileCompletions) // fails for unknown flags only
	return command
}

func (a *app) runStatus(ctx context.Context, window time.Duration) error {
	w, err := a.watcher(ctx, window)
	if err != nil {
		return err
	}
	r := w.read(ctx)
	if a.json {
		err = a.printJSON(r)
	} else {
		fmt.Fprintln(a.Out, r.table())
	}
	if err != nil {
		return err
	}
	return r.problem()
}

// watcher reads the state of one stack.
type watcher struct {
	stack   string
	window  time.Duration
	queues  []queueName
	outputs func(string) string

	sqs    *sqs.Client
	lambda *lambda.Client
	cloud  *cloudwatch.Client
	flags  *appconfig.Client

	metrics metrics
}

// queueName is a queue of a stack as people know it.
type queueName struct{ name, url string }

// metricName is the queue's name in its metrics, the last part of its URL.
func (q queueName) metricName() string { return q.url[strings.LastIndex(q.url, "/")+1:] }

func (a *app) watcher(ctx context.Context, window time.Duration) (*watcher, error) {
	if window < time.Minute || window > maxWindow {
		return nil, usagef("--window is %s, should be from 1m to %s", window, maxWindow)
	}
	if err := a.stack.open(ctx); err != nil {
		return nil, err
	}
	ingestion, err := a.stack.target(contract.OutputIngestionQueueURL)
	if err != nil {
		return nil, err
	}
	config, err := a.account.config(ctx, ingestion)
	if err != nil {
		return nil, err
	}
	w := &watcher{
		stack: cmp.Or(a.stack.name, a.stack.file), window: window.Truncate(time.Minute), outputs: a.stack.output,
		sqs: sqs.NewFromConfig(config), lambda: lambda.NewFromConfig(config), cloud: cloudwatch.NewFromConfig(config),
		flags: appconfig.NewFromConfig(config),
	}
	for _, q := range []queueName{
		{"ingestion queue", contract.OutputIngestionQueueURL},
		{"dead-letter queue", contract.OutputDeadLetterQueueURL},
		{"validation queue", contract.OutputValidationQueueURL},
		{"rule's dead-letter queue", contract.OutputRuleDeadLetterQueueURL},
	} {
		if url := a.stack.output(q.url); url != "" {
			w.queues = append(w.queues, queueName{q.name, url})
		}
	}
	return w, nil
}

// statusReport is what a stack is doing. A part with an error could not be read.
type statusReport struct {
	Stack         string         `json:"stack"`
	At            time.Time      `json:"at"`
	WindowMinutes int            `json:"windowMinutes"`
	Intake        intakeStatus   `json:"intake"`
	Queues        []queueStatus  `json:"queues"`
	Function      functionStatus `json:"function"`
	Consumer      consumerStatus `json:"consumer"`
	Alarms        alarmsStatus   `json:"alarms"`
	Flags         flagsStatus    `json:"flags"`
}

type intakeStatus struct {
	// Sent is how many messages were sent to the ingestion queue, nil where CloudWatch has no data.
	Sent  *float64 `json:"sent"`
	Error string   `json:"error,omitempty"`
}

type queueStatus struct {
	Name     string `json:"name"`
	Waiting  int    `json:"waiting"`
	InFlight int    `json:"inFlight"`
	// OldestSeconds is nil where CloudWatch has no data.
	OldestSeconds *float64 `json:"oldestSeconds"`
	Error         string   `json:"error,omitempty"`
}

type functionStatus struct {
	State   string `json:"state"`
	Version string `json:"version"`
	// Canary is the version that gets a part of the invocations, and CanaryPercent how much.
	Canary        string  `json:"canary,omitempty"`
	CanaryPercent float64 `json:"canaryPercent,omitempty"`
	// Reserved is the reserved concurrency, nil for none.
	Reserved    *int32   `json:"reservedConcurrency"`
	Invocations *float64 `json:"invocations"`
	Errors      *float64 `json:"errors"`
	Throttles   *float64 `json:"throttles"`
	Error       string   `json:"error,omitempty"`
}

type consumerStatus struct {
	State       string `json:"state"`
	Concurrency *int32 `json:"maximumConcurrency"`
	BatchSize   int32  `json:"batchSize"`
	LastResult  string `json:"lastProcessingResult"`
	Error       string `json:"error,omitempty"`
}

type alarmsStatus struct {
	OK int `json:"ok"`
	// Prefix is what the names of all alarms begin with, which people need not read.
	Prefix       string   `json:"-"`
	Alarm        []string `json:"alarm"`
	Insufficient []string `json:"insufficientData"`
	Error        string   `json:"error,omitempty"`
}

type flagsStatus struct {
	Version    string  `json:"version"`
	Deployment int32   `json:"deployment"`
	State      string  `json:"state"`
	Percent    float32 `json:"percentComplete"`
	Error      string  `json:"error,omitempty"`
}

// read asks for all parts at the same time.
func (w *watcher) read(ctx context.Context) statusReport {
	r := statusReport{
		Alarms: alarmsStatus{Alarm: []string{}, Insufficient: []string{}}, // not null as JSON
		Stack:  w.stack, At: time.Now().UTC(), WindowMinutes: int(w.window / time.Minute), Queues: make([]queueStatus, len(w.queues)),
	}
	var parts sync.WaitGroup
	read := func(problem *string, part func(ctx context.Context) error) {
		parts.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, partTimeout)
			defer cancel()
			if err := part(ctx); err != nil {
				*problem = short(err)
			}
		})
	}
	for i, q := range w.queues {
		r.Queues[i].Name = q.name
		read(&r.Queues[i].Error, func(ctx context.Context) error { return w.readQueue(ctx, q, &r.Queues[i]) })
	}
	var metricsProblem string
	read(&metricsProblem, func(ctx context.Context) error { return w.metrics.read(ctx, w) })
	read(&r.Function.Error, func(ctx context.Context) error { return w.readFunction(ctx, &r.Function) })
	read(&r.Consumer.Error, func(ctx context.Context) error { return w.readConsumer(ctx, &r.Consumer) })
	read(&r.Alarms.Error, func(ctx context.Context) error { return w.readAlarms(ctx, &r.Alarms) })
	read(&r.Flags.Error, func(ctx context.Context) error { return w.readFlags(ctx, &r.Flags) })
	parts.Wait()

	r.Intake = intakeStatus{Sent: w.metrics.sum(idSent), Error: metricsProblem}
	for i := range r.Queues {
		r.Queues[i].OldestSeconds = w.metrics.newest(ageID(i))
	}
	r.Function.Invocations, r.Function.Errors, r.Function.Throttles = w.metrics.sum(idInvocations), w.metrics.sum(idErrors), w.metrics.sum(idThrottles)
	return r
}

func (w *watcher) readQueue(ctx context.Context, q queueName, to *queueStatus) error {
	out, err := w.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(q.url), AttributeNames: depths})
	if err != nil {
		return err
	}
	to.Waiting, to.InFlight, err = depthOf(out.Attributes)
	return err
}

func (w *watcher) readFunction(ctx context.Context, to *functionStatus) error {
	function, alias, err := functionAndAlias(w.outputs)
	if err != nil {
		return err
	}
	var (
		calls       sync.WaitGroup
		problems    [3]error
		state       *lambda.GetFunctionConfigurationOutput
		behind      *lambda.GetAliasOutput
		concurrency *lambda.GetFunctionConcurrencyOutput
	)
	calls.Go(func() {
		state, problems[0] = w.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &function, Qualifier: &alias})
	})
	calls.Go(func() {
		behind, problems[1] = w.lambda.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &function, Name: &alias})
	})
	calls.Go(func() {
		concurrency, problems[2] = w.lambda.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &function})
	})
	calls.Wait()
	for _, err := range problems {
		if err != nil {
			return err
		}
	}
	// The state is missing in answers about functions that have always been active.
	to.State = cmp.Or(string(state.State), string(lambdatypes.StateActive))
	to.Version, to.Reserved = aws.ToString(behind.FunctionVersion), concurrency.ReservedConcurrentExecutions
	if behind.RoutingConfig != nil {
		for version, weight := range behind.RoutingConfig.AdditionalVersionWeights {
			to.Canary, to.CanaryPercent = version, weight*100
		}
	}
	return nil
}

// functionAndAlias are the names in the stack's outputs. An alias's ARN ends in the function's name and its own.
func functionAndAlias(output func(string) string) (function, alias string, err error) {
	arn := output(contract.OutputFunctionAlias)
	function, alias = output(contract.OutputFunction), arn[strings.LastIndex(arn, ":")+1:]
	if function == "" || alias == "" {
		return "", "", fmt.Errorf("the stack has no outputs %s and %s: was it deployed?", contract.OutputFunction, contract.OutputFunctionAlias)
	}
	return function, alias, nil
}

func (w *watcher) readConsumer(ctx context.Context, to *consumerStatus) error {
	out, err := w.lambda.GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: aws.String(w.outputs(contract.OutputEventSourceMapping))})
	if err != nil {
		return err
	}
	to.State, to.BatchSize, to.LastResult = aws.ToString(out.State), aws.ToInt32(out.BatchSize), aws.ToString(out.LastProcessingResult)
	if out.ScalingConfig != nil {
		to.Concurrency = out.ScalingConfig.MaximumConcurrency
	}
	return nil
}

// readAlarms finds the alarms that notify the stack's topic, which are all that the stack has.
func (w *watcher) readAlarms(ctx context.Context, to *alarmsStatus) error {
	topic := w.outputs(contract.OutputAlarmTopic)
	// The topic is named as the alarms are, with another end.
	name := topic[strings.LastIndex(topic, ":")+1:]
	to.Prefix = name[:strings.LastIndex(name, "-")+1]
	pages := cloudwatch.NewDescribeAlarmsPaginator(w.cloud, &cloudwatch.DescribeAlarmsInput{ActionPrefix: &topic})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, alarm := range page.MetricAlarms {
			if !slices.Contains(alarm.AlarmActions, topic) {
				continue
			}
			switch name := aws.ToString(alarm.AlarmName); alarm.StateValue {
			case cloudwatchtypes.StateValueAlarm:
				to.Alarm = append(to.Alarm, name)
			case cloudwatchtypes.StateValueInsufficientData:
				to.Insufficient = append(to.Insufficient, name)
			default:
				to.OK++
			}
		}
	}
	slices.Sort(to.Alarm)
	slices.Sort(to.Insufficient)
	return nil
}

// readFlags finds the newest deployment, which has the highest number.
func (w *watcher) readFlags(ctx context.Context, to *flagsStatus) error {
	last, err := lastDeployment(ctx, w.flags, w.outputs)
	if err != nil {
		return err
	}
	if last == nil {
		to.State = "never deployed"
		return nil
	}
	*to = flagsStatus{
		Version: aws.ToString(last.ConfigurationVersion), Deployment: last.DeploymentNumber, State: string(last.State),
		Percent: aws.ToFloat32(last.PercentageComplete),
	}
	return nil
}

// lastDeployment is the newest one of the flags, nil if there was none.
func lastDeployment(ctx context.Context, client *appconfig.Client, output func(string) string) (*appconfigtypes.DeploymentSummary, error) {
	pages := appconfig.NewListDeploymentsPaginator(client, &appconfig.ListDeploymentsInput{
		ApplicationId: aws.String(output(contract.OutputFlagsApplication)), EnvironmentId: aws.String(output(contract.OutputFlagsEnvironment)),
	})
	var last *appconfigtypes.DeploymentSummary
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, item := range page.Items {
			if last == nil || item.DeploymentNumber > last.DeploymentNumber {
				last = &item
			}
		}
		if last != nil {
			break // the newest come first, page by page
		}
	}
	return last, nil
}

// depths are the attributes that say how many messages a queue has.
var depths = []types.QueueAttributeName{
	types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
}
