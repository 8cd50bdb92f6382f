package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"cc-eventbridge/function/contract"
)

// metricPeriod is the length of a point: SQS and Lambda publish one a minute. Asking more often costs and says nothing new.
const metricPeriod = time.Minute

// The ids of the metrics in one call.
const (
	idSent        = "sent"
	idReceived    = "received"
	idInvocations = "invocations"
	idErrors      = "errors"
	idThrottles   = "throttles"
	idDuration    = "duration"
)

func ageID(queue int) string { return fmt.Sprintf("age%d", queue) }

// metrics are the points of each metric, newest first, as of a minute ago at most.
type metrics struct {
	asked  time.Time
	points map[string][]float64
}

// read asks CloudWatch for all metrics in one call, once a minute at most.
func (m *metrics) read(ctx context.Context, w *watcher) error {
	now := time.Now()
	if now.Sub(m.asked) < metricPeriod {
		return nil
	}
	points, err := w.points(ctx, now)
	if err != nil {
		return err
	}
	m.asked, m.points = now, points
	return nil
}

func (w *watcher) points(ctx context.Context, now time.Time) (map[string][]float64, error) {
	function := w.outputs(contract.OutputFunction)
	queries := []types.MetricDataQuery{
		query(idSent, "AWS/SQS", "NumberOfMessagesSent", "QueueName", w.queues[0].metricName(), "Sum"),
		query(idReceived, "AWS/SQS", "NumberOfMessagesReceived", "QueueName", w.queues[0].metricName(), "Sum"),
		query(idInvocations, "AWS/Lambda", "Invocations", "FunctionName", function, "Sum"),
		query(idErrors, "AWS/Lambda", "Errors", "FunctionName", function, "Sum"),
		query(idThrottles, "AWS/Lambda", "Throttles", "FunctionName", function, "Sum"),
		query(idDuration, "AWS/Lambda", "Duration", "FunctionName", function, "Sum"),
	}
	for i, q := range w.queues {
		queries = append(queries, query(ageID(i), "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", q.metricName(), "Maximum"))
	}
	points := map[string][]float64{}
	pages := cloudwatch.NewGetMetricDataPaginator(w.cloud, &cloudwatch.GetMetricDataInput{
		MetricDataQueries: queries, ScanBy: types.ScanByTimestampDescending,
		StartTime: aws.Time(now.Add(-w.window).Truncate(metricPeriod)), EndTime: aws.Time(now.Truncate(metricPeriod).Add(metricPeriod)),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, result := range page.MetricDataResults {
			points[aws.ToString(result.Id)] = append(points[aws.ToString(result.Id)], result.Values...)
		}
	}
	return points, nil
}

func query(id, namespace, name, dimension, value, statistic string) types.MetricDataQuery {
	return types.MetricDataQuery{Id: aws.String(id), MetricStat: &types.MetricStat{
		Metric: &types.Metric{
			Namespace: aws.String(namespace), MetricName: aws.String(name),
			Dimensions: []types.Dimension{{Name: aws.String(dimension), Value: aws.String(value)}},
		},
		Period: aws.Int32(int32(metricPeriod / time.Second)), Stat: aws.String(statistic),
	}}
}

// sum is the total of a metric, nil without data.
func (m *metrics) sum(id string) *float64 {
	points := m.points[id]
	if len(points) == 0 {
		return nil
	}
	total := 0.0
	for _, value := range points {
		total += value
	}
	return &total
}

// newest is the last value of a metric, nil without data.
func (m *metrics) newest(id string) *float64 {
	if points := m.points[id]; len(points) > 0 {
		return &points[0]
	}
	return nil
}
