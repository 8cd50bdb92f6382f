package awsprovider

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

// Limits of mappings: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
const (
	maxBatch           = 10000
	maxWindow          = 300
	windowlessBatch    = 10
	minMaxConcurrency  = 2
	maxMaxConcurrency  = 1000
	defaultBatchForSQS = 10
)

func eventSourceMapping() *resourceType {
	return &resourceType{
		token: "aws:lambda/eventSourceMapping:EventSourceMapping",
		inputs: properties{
			"batchSize":                      integer(fallback(float64(defaultBatchForSQS)), must(between(1, maxBatch))),
			"enabled":                        boolean(fallback(true)),
			"eventSourceArn":                 str(required, replaces, must(arn, queueARN)),
			"filterCriteria":                 object(properties{"filters": set(object(properties{"pattern": document(must(jsonObject))}), must(sized(0, 5)))}),
			"functionName":                   str(required, must(functionReference)),
			"functionResponseTypes":          set(str(must(oneOf("ReportBatchItemFailures")))),
			"maximumBatchingWindowInSeconds": integer(fallback(0.0), must(between(0, maxWindow))),
			"metricsConfig":                  object(properties{"metrics": set(str(must(oneOf("EventCount"))), required)}),
			"scalingConfig": object(properties{
				"maximumConcurrency": integer(must(between(minMaxConcurrency, maxMaxConcurrency))),
			}),
			"tags": tags(),
		},
		outputs: []string{"arn", "functionArn", "lastModified", "lastProcessingResult", "state", "stateTransitionReason", "uuid"},
		changes: func(old, next args) []string {
			out := []string{"lastModified"}
			if old["functionName"] != next["functionName"] {
				out = append(out, "functionArn")
			}
			if old["enabled"] != next["enabled"] {
				out = append(out, "state")
			}
			return out
		},
		rules:  []func(args) *problem{windowForLargeBatch},
		create: createMapping, read: readMapping, update: updateMapping, remove: deleteMapping,
	}
}

func queueARN(v any) error {
	if s, _ := v.(string); arn(v) == nil && serviceOf(s) != "sqs" {
		return fmt.Errorf("value %q is not the ARN of a queue, the only event source that this stand-in for the aws provider implements", s)
	}
	return nil
}

func windowForLargeBatch(in args) *problem {
	if in.number("batchSize") > windowlessBatch && in.known("maximumBatchingWindowInSeconds") && in.number("maximumBatchingWindowInSeconds") < 1 {
		return &problem{"maximumBatchingWindowInSeconds", lambdaInvalid + ": Maximum batch window in seconds must be greater than 0 " +
			"if maximum batch size is greater than 10"}
	}
	return nil
}

func responseTypes(in args) []types.FunctionResponseType {
	out := []types.FunctionResponseType{}
	for _, t := range in.strings("functionResponseTypes") {
		out = append(out, types.FunctionResponseType(t))
	}
	return out
}

func scaling(in args) *types.ScalingConfig {
	return &types.ScalingConfig{MaximumConcurrency: in.object("scalingConfig").int32p("maximumConcurrency")}
}

func mappingMetrics(in args) *types.EventSourceMappingMetricsConfig {
	out := &types.EventSourceMappingMetricsConfig{Metrics: []types.EventSourceMappingMetric{}}
	for _, m := range in.object("metricsConfig").strings("metrics") {
		out.Metrics = append(out.Metrics, types.EventSourceMappingMetric(m))
	}
	return out
}

func filters(in args) *types.FilterCriteria {
	out := &types.FilterCriteria{Filters: []types.Filter{}}
	for _, f := range in.object("filterCriteria").objects("filters") {
		out.Filters = append(out.Filters, types.Filter{Pattern: aws.String(f.document("pattern"))})
	}
	return out
}

func createMapping(ctx context.Context, c *cloud, in args) (string, error) {
	if err := mappable(ctx, c, in); err != nil {
		return "", err
	}
	request := &lambda.CreateEventSourceMappingInput{
		EventSourceArn: in.strp("eventSourceArn"), FunctionName: in.strp("functionName"), BatchSize: in.int32p("batchSize"),
		MaximumBatchingWindowInSeconds: in.int32p("maximumBatchingWindowInSeconds"), Enabled: in.boolp("enabled"),
		FunctionResponseTypes: responseTypes(in), Tags: in.stringMap("tags"),
	}
	if in.has("scalingConfig") {
		request.ScalingConfig = scaling(in)
	}
	if in.has("metricsConfig") {
		request.MetricsConfig = mappingMetrics(in)
	}
	if in.has("filterCriteria") {
		request.FilterCriteria = filters(in)
	}
	what := fmt.Sprintf("mapping of %s to %s", in.str("eventSourceArn"), in.str("functionName"))
	var id string
	passing := func(err error) bool { return roleNotReady(err) || inProgress(err) }
	err := eventually(ctx, "the "+what, passing, func() error {
		out, err := c.lambda().CreateEventSourceMapping(ctx, request)
		if err == nil {
			id = aws.ToString(out.UUID)
		}
		return err
	})
	if err != nil {
		return "", wrap(err, "creating the "+what)
	}
	return id, mappingSettled(ctx, c, id)
}

