package deliver_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/event"
	"cc-eventbridge/function/identify"
)

// The addresses of targets.
const (
	busARN      = "arn:aws:events:eu-west-1:123456789012:event-bus/b"
	machineARN  = "arn:aws:states:eu-west-1:123456789012:stateMachine:m"
	functionARN = "arn:aws:lambda:eu-west-1:123456789012:function:f:live"
	streamARN   = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/s"
	queueURL    = "https://sqs.eu-west-1.amazonaws.com/123456789012/q"
)

// addresses has one of each kind of target that is an AWS service.
var addresses = map[contract.TargetKind]string{
	contract.TargetEventBridge: busARN, contract.TargetSQS: queueURL, contract.TargetStepFunctions: machineARN,
	contract.TargetLambda: functionARN, contract.TargetFirehose: streamARN,
}

// taken is what each service answers when it takes an event.
var taken = map[contract.TargetKind]string{
	contract.TargetEventBridge: `{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}`, contract.TargetSQS: `{"MessageId":"1"}`,
	contract.TargetStepFunctions: `{"executionArn":"e"}`, contract.TargetFirehose: `{"RecordId":"1"}`,
}

// inAWS is an environment whose services are at an address.
func inAWS(url string) deliver.Environment {
	return deliver.Environment{Workers: 1, Verdict: 3, AWS: aws.Config{
		Region: "eu-central-1", BaseEndpoint: aws.String(url),
		HTTPClient: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "AKID", SecretAccessKey: "secret", SessionToken: "session"}, nil
		}),
	}}
}

