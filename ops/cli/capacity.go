package cli

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
)

// mostConcurrency is the most that a mapping's maximum concurrency can be (AWS Lambda developer guide, "Configuring scaling
// behavior for SQS event source mappings").
const mostConcurrency = 1000

// List prices of us-east-1 in USD without free tiers, as docs/tuning.md has them (aws.amazon.com, pricing pages of Lambda, SQS and
// DynamoDB, as known in November 2026 and not looked up since). Other regions differ by up to a half.
const (
	priceRegion     = "us-east-1"
	priceInvocation = 0.20 / 1e6
	priceGBSecondX  = 0.0000166667 // x86_64
	priceGBSecondA  = 0.0000133334 // arm64
	priceSQSRequest = 0.40 / 1e6
	priceTableWrite = 0.625 / 1e6
	monthSeconds    = 30 * 24 * 60 * 60
	// writesPerEvent are the claim and its completion, requestsPerBatch the receive and the deletion.
	writesPerEvent   = 2
	requestsPerBatch = 2
)

// workload is what there is to do, and how long it takes. Zero values are filled from what is measured.
type workload struct {
	// Rate and Arrivals are events a second: those to be ready for, and those that come in while a backlog drains.
	Rate     float64 `json:"eventsPerSecond"`
	Arrivals float64 `json:"arrivalsPerSecond"`
	Backlog  float64 `json:"backlog"`
	// Seconds is how long an invocation takes, Batch how many events it has, both on average.
	Seconds float64 `json:"secondsPerInvocation"`
	Batch   float64 `json:"eventsPerInvocation"`
}

// limits are what the stack allows.
type limits struct {
	BatchSize   float64 `json:"batchSize"`
	Concurrency float64 `json:"maximumConcurrency"`
	// Reserved is the reserved concurrency, 0 for none.
	Reserved float64 `json:"reservedConcurrency"`
	MemoryMB float64 `json:"memoryMb"`
	ARM      bool    `json:"arm64"`
}

// capacity is what follows.
type capacity struct {
	workload
	limits
	// Needed is the concurrency for the rate, Most the events a second that the concurrency allows.
	Needed float64 `json:"concurrencyNeeded"`
	Most   float64 `json:"eventsPerSecondAtMost"`
	// DrainSeconds is nil where the backlog never drains: more comes in than goes out.
	DrainSeconds *float64 `json:"drainSeconds"`
	// Key is the configuration key that limits it, and Fix what to do; "" where nothing does.
	Key string `json:"bottleneck"`
	Fix string `json:"fix"`
	// Monthly is what the rate costs a month in USD, by service.
	Monthly map[string]float64 `json:"monthlyUSD"`
}

// compute applies Little's law: what is in progress is what comes a second times how long it stays.
func compute(w workload, l limits) capacity {
	c := capacity{workload: w, limits: l}
	allowed, key := l.Concurrency, "maximumConcurrency"
	if l.Reserved > 0 && l.Reserved < allowed {
		allowed, key = l.Reserved, "reservedConcurrency"
	}
	c.Needed = math.Ceil(w.Rate / w.Batch * w.Seconds)
	c.Most = allowed * w.Batch / w.Seconds
	if spare := c.Most - w.Arrivals; w.Backlog == 0 {
		c.DrainSeconds = new(float64)
	} else if spare > 0 {
		c.DrainSeconds = aws.Float64(w.Backlog / spare)
	}
	switch {
	case c.Needed <= allowed:
	case c.Needed <= mostConcurrency:
		c.Key, c.Fix = key, fmt.Sprintf("raise it to %.0f, if the downstream can take as many requests", c.Needed)
	case w.Batch < l.BatchSize:
		c.Key, c.Fix = "batchingWindowSeconds", fmt.Sprintf("batches have %.1f of %.0f events: let them fill, with a longer batchingWindowSeconds", w.Batch, l.BatchSize)
	default:
		c.Key, c.Fix = "batchSize", fmt.Sprintf("%.0f invocations at a time are more than the %d that a mapping can have: raise batchSize, or have the downstream answer sooner",
			c.Needed, mostConcurrency)
	}
	invocations := w.Rate / w.Batch * monthSeconds
	second := priceGBSecondX
	if l.ARM {
		second = priceGBSecondA
	}
	c.Monthly = map[string]float64{
		"lambda":   invocations * (priceInvocation + w.Seconds*l.MemoryMB/1024*second),
		"sqs":      (w.Rate*monthSeconds + invocations*requestsPerBatch*math.Ceil(w.Batch/10)) * priceSQSRequest,
		"dynamodb": w.Rate * monthSeconds * writesPerEvent * priceTableWrite,
	}
	return c
}

