package cloud_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/firehose"
	fhtypes "github.com/aws/aws-sdk-go-v2/service/firehose/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	ltypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/cloudevents/sdk-go/v2/binding"
	cehttp "github.com/cloudevents/sdk-go/v2/protocol/http"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/event"
)

// What targets are sent is written in the function by hand. Here others' libraries read it, and say the same in their own way.

// presence is an event with everything that an encoding can get wrong.
var presence = deliver.Delivery{
	IdempotencyKey: `eventbridge["aws.partner/genesys.com/cloud/o/s","é"]`,
	Event: event.Event{
		Envelope: event.EventBridge, Type: "v2.users.{id}.presence", Topic: `v2.users.ü-1 "%20".presence`, Timestamp: `"2026-01-31T02:10:00.5+01:00"`,
		Source: "aws.partner/genesys.com/cloud/o/s x", Payload: []byte("{\"n\": 12345678901234567890, \"t\": \"<&>\u2028ü\"}"),
	},
}

// secret is a Secrets Manager with one secret.
type secret string

func (s secret) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(string(s))}, nil
}

// received delivers an event over HTTP and returns the request.
func received(t *testing.T, target contract.Target, env deliver.Environment, sent deliver.Delivery) (*http.Request, []byte) {
	t.Helper()
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ = io.ReadAll(r.Body)
		got = r
	}))
	defer server.Close()
	target.Kind, target.Address = contract.TargetHTTP, server.URL
	env.Workers = 1
	send(t, target, env, sent)
	got.Body = io.NopCloser(bytes.NewReader(body))
	return got, body
}