// inService starts an endpoint that stands for a service and gives one answer.
func inService(t *testing.T, answer string) (deliver.Environment, *request) {
	t.Helper()
	got := &request{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*got = request{r.Method, r.URL.RequestURI(), string(body), r.Header}
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(server.Close)
	return inAWS(server.URL), got
}

// awsCall is a request to a service as AWS defines it.
type awsCall struct{ scope, path, media, operation, body string }

func TestCallsOfAWS(t *testing.T) {
	id, key := deliver.ID(published.IdempotencyKey), `"idempotencyKey":"eventbridge[\"s\",\"hash\"]"`
	own := string(deliver.Body(published.Event))
	keyed := `{` + key + `,` + own[1:]
	quoted := func(text string) string {
		b, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	attributes := func(key, kind string) string {
		return `"MessageAttributes":{"idempotencyKey":{"DataType":"String","StringValue":` + key + `},"type":{"DataType":"String","StringValue":` + kind +
			`},"traceparent":{"DataType":"String","StringValue":"` + deliver.TraceParent(t.Context(), published.IdempotencyKey) + `"}}`
	}
	for name, c := range map[string]struct {
		target contract.Target
		want   awsCall
	}{
		"a bus": {contract.Target{Kind: contract.TargetEventBridge, Address: busARN}, awsCall{
			"eu-west-1/events", "/", "application/x-amz-json-1.1", "AWSEvents.PutEvents",
			`{"Entries":[{"Source":"cc-eventbridge","DetailType":"v2.users.{id}.presence","EventBusName":"` + busARN + `","Time":1769825400,"Detail":` + quoted(keyed) + `}]}`,
		}},
		"a queue": {contract.Target{Kind: contract.TargetSQS, Address: queueURL}, awsCall{
			"eu-west-1/sqs", "/", "application/x-amz-json-1.0", "AmazonSQS.SendMessage",
			`{"QueueUrl":"` + queueURL + `",` + attributes(`"eventbridge[\"s\",\"hash\"]"`, `"v2.users.{id}.presence"`) + `,"MessageBody":` + quoted(own) + `}`,
		}},
		"a FIFO queue behind a VPC endpoint": {
			contract.Target{Kind: contract.TargetSQS, Address: "https://vpce-1.sqs.us-east-1.vpce.amazonaws.com/1/q.fifo", Format: contract.FormatPayload},
			awsCall{
				"us-east-1/sqs", "/", "application/x-amz-json-1.0", "AmazonSQS.SendMessage",
				// the SHA-256 of u"1
				`{"QueueUrl":"https://vpce-1.sqs.us-east-1.vpce.amazonaws.com/1/q.fifo","MessageDeduplicationId":"` + id + `","MessageGroupId":"` + deliver.ID(`u"1`) + `",` +
					attributes(`"eventbridge[\"s\",\"hash\"]"`, `"v2.users.{id}.presence"`) + `,"MessageBody":"{\"a\": 1}"}`,
			},
		},
		"a queue of an emulator": {contract.Target{Kind: contract.TargetSQS, Address: "http://localhost:4566/1/q", Format: contract.FormatPayload}, awsCall{
			"eu-central-1/sqs", "/", "application/x-amz-json-1.0", "AmazonSQS.SendMessage",
			`{"QueueUrl":"http://localhost:4566/1/q",` + attributes(`"eventbridge[\"s\",\"hash\"]"`, `"v2.users.{id}.presence"`) + `,"MessageBody":"{\"a\": 1}"}`,
		}},
		"a state machine": {contract.Target{Kind: contract.TargetStepFunctions, Address: machineARN}, awsCall{
			"eu-west-1/states", "/", "application/x-amz-json-1.0", "AWSStepFunctions.StartExecution",
			`{"stateMachineArn":"` + machineARN + `","name":"` + id + `","input":` + quoted(keyed) + `}`,
		}},
		"a function": {contract.Target{Kind: contract.TargetLambda, Address: functionARN}, awsCall{
			"eu-west-1/lambda", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Af%3Alive/invocations", "application/json", "", keyed,
		}},
		"a stream": {contract.Target{Kind: contract.TargetFirehose, Address: streamARN}, awsCall{
			"eu-west-1/firehose", "/", "application/x-amz-json-1.1", "Firehose_20150804.PutRecord",
			`{"DeliveryStreamName":"s","Record":{"Data":"` + base64.StdEncoding.EncodeToString([]byte(keyed+"\n")) + `"}}`,
		}},
	} {
		env, got := inService(t, taken[c.target.Kind])
		if err := open(t, c.target, env).Deliver(t.Context(), published); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got.method != http.MethodPost || got.target != c.want.path || got.header.Get("Content-Type") != c.want.media || got.header.Get("X-Amz-Target") != c.want.operation {
			t.Errorf("%s: %s %s, %v, want %+v", name, got.method, got.target, got.header, c.want)
		}
		if !jsonEqual(t, got.body, c.want.body) {
			t.Errorf("%s: sent\n%s\nwant\n%s", name, got.body, c.want.body)
		}
		scope := fmt.Sprintf("AWS4-HMAC-SHA256 Credential=AKID/%s/%s/aws4_request", time.Now().UTC().Format("20060102"), c.want.scope)
		if !strings.HasPrefix(got.header.Get("Authorization"), scope) || got.header.Get("X-Amz-Security-Token") != "session" {
			t.Errorf("%s: signed %s, want %s", name, got.header.Get("Authorization"), scope)
		}
		invocation := map[contract.TargetKind]string{contract.TargetLambda: "Event"}[c.target.Kind]
		if _, key := got.header["Idempotency-Key"]; key || got.header.Get("X-Amz-Invocation-Type") != invocation || got.header.Get("X-Amzn-Trace-Id") != "" {
			t.Errorf("%s: with %v", name, got.header)
		}
	}
}

func jsonEqual(t *testing.T, one, other string) bool {
	t.Helper()
	var values [2]any
	for i, text := range []string{one, other} {
		if err := json.Unmarshal([]byte(text), &values[i]); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
	}
	same := [2]string{}
	for i, value := range values {
		b, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		same[i] = string(b)
	}
	return same[0] == same[1]
}

func TestAnEventThatSaysLittle(t *testing.T) {
	sent := deliver.Delivery{IdempotencyKey: "k\n", Event: event.Event{Envelope: event.Direct, Type: "t\x01", Payload: []byte("{\r\n\"a\":1}")}}
	for kind, want := range map[contract.TargetKind][]string{
		contract.TargetEventBridge: {`"DetailType":"t\u0001"`, `"Detail":"{\"idempotencyKey\":\"k\\n\",\"envelope\":\"direct\",`},
		contract.TargetSQS:         {`"StringValue":"k%0A"`, `"StringValue":"t%01"`, `"MessageGroupId":"` + deliver.ID("k\n") + `"`},
		contract.TargetFirehose:    {base64.StdEncoding.EncodeToString([]byte(`{"idempotencyKey":"k\n","envelope":"direct","type":"t\u0001","payload":{  "a":1}}` + "\n"))},
	} {
		env, got := inService(t, taken[kind])
		address := addresses[kind]
		if kind == contract.TargetSQS {
			address += ".fifo"
		}
		if err := open(t, contract.Target{Kind: kind, Address: address}, env).Deliver(t.Context(), sent); err != nil {
			t.Fatal(err)
		}
		for _, part := range want {
			if !strings.Contains(got.body, part) {
				t.Errorf("%s: no %s in %s", kind, part, got.body)
			}
		}
		if strings.Contains(got.body, `"Time"`) {
			t.Errorf("%s: a time in %s", kind, got.body)
		}
	}
}

// TestLambdasTraceGoesAlong: Lambda finds loops of functions by it.
func TestLambdasTraceGoesAlong(t *testing.T) {
	const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
	//nolint:staticcheck // the key is the one that Lambda's library uses
	ctx := context.WithValue(t.Context(), "x-amzn-trace-id", trace)
	env, got := inService(t, taken[contract.TargetSQS])
	if err := open(t, contract.Target{Kind: contract.TargetSQS, Address: queueURL}, env).Deliver(ctx, published); err != nil {
		t.Fatal(err)
	}
	if got.header.Get("X-Amzn-Trace-Id") != trace || !strings.Contains(got.body, `"00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"`) {
		t.Errorf("%v\n%s", got.header, got.body)
	}
}

// TestAReplayThatActsAgainStartsAnotherExecution: it has another identity, and so another name.
func TestAReplayThatActsAgainStartsAnotherExecution(t *testing.T) {
	names := map[bool]string{}
	for _, again := range []bool{false, true} {
		replayed := published
		replayed.Event.Replay = "r1"
		identity, err := identify.Event(replayed.Event, again)
		if err != nil {
			t.Fatal(err)
		}
		replayed.IdempotencyKey = identity.Key
		env, got := inService(t, taken[contract.TargetStepFunctions])
		if err := open(t, contract.Target{Kind: contract.TargetStepFunctions, Address: machineARN}, env).Deliver(t.Context(), replayed); err != nil {
			t.Fatal(err)
		}
		var body struct{ Name string }
		if err := json.Unmarshal([]byte(got.body), &body); err != nil || len(body.Name) == 0 || len(body.Name) > 80 {
			t.Fatalf("the name is %q (%v)", body.Name, err)
		}
		names[again] = body.Name
	}
	if names[false] == names[true] {
		t.Errorf("both are %s", names[true])
	}
}

// refused is what a service answers.
type refused struct {
	kind   contract.TargetKind
	status int
	// code is in the body, or in the header for Lambda.
	code    string
	receive int
}

func TestRefusalsOfAWS(t *testing.T) {
	const rejected = "permanent " + deliver.ReasonRejected
	for answer, want := range map[refused]string{
		{contract.TargetEventBridge, 400, "ThrottlingException", 1}:                    deliver.ReasonThrottled,
		{contract.TargetEventBridge, 400, "ResourceNotFoundException", 9}:              deliver.ReasonGone,
		{contract.TargetEventBridge, 400, "AccessDeniedException", 9}:                  deliver.ReasonDenied,
		{contract.TargetEventBridge, 400, "UnrecognizedClientException", 9}:            deliver.ReasonDenied,
		{contract.TargetEventBridge, 500, "InternalException", 9}:                      deliver.ReasonUnavailable,
		{contract.TargetEventBridge, 400, "ValidationException", 2}:                    deliver.ReasonUnusable,
		{contract.TargetEventBridge, 400, "ValidationException", 3}:                    rejected,
		{contract.TargetEventBridge, 400, "", 3}:                                       rejected,
		{contract.TargetEventBridge, 413, "", 1}:                                       "permanent " + deliver.ReasonTooLarge,
		{contract.TargetSQS, 400, "com.amazonaws.sqs#QueueDoesNotExist", 9}:            deliver.ReasonGone,
		{contract.TargetSQS, 400, "AWS.SimpleQueueService.NonExistentQueue", 9}:        deliver.ReasonGone,
		{contract.TargetSQS, 400, "QueueDeletedRecently", 9}:                           deliver.ReasonGone,
		{contract.TargetSQS, 400, "InvalidAddress", 9}:                                 deliver.ReasonGone,
		{contract.TargetSQS, 400, "UnsupportedOperation", 9}:                           deliver.ReasonUnusable,
		{contract.TargetSQS, 400, "InvalidSecurity", 9}:                                deliver.ReasonUnusable,
		{contract.TargetSQS, 400, "InvalidMessageContents", 1}:                         rejected,
		{contract.TargetSQS, 403, "AccessDenied", 9}:                                   deliver.ReasonDenied,
		{contract.TargetSQS, 400, "KmsAccessDenied", 9}:                                deliver.ReasonDenied,
		{contract.TargetSQS, 400, "KmsDisabled", 9}:                                    deliver.ReasonUnusable,
		{contract.TargetSQS, 400, "KmsInvalidState", 9}:                                deliver.ReasonUnusable,
		{contract.TargetSQS, 400, "KmsInvalidKeyUsage", 9}:                             deliver.ReasonUnusable,
		{contract.TargetSQS, 400, "KmsNotFound", 9}:                                    deliver.ReasonUnusable,
		{contract.TargetSQS, 400, "KmsOptInRequired", 9}:                               deliver.ReasonUnusable,
		{contract.TargetSQS, 400, "KmsThrottled", 9}:                                   deliver.ReasonThrottled,
		{contract.TargetSQS, 400, "RequestThrottled", 9}:                               deliver.ReasonThrottled,
		{contract.TargetSQS, 503, "", 9}:                                               deliver.ReasonUnavailable,
		{contract.TargetStepFunctions, 400, "ExecutionAlreadyExists", 1}:               "",
		{contract.TargetStepFunctions, 400, "ExecutionLimitExceeded", 9}:               deliver.ReasonThrottled,
		{contract.TargetStepFunctions, 400, "StateMachineDoesNotExist", 9}:             deliver.ReasonGone,
		{contract.TargetStepFunctions, 400, "StateMachineDeleting", 9}:                 deliver.ReasonUnusable,
		{contract.TargetStepFunctions, 400, "StateMachineTypeNotSupported", 9}:         deliver.ReasonUnusable,
		{contract.TargetStepFunctions, 400, "InvalidArn", 9}:                           deliver.ReasonUnusable,
		{contract.TargetStepFunctions, 400, "InvalidExecutionInput", 1}:                rejected,
		{contract.TargetStepFunctions, 400, "KmsAccessDeniedException", 9}:             deliver.ReasonDenied,
		{contract.TargetStepFunctions, 400, "KmsInvalidStateException", 9}:             deliver.ReasonUnusable,
		{contract.TargetStepFunctions, 400, "KmsThrottlingException", 9}:               deliver.ReasonThrottled,
		{contract.TargetLambda, 404, "ResourceNotFoundException", 9}:                   deliver.ReasonGone,
		{contract.TargetLambda, 404, "", 9}:                                            deliver.ReasonGone,
		{contract.TargetLambda, 403, "", 9}:                                            deliver.ReasonDenied,
		{contract.TargetLambda, 429, "TooManyRequestsException", 9}:                    deliver.ReasonThrottled,
		{contract.TargetLambda, 429, "", 9}:                                            deliver.ReasonThrottled,
		{contract.TargetLambda, 408, "", 9}:                                            deliver.ReasonUnavailable,
		{contract.TargetLambda, 400, "InvalidRequestContentException", 1}:              rejected,
		{contract.TargetLambda, 413, "RequestTooLargeException", 1}:                    "permanent " + deliver.ReasonTooLarge,
		{contract.TargetLambda, 409, "ResourceConflictException", 9}:                   deliver.ReasonUnavailable,
		{contract.TargetLambda, 502, "ResourceNotReadyException", 9}:                   deliver.ReasonUnavailable,
		{contract.TargetLambda, 502, "KMSDisabledException", 9}:                        deliver.ReasonUnusable,
		{contract.TargetLambda, 502, "KMSNotFoundException", 9}:                        deliver.ReasonUnusable,
		{contract.TargetLambda, 502, "KMSInvalidStateException", 9}:                    deliver.ReasonUnusable,
		{contract.TargetLambda, 502, "KMSAccessDeniedException", 9}:                    deliver.ReasonDenied,
		{contract.TargetLambda, 502, "InvalidRuntimeException", 9}:                     deliver.ReasonUnusable,
		{contract.TargetLambda, 400, "InvalidParameterValueException", 9}:              deliver.ReasonUnusable,
		{contract.TargetFirehose, 400, "ResourceNotFoundException", 9}:                 deliver.ReasonGone,
		{contract.TargetFirehose, 400, "InvalidArgumentException", 9}:                  deliver.ReasonUnusable,
		{contract.TargetFirehose, 400, "InvalidSourceException", 9}:                    deliver.ReasonUnusable,
		{contract.TargetFirehose, 400, "InvalidKMSResourceException", 9}:               deliver.ReasonUnusable,
		{contract.TargetFirehose, 400, "LimitExceededException", 9}:                    deliver.ReasonThrottled,
		{contract.TargetFirehose, 503, "ServiceUnavailableException", 9}:               deliver.ReasonThrottled,
		{contract.TargetFirehose, 400, "ResourceNotFound", 9}:                          deliver.ReasonGone,
		{contract.TargetFirehose, 400, "NotAuthorized", 9}:                             deliver.ReasonDenied,
		{contract.TargetFirehose, 400, "OptInRequired", 9}:                             deliver.ReasonDenied,
		{contract.TargetFirehose, 400, "RequestExpired", 9}:                            deliver.ReasonDenied,
		{contract.TargetFirehose, 400, "SignatureDoesNotMatch", 9}:                     deliver.ReasonDenied,
		{contract.TargetFirehose, 400, "RequestTimeoutException", 9}:                   deliver.ReasonUnavailable,
		{contract.TargetFirehose, 400, "RequestAbortedException", 9}:                   deliver.ReasonUnavailable,
		{contract.TargetFirehose, 400, "InternalFailure", 9}:                           deliver.ReasonUnavailable,
		{contract.TargetFirehose, 400, "ServiceUnavailable", 9}:                        deliver.ReasonUnavailable,
		{contract.TargetFirehose, 400, "RequestEntityTooLargeException", 1}:            "permanent " + deliver.ReasonTooLarge,
		{contract.TargetFirehose, 400, "ResourceNotFoundException:http://internal", 9}: deliver.ReasonGone,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Amzn-Requestid", "r-1")
			w.Header().Set("Retry-After", "7")
			if answer.kind == contract.TargetLambda || strings.Contains(answer.code, ":") {
				w.Header().Set("X-Amzn-Errortype", answer.code)
			}
			w.WriteHeader(answer.status)
			_, _ = fmt.Fprintf(w, `{"__type":%q,"message":"geheim, not authorized to perform: sqs:SendMessage on geheim"}`, answer.code)
		}))
		sent := published
		sent.ReceiveCount = answer.receive
		err := open(t, contract.Target{Kind: answer.kind, Address: addresses[answer.kind]}, inAWS(server.URL)).Deliver(t.Context(), sent)
		server.Close()
		permanent, got, after := deliver.Class(err)
		if permanent {
			got = "permanent " + got
		}
		if got != want || (err == nil) != (want == "") || !permanent && err != nil && after != 7*time.Second {
			t.Errorf("%+v: %v is %q (after %v), want %q", answer, err, got, after, want)
		}
		if err == nil {
			continue
		}
		text := err.Error()
		if strings.Contains(text, "geheim") || !strings.Contains(text, `request "r-1"`) || !strings.Contains(text, "the permission sqs:SendMessage is missing") ||
			!strings.HasPrefix(text, "deliver event to "+string(answer.kind)+": AWS answered ") || answer.code != "" && !strings.Contains(answer.code, strings.Fields(text)[6]) {
			t.Errorf("%+v: %s", answer, text)
		}
	}
}