func (a *app) capacity() *cobra.Command {
	var (
		w      workload
		lasts  time.Duration
		window = time.Hour
	)
	command := &cobra.Command{
		Use:   "capacity (--stack NAME | --outputs FILE)",
		Short: "Say which concurrency a rate needs, and how long a backlog takes",
		Long: `Computes by Little's law, from what the function took lately, which concurrency a rate of events needs, how many a second the
stack can take, how long a backlog takes to drain, which config key is in the way, and what the rate costs a month.

Use it before a rate goes up, and while a backlog drains. Each figure can be given by hand: then it is not measured. The rate is
that of the last hour if nothing else is said, and the backlog is what waits now.

It takes measured invocations as they are. Where batches are not full, full ones take more events, and more time each. The cost
has list prices of ` + priceRegion + ` without free tiers, logs, alarms and storage; docs/tuning.md has the rest.

It never reads a message and never changes anything.`,
		Example: `  ops capacity --stack prod --rate 200
  ops capacity --stack prod --rate 200 --duration 800ms --events-per-batch 10 --backlog 100000 --json`,
		Args: cobra.NoArgs,
		RunE: a.runs(func(ctx context.Context, _ []string) error {
			w.Seconds = lasts.Seconds()
			return a.runCapacity(ctx, w, window)
		}),
	}
	flags := command.Flags()
	flags.Float64Var(&w.Rate, "rate", 0, "be ready for this `number` of events a second; by default those that came in lately")
	flags.Float64Var(&w.Arrivals, "arrivals", 0, "this `number` of events a second comes in while the backlog drains; by default as measured")
	flags.Float64Var(&w.Backlog, "backlog", 0, "this `number` of messages waits; by default as many as now")
	flags.DurationVar(&lasts, "duration", 0, "an invocation takes this long; by default as measured")
	flags.Float64Var(&w.Batch, "events-per-batch", 0, "an invocation has this `number` of events; by default as measured")
	flags.DurationVar(&window, "window", window, "how far back is measured, whole minutes")
	for _, name := range []string{"rate", "arrivals", "backlog", "duration", "events-per-batch", "window"} {
		_ = command.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions) // fails for unknown flags only
	}
	return command
}

func (a *app) runCapacity(ctx context.Context, given workload, window time.Duration) error {
	for name, value := range map[string]float64{
		"rate": given.Rate, "arrivals": given.Arrivals, "backlog": given.Backlog, "duration": given.Seconds, "events-per-batch": given.Batch,
	} {
		if value < 0 {
			return usagef("--%s is %v, should be above 0", name, value)
		}
	}
	w, err := a.watcher(ctx, window)
	if err != nil {
		return err
	}
	l, err := w.limits(ctx)
	if err != nil {
		return err
	}
	measured, err := w.workload(ctx)
	if err != nil {
		return err
	}
	for _, f := range []struct {
		to       *float64
		measured float64
	}{
		{&given.Arrivals, measured.Arrivals},
		{&given.Rate, measured.Rate},
		{&given.Backlog, measured.Backlog},
		{&given.Seconds, measured.Seconds},
		{&given.Batch, measured.Batch},
	} {
		if *f.to == 0 {
			*f.to = f.measured
		}
	}
	if given.Seconds == 0 || given.Batch == 0 {
		return usagef("CloudWatch has no invocations of the last %s: give --duration and --events-per-batch, or a longer --window", w.window)
	}
	if given.Batch > l.BatchSize {
		given.Batch = l.BatchSize
	}
	c := compute(given, l)
	if a.json {
		return a.printJSON(c)
	}
	fmt.Fprintln(a.Out, c.table())
	return nil
}

