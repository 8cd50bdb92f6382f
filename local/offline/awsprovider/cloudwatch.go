package awsprovider

import (
	"context"
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// CloudWatch's limits: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
const (
	maxAlarmName        = 255
	maxAlarmDescription = 1024
	maxAlarmActions     = 5
	maxDimensions       = 30
	maxMetricQueries    = 20
	daySeconds          = 86400
	hourSeconds         = 3600
)

func cloudwatchTypes() []*resourceType { return []*resourceType{metricAlarm(), dashboard()} }

func metricAlarm() *resourceType {
	statistic := must(oneOf("SampleCount", "Average", "Sum", "Minimum", "Maximum"))
	actions := func() property { return set(str(must(arn)), must(sized(0, maxAlarmActions))) }
	return &resourceType{
		token: "aws:cloudwatch/metricAlarm:MetricAlarm",
		inputs: properties{
			"name":             str(identity, must(named(maxAlarmName, `.`))),
			"actionsEnabled":   boolean(fallback(true)),
			"alarmActions":     actions(),
			"alarmDescription": str(must(atMost(maxAlarmDescription))),
			"comparisonOperator": str(required, must(oneOf("GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
				"LessThanOrEqualToThreshold", "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold"))),
			"datapointsToAlarm":                 integer(computed, must(between(1, math.MaxInt32))),
			"dimensions":                        dictionary(str()),
			"evaluateLowSampleCountPercentiles": str(computed, must(oneOf("evaluate", "ignore"))),
			"evaluationPeriods":                 integer(required, must(between(1, math.MaxInt32))),
			"extendedStatistic":                 str(),
			"insufficientDataActions":           actions(),
			"metricName":                        str(must(atMost(255))),
			"metricQueries": set(object(properties{
				"id": str(required), "expression": str(), "label": str(), "period": integer(must(period)), "accountId": str(),
				"returnData": boolean(fallback(false)),
				"metric": object(properties{
					"metricName": str(required), "namespace": str(), "dimensions": dictionary(str()), "period": integer(required, must(period)),
					"stat": str(required), "unit": str(),
				}),
			}), must(sized(0, maxMetricQueries))),
			"namespace":         str(must(atMost(255))),
			"okActions":         actions(),
			"period":            integer(must(period)),
			"statistic":         str(statistic),
			"threshold":         number(fallback(0.0)),
			"thresholdMetricId": str(),
			"treatMissingData":  str(fallback("missing"), must(oneOf("breaching", "notBreaching", "ignore", "missing"))),
			"unit":              str(),
			"tags":              tags(),
		},
		outputs: []string{"arn"},
		rules:   []func(args) *problem{oneMetric, enoughDatapoints, evaluatedWithinLimit},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			if err := putAlarm(ctx, c, in, in.stringMap("tags")); err != nil {
				return "", err
			}
			return in.str("name"), nil
		},
		read: readAlarm, update: updateAlarm,
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			_, err := c.alarms().DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{id}})
			return gone(err, "deleting alarm "+id, "ResourceNotFound", "ResourceNotFoundException")
		},
	}
}

func period(v any) error {
	f, ok := number64(v)
	if ok && f != 10 && f != 20 && f != 30 && (f < 60 || math.Mod(f, 60) != 0) {
		return fmt.Errorf("value %v is invalid: it must be 10, 20, 30 or a multiple of 60", f)
	}
	return nil
}

// oneMetric: an alarm watches one metric or the one query that returns data.
func oneMetric(in args) *problem {
	queries := in.objects("metricQueries")
	if in["metricQueries"] == (unknown{}) || in["metricName"] == (unknown{}) {
		return nil
	}
	switch {
	case len(queries) == 0 && in["metricName"] == nil:
		return &problem{"metricName", "one of `metricName` or `metricQueries` must be set for a CloudWatch metric alarm"}
	case len(queries) > 0:
		for _, name := range []string{"metricName", "namespace", "period", "statistic", "extendedStatistic", "dimensions", "unit"} {
			if in.has(name) {
				return &problem{name, name + " conflicts with metricQueries: each query has its own metric"}
			}
		}
		returning := 0
		for _, q := range queries {
			if q["returnData"] == true || q["returnData"] == (unknown{}) {
				returning++
			}
			if q.has("expression") == q.has("metric") {
				return &problem{"metricQueries", fmt.Sprintf("query %q must have either an expression or a metric", q.str("id"))}
			}
		}
		if returning != 1 {
			return &problem{"metricQueries", fmt.Sprintf("ValidationError: exactly one query must have returnData = true, and %d have", returning)}
		}
		return nil
	}
	for _, name := range []string{"namespace", "period"} {
		if !in.has(name) {
			return &problem{name, name + " is required with metricName"}
		}
	}
	if in.has("statistic") == in.has("extendedStatistic") {
		return &problem{"statistic", "exactly one of statistic and extendedStatistic is required with metricName"}
	}
	return nil
}