func TestEntriesThatFail(t *testing.T) {
	for answer, want := range map[string]string{
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"MalformedDetail"}]}`:                     "permanent " + deliver.ReasonRejected,
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InvalidArgument"}]}`:                     deliver.ReasonUnusable,
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"ThrottlingException"}]}`:                 deliver.ReasonThrottled,
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalFailure"}]}`:                     deliver.ReasonUnavailable,
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InternalException"}]}`:                   deliver.ReasonUnavailable,
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"AccessDeniedException"}]}`:               deliver.ReasonDenied,
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"NotAuthorizedForSourceException"}]}`:     deliver.ReasonDenied,
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"NotAuthorizedForDetailTypeException"}]}`: deliver.ReasonDenied,
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"InvalidAccountIdException"}]}`:           deliver.ReasonUnusable,
		`{"FailedEntryCount":1,"Entries":[{"ErrorCode":"RedactionFailure"}]}`:                    deliver.ReasonUnavailable,
		`{"FailedEntryCount":1,"Entries":[]}`:                                                    deliver.ReasonUnavailable,
		`{"Entries":[{"EventId":"1"}]}`:                                                          deliver.ReasonUnavailable,
		`no JSON`:                                                                                deliver.ReasonUnavailable,
		``:                                                                                       deliver.ReasonUnavailable,
		`{"FailedEntryCount":0,"Entries":[{"EventId":"1"}]}`:                                     "",
	} {
		env, _ := inService(t, answer)
		sent := published
		sent.ReceiveCount = 2
		err := open(t, contract.Target{Kind: contract.TargetEventBridge, Address: busARN}, env).Deliver(t.Context(), sent)
		permanent, got, _ := deliver.Class(err)
		if permanent {
			got = "permanent " + got
		}
		if got != want || (err == nil) != (want == "") {
			t.Errorf("%s: %v is %q, want %q", answer, err, got, want)
		}
	}
}