// limits reads what the stack allows.
func (w *watcher) limits(ctx context.Context) (limits, error) {
	function, _, err := functionAndAlias(w.outputs)
	if err != nil {
		return limits{}, err
	}
	mapping, err := w.lambda.GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: aws.String(w.outputs(contract.OutputEventSourceMapping))})
	if err != nil {
		return limits{}, fmt.Errorf("reading the event source mapping: %w", err)
	}
	settings, err := w.lambda.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &function})
	if err != nil {
		return limits{}, fmt.Errorf("reading the function's settings: %w", err)
	}
	concurrency, err := w.lambda.GetFunctionConcurrency(ctx, &lambda.GetFunctionConcurrencyInput{FunctionName: &function})
	if err != nil {
		return limits{}, fmt.Errorf("reading the reserved concurrency: %w", err)
	}
	l := limits{
		BatchSize: float64(aws.ToInt32(mapping.BatchSize)), Concurrency: mostConcurrency,
		Reserved: float64(aws.ToInt32(concurrency.ReservedConcurrentExecutions)), MemoryMB: float64(aws.ToInt32(settings.MemorySize)),
	}
	if mapping.ScalingConfig != nil && mapping.ScalingConfig.MaximumConcurrency != nil {
		l.Concurrency = float64(*mapping.ScalingConfig.MaximumConcurrency)
	}
	for _, architecture := range settings.Architectures {
		l.ARM = l.ARM || architecture == lambdatypes.ArchitectureArm64
	}
	return l, nil
}

// workload measures what there was to do. What CloudWatch does not know is 0.
func (w *watcher) workload(ctx context.Context) (workload, error) {
	if err := w.metrics.read(ctx, w); err != nil {
		return workload{}, fmt.Errorf("reading metrics: %w", err)
	}
	var q queueStatus
	if err := w.readQueue(ctx, w.queues[0], &q); err != nil {
		return workload{}, fmt.Errorf("reading the depth of the ingestion queue: %w", err)
	}
	total := func(id string) float64 { return aws.ToFloat64(w.metrics.sum(id)) }
	measured := workload{Backlog: float64(q.Waiting), Arrivals: total(idSent) / w.window.Seconds()}
	measured.Rate = measured.Arrivals
	if invocations := total(idInvocations); invocations > 0 {
		measured.Seconds = total(idDuration) / 1000 / invocations // it is in milliseconds
		measured.Batch = total(idReceived) / invocations
	}
	return measured, nil
}

func (c capacity) table() string {
	t := newTable()
	t.AppendRow(table.Row{"an invocation", fmt.Sprintf("takes %.3g s and has %.3g of up to %.0f events", c.Seconds, c.Batch, c.BatchSize)})
	allowed := fmt.Sprintf("maximumConcurrency %.0f", c.Concurrency)
	if c.Reserved > 0 {
		allowed += fmt.Sprintf(", reservedConcurrency %.0f", c.Reserved)
	}
	t.AppendRow(table.Row{"allowed", allowed})
	t.AppendRow(table.Row{"needed", fmt.Sprintf("concurrency %.0f for %.3g events a second", c.Needed, c.Rate)})
	t.AppendRow(table.Row{"at most", fmt.Sprintf("%.4g events a second", c.Most)})
	drains := "never: more comes in than goes out"
	if c.DrainSeconds != nil {
		drains = "in " + ago(*c.DrainSeconds)
	}
	t.AppendRow(table.Row{"backlog", fmt.Sprintf("%.0f messages, drained %s, with %.3g a second coming in", c.Backlog, drains, c.Arrivals)})
	if c.Key == "" {
		t.AppendRow(table.Row{"in the way", "nothing"})
	} else {
		t.AppendRow(table.Row{"in the way", c.Key + ": " + c.Fix})
	}
	cost := 0.0
	for _, part := range c.Monthly {
		cost += part
	}
	t.AppendRow(table.Row{"a month", fmt.Sprintf("%.2f USD: Lambda %.2f, SQS %.2f, DynamoDB %.2f (%s)", cost,
		c.Monthly["lambda"], c.Monthly["sqs"], c.Monthly["dynamodb"], priceRegion)})
	return t.Render()
}
