package process_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/process"
)

// agreeable is a DynamoDB that lets every statement take effect, at no cost, behind the real client.
type agreeable struct{}

func (agreeable) Do(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	answers := strings.TrimSuffix(strings.Repeat(`{"TableName":"dedup"},`, bytes.Count(body, []byte(`"Statement":`))), ",")
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}}, Request: request,
		Body: io.NopCloser(strings.NewReader(`{"Responses":[` + answers + `]}`)),
	}, nil
}

// BenchmarkInvoke measures what the function itself spends on new records of about 2 KB, the AWS SDK included.
func BenchmarkInvoke(b *testing.B) {
	filler := strings.TrimSuffix(strings.Repeat(`{"id":"9fb2ca78-8389","purpose":"customer","mediaType":"VOICE","ms":60000,"wrapUp":null,"attributes":{"a":"b","c":1.5}},`, 15), ",")
	for _, size := range []int{10, 100} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			var messages []message
			for n := range size {
				messages = append(messages, message{
					id:   fmt.Sprintf("0c5bbd8e-0000-4000-8000-%012d", n),
					body: fmt.Sprintf(`{"event":{"type":"telephony.call.created","data":{"id":"c%d","participants":[%s]}},"timestamp":"2026-01-02T03:04:05.678Z"}`, n, filler),
				})
			}
			payload := batchOf(b, messages...)
			quiet := slog.New(slog.DiscardHandler)
			client := dynamodb.New(dynamodb.Options{
				Region: "eu-central-1", HTTPClient: agreeable{}, Retryer: aws.NopRetryer{},
				Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
					return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "key"}, nil
				}),
			})
			p := process.New(newWorld().config, process.Clients{DynamoDB: client, SQS: &queues{}, Downstream: deliver.NewLog(quiet)},
				process.WithLogger(quiet))
			ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
			defer cancel()
			b.ReportAllocs()
			for b.Loop() {
				response, err := p.Invoke(ctx, payload)
				if err != nil || string(response) != `{"batchItemFailures":[]}` {
					b.Fatalf("%s: %v", response, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*size), "µs/record")
		})
	}
}