func enoughDatapoints(in args) *problem {
	if in.known("datapointsToAlarm") && in.known("evaluationPeriods") && in.number("datapointsToAlarm") > in.number("evaluationPeriods") {
		return &problem{"datapointsToAlarm", fmt.Sprintf("ValidationError: datapointsToAlarm is %v, and must be at most evaluationPeriods, %v",
			in.number("datapointsToAlarm"), in.number("evaluationPeriods"))}
	}
	return nil
}

// evaluatedWithinLimit: one day, or a week for periods of an hour and more.
func evaluatedWithinLimit(in args) *problem {
	limit := float64(daySeconds)
	if in.number("period") >= hourSeconds {
		limit *= 7
	}
	if span := in.number("period") * in.number("evaluationPeriods"); span > limit {
		return &problem{"evaluationPeriods", fmt.Sprintf("ValidationError: Metrics cannot be checked across more than a day "+
			"(EvaluationPeriods * Period must be <= %v), and it is %v", plainNumber(limit), plainNumber(span))}
	}
	if d := in.object("dimensions"); len(d) > maxDimensions {
		return &problem{"dimensions", fmt.Sprintf("there are %d dimensions, and must be at most %d", len(d), maxDimensions)}
	}
	return nil
}

func alarmTag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

func dimensions(m map[string]string) []types.Dimension {
	return tagList(m, func(k, v string) types.Dimension { return types.Dimension{Name: &k, Value: &v} })
}

func anyDimensions(list []types.Dimension) any {
	out := map[string]any{}
	for _, d := range list {
		out[aws.ToString(d.Name)] = aws.ToString(d.Value)
	}
	return nonEmpty(out)
}

func putAlarm(ctx context.Context, c *cloud, in args, tags map[string]string) error {
	name := in.str("name")
	request := &cloudwatch.PutMetricAlarmInput{
		AlarmName: &name, ActionsEnabled: in.boolp("actionsEnabled"), AlarmActions: in.strings("alarmActions"),
		AlarmDescription: in.strp("alarmDescription"), ComparisonOperator: types.ComparisonOperator(in.str("comparisonOperator")),
		DatapointsToAlarm: in.int32p("datapointsToAlarm"), Dimensions: dimensions(in.stringMap("dimensions")),
		EvaluateLowSampleCountPercentile: in.strp("evaluateLowSampleCountPercentiles"), EvaluationPeriods: in.int32p("evaluationPeriods"),
		ExtendedStatistic: in.strp("extendedStatistic"), InsufficientDataActions: in.strings("insufficientDataActions"),
		MetricName: in.strp("metricName"), Namespace: in.strp("namespace"), OKActions: in.strings("okActions"), Period: in.int32p("period"),
		Statistic: types.Statistic(in.str("statistic")), Threshold: in.float64p("threshold"), ThresholdMetricId: in.strp("thresholdMetricId"),
		TreatMissingData: in.strp("treatMissingData"), Unit: types.StandardUnit(in.str("unit")), Tags: tagList(tags, alarmTag),
	}
	if in.has("thresholdMetricId") {
		request.Threshold = nil
	}
	for _, q := range in.objects("metricQueries") {
		request.Metrics = append(request.Metrics, metricQuery(q))
	}
	_, err := c.alarms().PutMetricAlarm(ctx, request)
	return wrap(err, "putting alarm "+name)
}

