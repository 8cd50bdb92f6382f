package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/go-json-experiment/json"

	"cc-eventbridge/function/internal/dynamofake"
)

// Dynamo is a table behind an HTTP endpoint that any AWS SDK can be pointed at, with the same latency for every call: AWS
// JSON 1.0 in and out, errors as the service writes them. Signatures are not checked.
type Dynamo struct {
	*dynamofake.Table
	line     *line
	listener net.Listener
	http     *http.Server
	requests atomic.Uint64
	refused  atomic.Pointer[string]
}

// ServeDynamo serves a table on a free loopback port, every answer the given time after its request.
func ServeDynamo(latency time.Duration, table *dynamofake.Table) (*Dynamo, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return nil, fmt.Errorf("listen for DynamoDB calls: %w", err)
	}
	const headerTimeout = 10 * time.Second
	d := &Dynamo{Table: table, line: newLine(latency), listener: listener}
	d.http = &http.Server{Handler: d, ReadHeaderTimeout: headerTimeout}
	go d.http.Serve(listener) //nolint:errcheck // always returns http.ErrServerClosed once closed
	return d, nil
}

// URL is the value of AWS_ENDPOINT_URL.
func (d *Dynamo) URL() string { return "http://" + d.listener.Addr().String() }

// Close ends all connections.
func (d *Dynamo) Close() error {
	if err := d.http.Close(); err != nil {
		return fmt.Errorf("close the DynamoDB endpoint: %w", err)
	}
	return nil
}

// Refused returns an error about the last request that this endpoint could not serve: a benchmark in which there is one
// has measured something else than it meant to.
func (d *Dynamo) Refused() error {
	if refused := d.refused.Load(); refused != nil {
		return fmt.Errorf("the fake DynamoDB refused a call: %s", *refused)
	}
	return nil
}

// ServeHTTP implements http.Handler.
func (d *Dynamo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	due := d.line.hold()
	status := http.StatusOK
	answer, err := d.call(r)
	if err != nil {
		status, answer = d.failure(err)
	}
	<-due
	header := w.Header()
	header.Set("Content-Type", "application/x-amz-json-1.0")
	header.Set("Content-Length", strconv.Itoa(len(answer)))
	header.Set("X-Amzn-Requestid", strconv.FormatUint(d.requests.Add(1), 10))
	w.WriteHeader(status)
	w.Write(answer) //nolint:errcheck // the client has gone
}

// operations are those that the compared implementations use.
var operations = map[string]func(*Dynamo, context.Context, []byte) ([]byte, error){
	"BatchExecuteStatement": serve((*dynamofake.Table).BatchExecuteStatement),
	"BatchGetItem":          serve((*dynamofake.Table).BatchGetItem),
	"GetItem":               serve((*dynamofake.Table).GetItem),
	"PutItem":               serve((*dynamofake.Table).PutItem),
	"UpdateItem":            serve((*dynamofake.Table).UpdateItem),
	"DeleteItem":            serve((*dynamofake.Table).DeleteItem),
}

// serve turns one call of the fake into an operation on the wire. Options are the SDK's, which the fake has no use for.
func serve[In, Out, Options any](
	call func(*dynamofake.Table, context.Context, *In, ...Options) (*Out, error),
) func(*Dynamo, context.Context, []byte) ([]byte, error) {
	return func(d *Dynamo, ctx context.Context, body []byte) ([]byte, error) {
		var in In
		if err := json.Unmarshal(body, &in, decoding); err != nil {
			return nil, fmt.Errorf("decode a %T: %w", in, err)
		}
		out, err := call(d.Table, ctx, &in)
		if err != nil {
			return nil, err
		}
		return json.Marshal(out, encoding)
	}
}

// call runs the operation that the request names.
func (d *Dynamo) call(r *http.Request) ([]byte, error) {
	name, _ := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "DynamoDB_20120810.")
	run, known := operations[name]
	if !known {
		return nil, &smithy.GenericAPIError{Code: "UnknownOperationException", Message: fmt.Sprintf("operation %q is not implemented here", name)}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("read the request of %s: %w", name, err)
	}
	return run(d, context.WithoutCancel(r.Context()), body)
}

// failure returns an error's status and body. A failed condition is part of the work; any other error is remembered.
func (d *Dynamo) failure(err error) (status int, body []byte) {
	answer := struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
		Item    map[string]types.AttributeValue
	}{"InternalServerError", err.Error(), nil}
	status = http.StatusInternalServerError
	if api, ok := errors.AsType[smithy.APIError](err); ok {
		answer.Type, answer.Message, status = api.ErrorCode(), api.ErrorMessage(), http.StatusBadRequest
	}
	if conditional, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		answer.Item = conditional.Item // with ReturnValuesOnConditionCheckFailure
	} else {
		refused := err.Error()
		d.refused.Store(&refused)
	}
	answer.Type = "com.amazonaws.dynamodb.v20120810#" + answer.Type
	if body, err = json.Marshal(answer, encoding); err != nil {
		return http.StatusInternalServerError, nil
	}
	return status, body
}