func TestAddressesThatAreNone(t *testing.T) {
	for address, kind := range map[string]contract.TargetKind{
		"": contract.TargetEventBridge, "bus": contract.TargetEventBridge, machineARN: contract.TargetEventBridge,
		"arn:aws:events:eu-west-1:1:rule/r":          contract.TargetEventBridge,
		"arn:aws:events:eu-west-1:1:event-bus/":      contract.TargetEventBridge,
		"arn:aws:events::1:event-bus/b":              contract.TargetEventBridge,
		"arn:nowhere:events:eu-west-1:1:event-bus/b": contract.TargetEventBridge,
		busARN:                                               contract.TargetStepFunctions,
		"arn:aws:states:eu-west-1:1:activity:a":              contract.TargetStepFunctions,
		"arn:aws:lambda:eu-west-1:1:layer:l":                 contract.TargetLambda,
		"arn:aws:firehose:eu-west-1:1:stream/s":              contract.TargetFirehose,
		"https://sqs.eu-west-1.amazonaws.com":                contract.TargetSQS,
		"https://sqs.eu-west-1.amazonaws.com/":               contract.TargetSQS,
		"/1/q":                                               contract.TargetSQS,
		"arn:aws:sqs:eu-west-1:1:q":                          contract.TargetSQS,
		"https://sqs.eu-west-1.amazonaws.com/1/q\x7f":        contract.TargetSQS,
		"arn:aws:states:eu-west-1:1:express:stateMachine:m:": contract.TargetStepFunctions,
	} {
		if _, err := deliver.Open(contract.Target{Name: "a", Kind: kind, Address: address}, inAWS("http://localhost")); err == nil || !strings.Contains(err.Error(), "should be a") {
			t.Errorf("%s at %q: %v", kind, address, err)
		}
	}
	for kind, address := range addresses {
		for _, config := range []aws.Config{{}, {HTTPClient: http.DefaultClient}, {Credentials: aws.AnonymousCredentials{}}} {
			if _, err := deliver.Open(contract.Target{Kind: kind, Address: address}, deliver.Environment{AWS: config}); err == nil {
				t.Errorf("%s without credentials or a client", kind)
			}
		}
		for _, wrong := range []contract.Target{{Format: "xml"}, {Format: contract.FormatCloudEventsBinary}, {Large: contract.LargeClaimCheck}} {
			wrong.Kind, wrong.Address = kind, address
			if _, err := deliver.Open(wrong, inAWS("http://localhost")); err == nil {
				t.Errorf("%+v", wrong)
			}
		}
	}
}