func metricQuery(q args) types.MetricDataQuery {
	out := types.MetricDataQuery{
		Id: q.strp("id"), Expression: q.strp("expression"), Label: q.strp("label"), Period: q.int32p("period"), AccountId: q.strp("accountId"),
		ReturnData: aws.Bool(q.boolean("returnData")),
	}
	if m := q.object("metric"); m != nil {
		out.MetricStat = &types.MetricStat{
			Metric: &types.Metric{
				MetricName: m.strp("metricName"), Namespace: m.strp("namespace"), Dimensions: dimensions(m.stringMap("dimensions")),
			},
			Period: m.int32p("period"), Stat: m.strp("stat"), Unit: types.StandardUnit(m.str("unit")),
		}
	}
	return out
}

func anyQuery(q types.MetricDataQuery) map[string]any {
	out := map[string]any{
		"id": optional(q.Id), "expression": optional(q.Expression), "label": optional(q.Label), "period": optional(q.Period),
		"accountId": optional(q.AccountId), "returnData": aws.ToBool(q.ReturnData),
	}
	if s := q.MetricStat; s != nil && s.Metric != nil {
		unit := string(s.Unit)
		out["metric"] = map[string]any{
			"metricName": optional(s.Metric.MetricName), "namespace": optional(s.Metric.Namespace),
			"dimensions": anyDimensions(s.Metric.Dimensions), "period": optional(s.Period), "stat": optional(s.Stat), "unit": optional(&unit),
		}
	}
	return out
}

func readAlarm(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	out, err := c.alarms().DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{
		AlarmNames: []string{id}, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm},
	})
	if err != nil {
		return nil, wrap(err, "reading alarm "+id)
	}
	if len(out.MetricAlarms) == 0 {
		return nil, errNotFound
	}
	a := out.MetricAlarms[0]
	statistic, unit, queries := string(a.Statistic), string(a.Unit), []any{}
	for _, q := range a.Metrics {
		queries = append(queries, anyQuery(q))
	}
	observed := args{
		"arn": aws.ToString(a.AlarmArn), "name": aws.ToString(a.AlarmName), "actionsEnabled": aws.ToBool(a.ActionsEnabled),
		"alarmActions": nonEmpty(anyList(a.AlarmActions)), "okActions": nonEmpty(anyList(a.OKActions)),
		"insufficientDataActions": nonEmpty(anyList(a.InsufficientDataActions)), "alarmDescription": optional(a.AlarmDescription),
		"comparisonOperator": string(a.ComparisonOperator), "datapointsToAlarm": optional(a.DatapointsToAlarm),
		"dimensions": anyDimensions(a.Dimensions), "evaluationPeriods": optional(a.EvaluationPeriods),
		"extendedStatistic": optional(a.ExtendedStatistic), "metricName": optional(a.MetricName), "namespace": optional(a.Namespace),
		"period": optional(a.Period), "statistic": optional(&statistic), "threshold": optional(a.Threshold), "unit": optional(&unit),
		"thresholdMetricId": optional(a.ThresholdMetricId), "treatMissingData": optional(a.TreatMissingData),
		"metricQueries": nonEmpty(queries),
	}
	tagged, err := c.alarms().ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: a.AlarmArn})
	if err != nil {
		return nil, gone(err, "reading the tags of alarm "+id, "ResourceNotFoundException")
	}
	observed["tags"] = tagMap(tagged.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value })
	return observed, nil
}

func updateAlarm(ctx context.Context, c *cloud, id string, old, next args) error {
	if err := putAlarm(ctx, c, next, nil); err != nil { // tags of an existing alarm are ignored by this call
		return err
	}
	set, removed := tagChanges(old, next)
	if len(set) == 0 && len(removed) == 0 {
		return nil
	}
	out, err := c.alarms().DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{id}})
	if err != nil || len(out.MetricAlarms) == 0 {
		return wrap(err, "reading alarm "+id)
	}
	arn := out.MetricAlarms[0].AlarmArn
	if len(removed) > 0 {
		if _, err := c.alarms().UntagResource(ctx, &cloudwatch.UntagResourceInput{ResourceARN: arn, TagKeys: removed}); err != nil {
			return wrap(err, "untagging alarm "+id)
		}
	}
	if len(set) > 0 {
		if _, err := c.alarms().TagResource(ctx, &cloudwatch.TagResourceInput{ResourceARN: arn, Tags: tagList(set, alarmTag)}); err != nil {
			return wrap(err, "tagging alarm "+id)
		}
	}
	return nil
}
