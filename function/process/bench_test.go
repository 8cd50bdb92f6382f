package process_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
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

// BenchmarkInvoke measures what the function itself spends on new records of about 2 KB, the AWS SDK included, in both
// envelopes, with schemas (the default) and without.
func BenchmarkInvoke(b *testing.B) {
	filler := strings.TrimSuffix(strings.Repeat(`{"id":"9fb2ca78-8389","purpose":"customer","mediaType":"VOICE","ms":60000,"wrapUp":null,"attributes":{"a":"b","c":1.5}},`, 15), ",")
	envelopes := []struct{ name, body string }{
		{"direct", `{"event":{"type":"telephony.call.created","data":{"id":"c%d","participants":[` + filler + `]}},"timestamp":"2026-01-02T03:04:05.678Z"}`},
		{"eventbridge", `{"version":"0","id":"0c5bbd8e","detail-type":"v2.detail.events.conversation.{id}.customer.end","source":"aws.partner/genesys.com/cloud/org/bus",` +
			`"account":"123456789012","time":"2026-01-02T03:04:05Z","region":"eu-central-1","resources":[],"detail":{"topicName":"v2.detail.events.conversation.c.customer.end","version":"2",` +
			`"eventBody":{"eventTime":1767323045678,"conversationId":"c%d","participants":[` + filler + `]},"metadata":{"CorrelationId":"shared"},"timestamp":"2026-01-02T03:04:05.678Z"}}`},
	}
	for _, envelope := range envelopes {
		for _, size := range []int{10, 100} {
			for _, mode := range []string{"warn", "off"} {
				b.Run(fmt.Sprintf("%s/%d/schemas=%s", envelope.name, size, mode), func(b *testing.B) {
					benchmarkInvoke(b, envelope.body, size, `{"defaults":{"schema":"`+mode+`"}}`)
				})
			}
		}
	}
}

func benchmarkInvoke(b *testing.B, body string, size int, document string) {
	var messages []message
	for n := range size {
		messages = append(messages, message{id: fmt.Sprintf("0c5bbd8e-0000-4000-8000-%012d", n), body: fmt.Sprintf(body, n)})
	}
	payload := batchOf(b, messages...)
	quiet := slog.New(slog.DiscardHandler)
	client := dynamodb.New(dynamodb.Options{
		Region: "eu-central-1", HTTPClient: agreeable{}, Retryer: aws.NopRetryer{},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "id", SecretAccessKey: "key"}, nil
		}),
	})
	w := newWorld()
	w.set(b, document)
	config := w.config
	config.DynamoDB, config.SQS, config.Downstream = client, &queues{}, deliver.NewLog(quiet)
	config.Flags, config.Log = fixedFlags{set: w.flags}, quiet
	// The same events are new each time: what a process has completed it only remembers for minutes.
	now := time.Now()
	config.Now = func() time.Time { return now }
	p := process.New(config)
	ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
	defer cancel()
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(time.Hour)
		response, err := p.Invoke(ctx, payload)
		if err != nil || string(response) != `{"batchItemFailures":[]}` {
			b.Fatalf("%s: %v", response, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*size), "µs/record")
}