// catch is a client that keeps where it was sent.
type catch struct{ urls []string }

func (c *catch) Do(r *http.Request) (*http.Response, error) {
	c.urls = append(c.urls, r.URL.Scheme+"://"+r.URL.Host)
	return nil, errors.New("caught, geheim")
}

func TestServicesAreInTheirTargetsRegionAndPartition(t *testing.T) {
	client := &catch{}
	env := inAWS("")
	env.AWS.BaseEndpoint, env.AWS.HTTPClient = nil, client
	for want, target := range map[string]contract.Target{
		"https://events.eu-west-1.amazonaws.com":          {Kind: contract.TargetEventBridge, Address: busARN},
		"https://states.eu-west-1.amazonaws.com":          {Kind: contract.TargetStepFunctions, Address: machineARN},
		"https://lambda.cn-north-1.amazonaws.com.cn":      {Kind: contract.TargetLambda, Address: "arn:aws-cn:lambda:cn-north-1:1:function:f"},
		"https://firehose.us-gov-west-1.amazonaws.com":    {Kind: contract.TargetFirehose, Address: "arn:aws-us-gov:firehose:us-gov-west-1:1:deliverystream/s"},
		"https://lambda.eusc-de-east-1.amazonaws.eu":      {Kind: contract.TargetLambda, Address: "arn:aws-eusc:lambda:eusc-de-east-1:1:function:f"},
		"https://sqs.eu-west-1.amazonaws.com":             {Kind: contract.TargetSQS, Address: queueURL},
		"https://vpce-1.sqs.us-east-1.vpce.amazonaws.com": {Kind: contract.TargetSQS, Address: "https://vpce-1.sqs.us-east-1.vpce.amazonaws.com/1/q"},
		"http://sqs:4566": {Kind: contract.TargetSQS, Address: "http://sqs:4566/1/q"},
	} {
		err := open(t, target, env).Deliver(t.Context(), published)
		if got := client.urls[len(client.urls)-1]; got != want {
			t.Errorf("to %s, want %s", got, want)
		}
		if permanent, reason, _ := deliver.Class(err); permanent || reason != deliver.ReasonUnavailable || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%v (%s)", err, reason)
		}
	}
}

