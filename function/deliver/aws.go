package deliver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awstransport "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"cc-eventbridge/function/awshttp"
	"cc-eventbridge/function/contract"
)

// domains are those of AWS's partitions, where a service is <service>.<region>.<domain>.
var domains = map[string]string{
	"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu",
	"aws-iso": "c2s.ic.gov", "aws-iso-b": "sc2s.sgov.gov", "aws-iso-e": "cloud.adc-e.uk", "aws-iso-f": "csp.hci.ic.gov",
}

// service is an AWS service that a target calls. Each call is made once: what fails is delivered again from the queue.
type service struct {
	// kind is the target's, for errors; name is the service's in signatures and addresses.
	kind, name, region, url string
	timeout                 time.Duration
	verdict                 int
	config                  aws.Config
	signer                  *v4.Signer
	// codes are what the service's own error codes mean.
	codes map[string]meaning
}

// openService returns the service that an ARN's resource belongs to, and the resource's name behind its kind ("event-bus/").
func openService(target contract.Target, env Environment, name, kind string, codes map[string]meaning) (*service, string, error) {
	address, err := arn.Parse(target.Address)
	resource, ok := strings.CutPrefix(address.Resource, kind)
	if err != nil || !ok || resource == "" || address.Service != name || address.Region == "" || domains[address.Partition] == "" {
		return nil, "", fmt.Errorf("the address should be an ARN arn:…:%s:<region>:<account>:%s<name>", name, kind)
	}
	url := "https://" + name + "." + address.Region + "." + domains[address.Partition]
	s, err := newService(target, env, service{name: name, region: address.Region, url: url, codes: codes})
	return s, resource, err
}

// newService completes a service that has its name, region, URL and codes.
func newService(target contract.Target, env Environment, s service) (*service, error) {
	if env.AWS.Credentials == nil || env.AWS.HTTPClient == nil {
		return nil, errors.New("there are no AWS credentials or no HTTP client")
	}
	if env.AWS.BaseEndpoint != nil {
		s.url = strings.TrimSuffix(*env.AWS.BaseEndpoint, "/")
	}
	s.kind, s.timeout, s.verdict, s.config, s.signer = string(target.Kind), timeout(target), env.Verdict, env.AWS, v4.NewSigner()
	return &s, nil
}

// call is one request to a service.
type call struct {
	// path is escaped; "/" for services that tell operations apart by a header.
	path    string
	headers map[string]string
	body    []byte
	// read says that the answer's body is looked at where the call was successful.
	read bool
}

// jsonCall is a call of AWS's JSON protocols, 1.0 or 1.1.
func jsonCall(version, operation string, body []byte) call {
	return call{path: "/", body: body, headers: map[string]string{"Content-Type": "application/x-amz-json-" + version, "X-Amz-Target": operation}}
}

// do makes a call and returns the answer's body, if it is to be read. Its error says what becomes of the event.
func (s *service) do(ctx context.Context, delivery Delivery, c call) ([]byte, error) {
	answer, err := s.send(ctx, c)
	if err != nil {
		return nil, s.judge(err, delivery)
	}
	return answer, nil
}

func (s *service) send(ctx context.Context, c call) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.url+c.path, bytes.NewReader(c.body))
	if err != nil {
		return nil, errors.New("make request: the service's URL is not valid")
	}
	for name, value := range c.headers {
		request.Header.Set(name, value)
	}
	if trace := lambdaTrace(ctx); trace != "" {
		// Lambda finds loops of functions by it (AWS Lambda developer guide, "Use Lambda recursive loop detection").
		request.Header.Set("X-Amzn-Trace-Id", trace)
	}
	credentials, err := s.config.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, errors.New("the function's AWS credentials can't be read")
	}
	sum := sha256.Sum256(c.body)
	if err := s.signer.SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), s.name, s.region, time.Now()); err != nil {
		return nil, fmt.Errorf("sign request: %w", err)
	}
	// net/http sends a request again if the connection, used before, ends before an answer begins; this header, which is not
	// sent without a value, says that it may.
	request.Header["Idempotency-Key"] = nil
	response, err := s.config.HTTPClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	successful := response.StatusCode >= 200 && response.StatusCode < 300
	if successful && !c.read {
		drained := time.AfterFunc(drainTime, cancel)
		defer drained.Stop()
		_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, drainLimit))
		return nil, nil
	}
	answer, err := io.ReadAll(io.LimitReader(response.Body, drainLimit))
	switch {
	case !successful:
		return nil, refusal(response, answer)
	case err != nil:
		return nil, err
	}
	return answer, nil
}

