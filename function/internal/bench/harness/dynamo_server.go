package harness

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go"

	"cc-eventbridge/function/internal/dynamofake"
)

const (
	// targetPrefix precedes the operation's name in X-Amz-Target.
	targetPrefix = "DynamoDB_20120810."
	// contentType is AWS JSON 1.0's.
	contentType = "application/x-amz-json-1.0"
	// maximumRequest is what DynamoDB takes at most in one request: BatchWriteItem's 16 MB, the largest of its limits.
	maximumRequest = 16 << 20
	// headerTimeout bounds how long a client may take to send its headers.
	headerTimeout = 10 * time.Second
)

// Dynamo is one endpoint with its tables.
type Dynamo struct {
	tables   map[string]*dynamofake.Table
	line     *Line
	listener net.Listener
	http     *http.Server
	requests atomic.Uint64
	refused  atomic.Pointer[string]
}

// ServeDynamo serves the tables on a free loopback port, every answer the given time after its request.
func ServeDynamo(latency time.Duration, tables ...*dynamofake.Table) (*Dynamo, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return nil, fmt.Errorf("listen for DynamoDB calls: %w", err)
	}
	s := &Dynamo{tables: map[string]*dynamofake.Table{}, line: NewLine(latency), listener: listener}
	for _, table := range tables {
		s.tables[table.Name()] = table
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: headerTimeout}
	go s.http.Serve(listener) //nolint:errcheck // always returns http.ErrServerClosed once closed
	return s, nil
}

// URL is the value of AWS_ENDPOINT_URL.
func (s *Dynamo) URL() string { return "http://" + s.listener.Addr().String() }

// Close ends all connections.
func (s *Dynamo) Close() error {
	if err := s.http.Close(); err != nil {
		return fmt.Errorf("close the DynamoDB endpoint: %w", err)
	}
	return nil
}

// Refused returns the last request that this endpoint could not serve, or nothing: a benchmark in which it is not empty
// has measured something else than it meant to.
func (s *Dynamo) Refused() string {
	if refused := s.refused.Load(); refused != nil {
		return *refused
	}
	return ""
}

// ServeHTTP implements http.Handler.
func (s *Dynamo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	due := s.line.Hold()
	answer, err := s.call(r)
	status := http.StatusOK
	if err != nil {
		status, answer = failure(err)
		if _, known := errorCode(err); !known {
			reason := err.Error()
			s.refused.Store(&reason)
		}
	}
	<-due
	header := w.Header()
	header.Set("Content-Type", contentType)
	header.Set("Content-Length", strconv.Itoa(len(answer)))
	header.Set("X-Amzn-Requestid", strconv.FormatUint(s.requests.Add(1), 10))
	w.WriteHeader(status)
	w.Write(answer) //nolint:errcheck // the client has gone
}

// call runs the operation that the request names.
func (s *Dynamo) call(r *http.Request) ([]byte, error) {
	target := r.Header.Get("X-Amz-Target")
	name, found := strings.CutPrefix(target, targetPrefix)
	run, known := operations[name]
	if !found || !known {
		return nil, &smithy.GenericAPIError{Code: unknownOperation, Message: fmt.Sprintf("operation %q is not implemented here", target)}
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maximumRequest))
	if err != nil {
		return nil, fmt.Errorf("read the request of %s: %w", name, err)
	}
	return run(context.WithoutCancel(r.Context()), s, body)
}