func TestWithoutCredentialsAWSIsNotCalled(t *testing.T) {
	client := &catch{}
	env := inAWS("http://localhost")
	env.AWS.HTTPClient = client
	env.AWS.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) { return aws.Credentials{}, errors.New("AKID") })
	err := open(t, contract.Target{Kind: contract.TargetSQS, Address: queueURL}, env).Deliver(t.Context(), published)
	if permanent, reason, _ := deliver.Class(err); err == nil || permanent || reason != deliver.ReasonUnavailable || strings.Contains(err.Error(), "AKID") || len(client.urls) > 0 {
		t.Errorf("%v (%s), %v", err, reason, client.urls)
	}
}

// most is what each service takes, in bytes, and beside what counts of TestEventsThatAreTooLarge's event that is not its body.
var most = map[contract.TargetKind]int{
	contract.TargetEventBridge: 1 << 20, contract.TargetSQS: 1 << 20, contract.TargetStepFunctions: 256 << 10,
	contract.TargetLambda: 1 << 20, contract.TargetFirehose: 1000 << 10,
}

// weigh returns how many bytes of a request a service counts.
func weigh(t *testing.T, kind contract.TargetKind, body string) int {
	t.Helper()
	var sent struct {
		Entries           []struct{ Source, DetailType, Detail string }
		MessageBody       string
		MessageAttributes map[string]struct{ DataType, StringValue string }
		Input             string
		Record            struct{ Data []byte }
	}
	if kind == contract.TargetLambda {
		return len(body)
	}
	if err := json.Unmarshal([]byte(body), &sent); err != nil {
		t.Fatal(err)
	}
	sum := len(sent.MessageBody) + len(sent.Input) + len(sent.Record.Data)
	for _, entry := range sent.Entries {
		sum += 14 + len(entry.Source) + len(entry.DetailType) + len(entry.Detail)
	}
	for name, a := range sent.MessageAttributes {
		sum += len(name) + len(a.DataType) + len(a.StringValue)
	}
	return sum
}