// refusal is the error that an answer says, as the SDK has it.
func refusal(response *http.Response, answer []byte) error {
	var said struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	_ = json.Unmarshal(answer, &said) // a gateway's answer is no JSON, and then the status says it
	code, _, _ := strings.Cut(response.Header.Get("X-Amzn-Errortype"), ":")
	if code == "" {
		code = said.Type
	}
	code = code[strings.LastIndexByte(code, '#')+1:]
	return &awstransport.ResponseError{
		RequestID: response.Header.Get("X-Amzn-Requestid"),
		ResponseError: &smithyhttp.ResponseError{
			Response: &smithyhttp.Response{Response: response},
			Err:      &smithy.GenericAPIError{Code: code, Message: said.Message},
		},
	}
}

// meaning is what a code of a service's error means.
type meaning uint8

const (
	unknown meaning = iota
	// rejected and tooLarge are about the event.
	rejected
	tooLarge
	// The others are about the target or the service.
	gone
	denied
	unusable
	throttled
	unavailable
	// already: the event is there from an earlier call, which makes this one successful.
	already
)

// commonCodes are what error codes mean that several services have, beside those that package awshttp knows.
var commonCodes = map[string]meaning{
	"ResourceNotFoundException": gone, "ResourceNotFound": gone,

	"NotAuthorized": denied, "OptInRequired": denied, "RequestExpired": denied, "SignatureDoesNotMatch": denied,
	"KMSAccessDeniedException": denied, "KmsAccessDeniedException": denied,

	"KMSNotFoundException": unusable, "KMSDisabledException": unusable, "KMSInvalidStateException": unusable,
	"KmsInvalidStateException": unusable, "KmsNotFound": unusable, "KmsDisabled": unusable, "KmsInvalidState": unusable,
	"KmsInvalidKeyUsage": unusable, "KmsOptInRequired": unusable,

	"KmsThrottlingException": throttled, "LimitExceededException": throttled,

	"InternalFailure": unavailable, "InternalException": unavailable, "ServiceUnavailable": unavailable, "ServiceUnavailableException": unavailable,
	"RequestTimeoutException": unavailable, "RequestAbortedException": unavailable,

	"RequestEntityTooLargeException": tooLarge,
}

// statuses are what a status means whose code says nothing.
var statuses = map[int]meaning{
	http.StatusForbidden: denied, http.StatusNotFound: gone, http.StatusRequestEntityTooLarge: tooLarge, http.StatusTooManyRequests: throttled,
	http.StatusRequestTimeout: unavailable,
}

// judge says what a failed call means for an event; nil where the event is there. A refusal that is not known is taken for one of
// the target at first, and of the event from the receive on that Environment.Verdict says: a request that the service takes for
// no event would otherwise come again until the queue gives it up.
func (s *service) judge(err error, delivery Delivery) error {
	means := unknown
	var after time.Duration
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		if means = s.codes[api.ErrorCode()]; means == unknown {
			means = commonCodes[api.ErrorCode()]
		}
	}
	kind := awshttp.RefusalOf(err)
	if answer, ok := errors.AsType[*smithyhttp.ResponseError](err); ok {
		after = retryAfter(answer.Response.Header, time.Now())
		if means == unknown && kind == awshttp.RequestRefused {
			means = statuses[answer.HTTPStatusCode()]
		}
	}
	said := fmt.Errorf("deliver event to %s: %w", s.kind, awshttp.Plain(err))
	switch {
	case means == already:
		return nil
	case means == rejected:
		return Permanent(said)
	case means == tooLarge:
		return &PermanentError{Reason: ReasonTooLarge, Err: said}
	case means == gone:
		return transient(ReasonGone, said, after)
	case means == unusable:
		return transient(ReasonUnusable, said, after)
	case means == denied, means == unknown && kind == awshttp.CallerRefused:
		return transient(ReasonDenied, said, after)
	case means == throttled, means == unknown && kind == awshttp.Throttled:
		return transient(ReasonThrottled, said, after)
	case means == unknown && kind == awshttp.RequestRefused && delivery.ReceiveCount >= s.verdict:
		return Permanent(said)
	case means == unknown && kind == awshttp.RequestRefused:
		return transient(ReasonUnusable, said, after)
	default:
		return transient(ReasonUnavailable, said, after)
	}
}