func send(t *testing.T, target contract.Target, env deliver.Environment, sent deliver.Delivery) {
	t.Helper()
	downstream, err := deliver.Open(target, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := downstream.Deliver(t.Context(), sent); err != nil {
		t.Fatal(err)
	}
}

// TestCloudEventsAreReadByTheirSDK has the public SDK read both modes. It does not decode what a header can't hold (the HTTP binding
// has that percent-encoded), so binary mode has an event as Genesys Cloud sends them.
func TestCloudEventsAreReadByTheirSDK(t *testing.T) {
	for format, encoding := range map[contract.Format]binding.Encoding{
		contract.FormatCloudEvents: binding.EncodingStructured, contract.FormatCloudEventsBinary: binding.EncodingBinary,
	} {
		sent := presence
		if encoding == binding.EncodingBinary {
			sent.Event.Topic, sent.Event.Source = "v2.users.u-1.presence", "aws.partner/genesys.com/cloud/o/s"
		}
		request, _ := received(t, contract.Target{Format: format}, deliver.Environment{}, sent)
		message := cehttp.NewMessageFromHttpRequest(request)
		if message.ReadEncoding() != encoding {
			t.Errorf("%s is read as %s", format, message.ReadEncoding())
		}
		e, err := binding.ToEvent(t.Context(), message)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Validate(); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		occurred := time.Date(2026, 1, 31, 1, 10, 0, 500e6, time.UTC)
		if e.SpecVersion() != "1.0" || e.ID() != deliver.ID(presence.IdempotencyKey) || e.Source() != strings.ReplaceAll(sent.Event.Source, " ", "%20") ||
			e.Type() != sent.Event.Type || e.Subject() != sent.Event.Topic || !e.Time().Equal(occurred) || e.DataContentType() != "application/json" ||
			string(e.Data()) != string(presence.Event.Payload) {
			t.Errorf("%s:\n%s", format, e)
		}
	}
}

// TestAWebhookIsVerifiedByThePublicLibrary has Standard Webhooks' own library look at a signature.
func TestAWebhookIsVerifiedByThePublicLibrary(t *testing.T) {
	const key, next = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
	request, body := received(t, contract.Target{Auth: &contract.Auth{Kind: contract.AuthWebhook, SecretARN: "arn"}}, deliver.Environment{Secrets: secret(key + " " + next)}, presence)
	for _, key := range []string{key, next} {
		webhook, err := standardwebhooks.NewWebhook(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := webhook.Verify(body, request.Header); err != nil {
			t.Error(err)
		}
		if err := webhook.Verify(append(body, ' '), request.Header); err == nil {
			t.Error("another body is verified as well")
		}
	}
}

// wire keeps the request that a client makes and answers it.
type wire struct {
	answer string
	got    *http.Request
	body   []byte
}

func (w *wire) Do(r *http.Request) (*http.Response, error) {
	w.got, w.body = r, nil
	if r.Body != nil {
		w.body, _ = io.ReadAll(r.Body)
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader([]byte(w.answer)))}, nil
}

// TestAWSIsCalledAsItsSDKDoes makes each call with the function and with the service's SDK: the same address, operation, body and
// scope of the signature.
func TestAWSIsCalledAsItsSDKDoes(t *testing.T) {
	const (
		account = "eu-west-1:123456789012"
		bus     = "arn:aws:events:" + account + ":event-bus/b"
		machine = "arn:aws:states:" + account + ":stateMachine:m"
		target  = "arn:aws:lambda:" + account + ":function:f:$LATEST"
		queue   = "https://sqs.eu-west-1.amazonaws.com/123456789012/q.fifo"
	)
	ours, theirs := &wire{}, &wire{}
	credentials := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "session"}, nil
	})
	config := aws.Config{Region: "eu-west-1", Credentials: credentials, HTTPClient: theirs, Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	// The body is taken from our own request: that it is right is for the function's tests.
	text := func(path ...string) string {
		var value any
		if err := json.Unmarshal(ours.body, &value); err != nil {
			t.Fatal(err)
		}
		for _, name := range path {
			if list, ok := value.([]any); ok {
				value = list[0]
			}
			value = value.(map[string]any)[name]
		}
		found, ok := value.(string)
		if !ok || found == "" {
			t.Fatalf("no %q in %s", path, ours.body)
		}
		return found
	}
	attribute := func(name string) sqstypes.MessageAttributeValue {
		return sqstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(text("MessageAttributes", name, "StringValue"))}
	}
	for name, c := range map[string]struct {
		target contract.Target
		answer string
		sdk    func(ctx context.Context) error
	}{
		"EventBridge": {
			contract.Target{Kind: contract.TargetEventBridge, Address: bus},
			`{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}`,
			func(ctx context.Context) error {
				_, err := eventbridge.NewFromConfig(config).PutEvents(ctx, &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
					Source: aws.String("cc-eventbridge"), DetailType: aws.String("v2.users.{id}.presence"), EventBusName: aws.String(bus),
					Time: aws.Time(time.Date(2026, 1, 31, 1, 10, 0, 0, time.UTC)), Detail: aws.String(text("Entries", "Detail")),
				}}})
				return err
			},
		},
		"SQS": {
			contract.Target{Kind: contract.TargetSQS, Address: queue},
			`{}`,
			func(ctx context.Context) error {
				_, err := sqs.NewFromConfig(config, func(o *sqs.Options) { o.DisableMessageChecksumValidation = true }).SendMessage(ctx, &sqs.SendMessageInput{
					QueueUrl: aws.String(queue), MessageBody: aws.String(text("MessageBody")), MessageGroupId: aws.String(text("MessageGroupId")),
					MessageDeduplicationId: aws.String(deliver.ID(presence.IdempotencyKey)),
					MessageAttributes: map[string]sqstypes.MessageAttributeValue{
						"idempotencyKey": attribute("idempotencyKey"), "type": attribute("type"), "traceparent": attribute("traceparent"),
					},
				})
				return err
			},
		},
		"Step Functions": {
			contract.Target{Kind: contract.TargetStepFunctions, Address: machine},
			`{"executionArn":"e","startDate":1}`,
			func(ctx context.Context) error {
				_, err := sfn.NewFromConfig(config).StartExecution(ctx, &sfn.StartExecutionInput{
					StateMachineArn: aws.String(machine), Name: aws.String(deliver.ID(presence.IdempotencyKey)), Input: aws.String(text("input")),
				})
				return err
			},
		},
		"Lambda": {
			contract.Target{Kind: contract.TargetLambda, Address: target},
			``,
			func(ctx context.Context) error {
				_, err := lambda.NewFromConfig(config).Invoke(ctx, &lambda.InvokeInput{
					FunctionName: aws.String(target), InvocationType: ltypes.InvocationTypeEvent, Payload: ours.body,
				})
				return err
			},
		},
		"Firehose": {
			contract.Target{Kind: contract.TargetFirehose, Address: "arn:aws:firehose:" + account + ":deliverystream/s"},
			`{"RecordId":"1"}`,
			func(ctx context.Context) error {
				data, err := base64.StdEncoding.DecodeString(text("Record", "Data"))
				if err != nil {
					return err
				}
				_, err = firehose.NewFromConfig(config).PutRecord(ctx, &firehose.PutRecordInput{DeliveryStreamName: aws.String("s"), Record: &fhtypes.Record{Data: data}})
				return err
			},
		},
	} {
		ours.answer, theirs.answer = c.answer, c.answer
		own := config
		own.HTTPClient, own.Region = ours, "us-east-1"
		c.target.Name = "a"
		send(t, c.target, deliver.Environment{Workers: 1, AWS: own}, presence)
		if err := c.sdk(t.Context()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, want := ours.got.URL.String(), theirs.got.URL.String(); got != want && got != want+"/" {
			t.Errorf("%s: to %s, the SDK to %s", name, got, want)
		}
		for _, header := range []string{"Content-Type", "X-Amz-Target", "X-Amz-Invocation-Type", "X-Amz-Security-Token"} {
			if got, want := ours.got.Header.Get(header), theirs.got.Header.Get(header); got != want && (header != "Content-Type" || name != "Lambda") {
				t.Errorf("%s: %s is %q, the SDK's %q", name, header, got, want)
			}
		}
		scope := regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=AKID/\d+/eu-west-1/\w+/aws4_request`)
		if got, want := scope.FindString(ours.got.Header.Get("Authorization")), scope.FindString(theirs.got.Header.Get("Authorization")); got != want || got == "" {
			t.Errorf("%s: signed as %q, the SDK as %q", name, got, want)
		}
		if got, want := value(t, ours.body), value(t, theirs.body); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: sent\n%s\nthe SDK\n%s", name, ours.body, theirs.body)
		}
	}
}

func value(t *testing.T, body []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatal(err)
	}
	return value
}