// withPayload is published with a payload that makes it weigh so much.
func withPayload(bytes int) deliver.Delivery {
	large := published
	large.Event.Payload = []byte(`"` + strings.Repeat("x", bytes-2) + `"`)
	return large
}

func TestEventsThatAreTooLarge(t *testing.T) {
	for kind, bytes := range most {
		env, got := inService(t, taken[kind])
		store := &bucket{objects: map[string]string{}}
		env.Bucket, env.BucketName = store, "payloads-1"
		target := contract.Target{Name: "crm", Kind: kind, Address: addresses[kind], Format: contract.FormatPayload}
		if err := open(t, target, env).Deliver(t.Context(), withPayload(1000)); err != nil {
			t.Fatal(err)
		}
		fits := withPayload(1000 + bytes - weigh(t, kind, got.body))
		if err := open(t, target, env).Deliver(t.Context(), fits); err != nil || weigh(t, kind, got.body) != bytes {
			t.Errorf("%s of %d bytes: %v", kind, weigh(t, kind, got.body), err)
		}
		large := withPayload(len(fits.Event.Payload) + 1)
		*got = request{}
		for _, policy := range []contract.Large{"", contract.LargeQuarantine} {
			target.Large = policy
			err := open(t, target, env).Deliver(t.Context(), large)
			if permanent, reason, _ := deliver.Class(err); !permanent || reason != deliver.ReasonTooLarge || got.method != "" {
				t.Errorf("%s, one byte more: %v (%s), sent %s", kind, err, reason, got.method)
			}
			if want := fmt.Sprintf("deliver event: it would have %d bytes, at most %d are sent", bytes+1, bytes); err == nil || err.Error() != want {
				t.Errorf("%s: %v, want %s", kind, err, want)
			}
		}
		if len(store.objects) > 0 {
			t.Errorf("%s: in the bucket %v", kind, slices.Collect(maps.Keys(store.objects)))
		}
		target.Large = contract.LargeClaimCheck
		offload := bytes
		if kind == contract.TargetEventBridge || kind == contract.TargetSQS {
			offload = 256 << 10
		}
		fits = withPayload(len(fits.Event.Payload) - bytes + offload)
		if err := open(t, target, env).Deliver(t.Context(), fits); err != nil || len(store.objects) > 0 {
			t.Errorf("%s: %d bytes go by claim check: %v", kind, offload, err)
		}
		fits = withPayload(len(fits.Event.Payload) + 1)
		if err := open(t, target, env).Deliver(t.Context(), fits); err != nil || len(store.objects) != 1 {
			t.Errorf("%s: %d bytes do not go by claim check: %v", kind, offload+1, err)
		}
	}
}