// mappingSettled waits until a mapping is Enabled or Disabled.
func mappingSettled(ctx context.Context, c *cloud, id string) error {
	return until(ctx, stateDeadline, "mapping "+id+" to be enabled or disabled", func() (bool, error) {
		out, err := c.lambda().GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: &id})
		if err != nil {
			return false, err
		}
		state := aws.ToString(out.State)
		return state == "Enabled" || state == "Disabled", nil
	})
}

func readMapping(ctx context.Context, c *cloud, id string, prior args) (args, error) {
	m, err := c.lambda().GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: &id})
	if err != nil {
		return nil, gone(err, "reading mapping "+id, lambdaNotFound)
	}
	state := aws.ToString(m.State)
	observed := args{
		"uuid": id, "arn": aws.ToString(m.EventSourceMappingArn), "functionArn": aws.ToString(m.FunctionArn), "state": state,
		"lastModified": aws.ToTime(m.LastModified).UTC().Format(time.RFC3339), "lastProcessingResult": aws.ToString(m.LastProcessingResult),
		"stateTransitionReason": aws.ToString(m.StateTransitionReason), "batchSize": optional(m.BatchSize),
		"maximumBatchingWindowInSeconds": optional(m.MaximumBatchingWindowInSeconds), "eventSourceArn": optional(m.EventSourceArn),
		"functionResponseTypes": nonEmpty(anyList(m.FunctionResponseTypes)), "scalingConfig": nil, "metricsConfig": nil, "filterCriteria": nil,
	}
	if observed["arn"] == "" {
		observed["arn"] = mappingARN(aws.ToString(m.FunctionArn), id)
	}
	switch state {
	case "Enabled", "Enabling":
		observed["enabled"] = true
	case "Disabled", "Disabling":
		observed["enabled"] = false
	}
	// The program may have named the function by name, ARN or alias; only another function is drift.
	if written := prior.str("functionName"); written == "" || bareFunction(written) != bareFunction(aws.ToString(m.FunctionArn)) {
		observed["functionName"] = aws.ToString(m.FunctionArn)
	}
	if s := m.ScalingConfig; s != nil && s.MaximumConcurrency != nil {
		observed["scalingConfig"] = map[string]any{"maximumConcurrency": optional(s.MaximumConcurrency)}
	}
	if mc := m.MetricsConfig; mc != nil && len(mc.Metrics) > 0 {
		observed["metricsConfig"] = map[string]any{"metrics": anyList(mc.Metrics)}
	}
	if f := m.FilterCriteria; f != nil && len(f.Filters) > 0 {
		list := []any{}
		for _, e := range f.Filters {
			list = append(list, map[string]any{"pattern": aws.ToString(e.Pattern)})
		}
		observed["filterCriteria"] = map[string]any{"filters": list}
	}
	return observed, nil
}

func updateMapping(ctx context.Context, c *cloud, id string, old, next args) error {
	if err := concurrencyFits(ctx, c, next); err != nil {
		return err
	}
	request := &lambda.UpdateEventSourceMappingInput{
		UUID: &id, FunctionName: next.strp("functionName"), BatchSize: next.int32p("batchSize"),
		MaximumBatchingWindowInSeconds: next.int32p("maximumBatchingWindowInSeconds"), Enabled: next.boolp("enabled"),
		FunctionResponseTypes: responseTypes(next), ScalingConfig: scaling(next), MetricsConfig: mappingMetrics(next), FilterCriteria: filters(next),
	}
	passing := func(err error) bool { return roleNotReady(err) || inProgress(err) }
	err := eventually(ctx, "mapping "+id+" to be changeable", passing, func() error {
		_, err := c.lambda().UpdateEventSourceMapping(ctx, request)
		return err
	})
	if err != nil {
		return wrap(err, "updating mapping "+id)
	}
	if err := mappingSettled(ctx, c, id); err != nil {
		return err
	}
	if set, removed := tagChanges(old, next); len(set) > 0 || len(removed) > 0 {
		m, err := c.lambda().GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: &id})
		if err != nil {
			return wrap(err, "reading mapping "+id)
		}
		arn := m.EventSourceMappingArn
		if arn == nil {
			arn = aws.String(mappingARN(aws.ToString(m.FunctionArn), id))
		}
		return tagLambda(ctx, c, arn, set, removed)
	}
	return nil
}

func deleteMapping(ctx context.Context, c *cloud, id string, _ args) error {
	err := eventually(ctx, "mapping "+id+" to be deletable", inProgress, func() error {
		_, err := c.lambda().DeleteEventSourceMapping(ctx, &lambda.DeleteEventSourceMappingInput{UUID: &id})
		return err
	})
	if err != nil {
		return gone(err, "deleting mapping "+id, lambdaNotFound)
	}
	return until(ctx, stateDeadline, "mapping "+id+" to be gone", func() (bool, error) {
		_, err := c.lambda().GetEventSourceMapping(ctx, &lambda.GetEventSourceMappingInput{UUID: &id})
		if hasCode(err, lambdaNotFound) {
			return true, nil
		}
		return false, err
	})
}
