package awsprovider

import (
	"fmt"
	"math"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
)

// maxExpression: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
const maxExpression = 1024

func cloudwatchTypes() []*resourceType {
	put := op((*cloud).alarms, (*cloudwatch.Client).PutMetricAlarm)
	return []*resourceType{
		{
			token: "aws:cloudwatch/metricAlarm:MetricAlarm",
			inputs: properties{
				"name":             str(identity, as("AlarmName"), must(named(255, `.`))),
				"actionsEnabled":   boolean(fallback(true)),
				"alarmActions":     set(str(must(arn))),
				"alarmDescription": str(must(atMost(1024))),
				"comparisonOperator": str(required, must(oneOf("GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
					"LessThanOrEqualToThreshold"))),
				"datapointsToAlarm": integer(),
				"dimensions":        dictionary(str()),
				"evaluationPeriods": integer(required),
				"metricName":        str(),
				"metricQueries": set(object(properties{
					"id": str(required), "expression": str(must(atMost(maxExpression))), "label": str(), "returnData": boolean(fallback(false)),
					"metric": object(properties{
						"metricName": str(required, as("Metric.MetricName")), "namespace": str(as("Metric.Namespace")),
						"dimensions": dictionary(str(), as("Metric.Dimensions")), "period": integer(required, must(period)), "stat": str(required),
					}, as("MetricStat")),
				}), as("Metrics")),
				"namespace":        str(),
				"okActions":        set(str(must(arn))),
				"period":           integer(must(period)),
				"statistic":        str(must(oneOf("SampleCount", "Average", "Sum", "Minimum", "Maximum"))),
				"threshold":        number(fallback(0.0)),
				"treatMissingData": str(fallback("missing"), must(oneOf("breaching", "notBreaching", "ignore", "missing"))),
				"tags":             tags(),
			},
			outputs: map[string]string{"arn": "AlarmArn"},
			rules:   []func(args) *problem{oneMetric, enoughDatapoints},
			id:      "AlarmNames=AlarmName",
			create:  put,
			read:    op((*cloud).alarms, (*cloudwatch.Client).DescribeAlarms), found: "MetricAlarms",
			edits:  []edit{{call: put}},
			remove: op((*cloud).alarms, (*cloudwatch.Client).DeleteAlarms),
			gone:   []string{"ResourceNotFound", "ResourceNotFoundException"},
			tags: &tagging{
				"arn", op((*cloud).alarms, (*cloudwatch.Client).ListTagsForResource), op((*cloud).alarms, (*cloudwatch.Client).TagResource),
				op((*cloud).alarms, (*cloudwatch.Client).UntagResource),
			},
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
	queries := in.Objects("metricQueries")
	switch {
	case in["metricQueries"] == unknown{} || in["metricName"] == unknown{}:
		return nil
	case len(queries) == 0 && in["metricName"] == nil:
		return &problem{Property: "metricName", Reason: "one of `metricName` or `metricQueries` must be set for a CloudWatch metric alarm"}
	case len(queries) == 0:
		for _, name := range []string{"namespace", "period", "statistic"} {
			if in[name] == nil {
				return &problem{Property: name, Reason: name + " is required with metricName"}
			}
		}
		return nil
	}
	for _, name := range []string{"metricName", "namespace", "period", "statistic", "dimensions"} {
		if in[name] != nil {
			return &problem{Property: name, Reason: name + " conflicts with metricQueries: each query has its own metric"}
		}
	}
	returning := 0
	for _, q := range queries {
		if q["returnData"] == true || q["returnData"] == (unknown{}) {
			returning++
		}
		if (q["expression"] != nil) == (q["metric"] != nil) {
			return &problem{Property: "metricQueries", Reason: fmt.Sprintf("query %q must have either an expression or a metric", q.Text("id"))}
		}
	}
	if returning != 1 {
		return &problem{Property: "metricQueries", Reason: fmt.Sprintf("ValidationError: exactly one query must have returnData = true, and %d have", returning)}
	}
	return nil
}

func enoughDatapoints(in args) *problem {
	if in.Known("datapointsToAlarm") && in.Known("evaluationPeriods") && in.Number("datapointsToAlarm") > in.Number("evaluationPeriods") {
		return &problem{Property: "datapointsToAlarm", Reason: fmt.Sprintf("ValidationError: datapointsToAlarm is %v, and must be at most "+
			"evaluationPeriods, %v", in.Number("datapointsToAlarm"), in.Number("evaluationPeriods"))}
	}
	return nil
}