func TestLargeEventsByClaimCheck(t *testing.T) {
	large := withPayload(2 << 20)
	key := "deliveries/crm/" + deliver.ID(large.IdempotencyKey)
	at := `{"s3BucketName":"payloads-1","s3Key":"` + key + `"}`
	payload := string(large.Event.Payload)
	own := string(deliver.Body(large.Event))
	keyed := `{"idempotencyKey":"eventbridge[\"s\",\"hash\"]",` + own[1:]
	check := `{"idempotencyKey":"eventbridge[\"s\",\"hash\"]","type":"v2.users.{id}.presence","claimCheck":` + at + `}`
	pointer := `["software.amazon.payloadoffloading.PayloadS3Pointer",` + at + `]`
	reference := `{"specversion":"1.0","id":"` + deliver.ID(large.IdempotencyKey) + `","source":"aws.partner/genesys.com/cloud/o-1/a%20b%3Ac","type":"v2.users.{id}.presence",` +
		`"subject":"v2.users.u\"1.presence","time":"2026-01-31T02:10:00.500Z","datacontenttype":"application/json","dataref":"s3://payloads-1/` + key + `"}`
	for kind := range most {
		for format, want := range map[contract.Format][2]string{
			contract.FormatBody: {keyed, check}, contract.FormatPayload: {payload, check}, contract.FormatCloudEvents: {payload, reference},
		} {
			offloaded := 0
			if kind == contract.TargetSQS {
				want[1] = pointer
				if format == contract.FormatBody {
					want[0] = own
				}
				if format == contract.FormatCloudEvents {
					want[0] = strings.Replace(reference, `"dataref":"s3://payloads-1/`+key+`"`, `"data":`+payload, 1)
				}
				offloaded = len(want[0])
			}
			env, got := inService(t, taken[kind])
			store := &bucket{objects: map[string]string{}}
			env.Bucket, env.BucketName = store, "payloads-1"
			target := contract.Target{Name: "crm", Kind: kind, Address: addresses[kind], Format: format, Large: contract.LargeClaimCheck}
			if err := open(t, target, env).Deliver(t.Context(), large); err != nil {
				t.Errorf("%s %s: %v", kind, format, err)
				continue
			}
			if len(store.objects) != 1 || store.objects[key] != want[0] {
				t.Errorf("%s %s: in the bucket is %.300s", kind, format, fmt.Sprint(store.objects))
			}
			if body := sentBody(t, kind, got.body); body != want[1] {
				t.Errorf("%s %s: sent\n%s\nwant\n%s", kind, format, body, want[1])
			}
			size := fmt.Sprintf(`"ExtendedPayloadSize":{"DataType":"Number","StringValue":"%d"}`, offloaded)
			if strings.Contains(got.body, size) != (kind == contract.TargetSQS) {
				t.Errorf("%s %s: no %s in %s", kind, format, size, got.body)
			}
			*got = request{}
			store.err = errors.New("slow down")
			err := open(t, target, env).Deliver(t.Context(), large)
			if permanent, reason, _ := deliver.Class(err); err == nil || permanent || reason != deliver.ReasonBucket || got.method != "" {
				t.Errorf("%s %s, with no bucket: %v (%s)", kind, format, err, reason)
			}
			*store = bucket{objects: map[string]string{}}
			endless := large
			endless.Event.Type = strings.Repeat("x", 2<<20)
			err = open(t, target, env).Deliver(t.Context(), endless)
			if permanent, reason, _ := deliver.Class(err); !permanent || reason != deliver.ReasonTooLarge || got.method != "" || len(store.objects) > 0 {
				t.Errorf("%s %s, with a type that is too large by itself: %v (%s)", kind, format, err, reason)
			}
		}
	}
}

// sentBody is the message within a request.
func sentBody(t *testing.T, kind contract.TargetKind, body string) string {
	t.Helper()
	var sent struct {
		Entries     []struct{ Detail string }
		MessageBody string
		Input       string
		Record      struct{ Data []byte }
	}
	if kind == contract.TargetLambda {
		return body
	}
	if err := json.Unmarshal([]byte(body), &sent); err != nil {
		t.Fatal(err)
	}
	text := sent.MessageBody + sent.Input + strings.TrimSuffix(string(sent.Record.Data), "\n")
	for _, entry := range sent.Entries {
		text += entry.Detail
	}
	return text
}
