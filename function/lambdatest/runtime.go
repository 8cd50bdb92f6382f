package lambdatest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// DefaultTimeout is the product's default function timeout, far above what a batch takes.
const DefaultTimeout = 120 * time.Second

// Server is one listening Runtime API.
type Server struct {
	// Timeout is the function's timeout, from which the deadline of an invocation is made. Set it before the first Invoke.
	Timeout time.Duration

	listener net.Listener
	http     *http.Server
	arn      string

	polled     chan struct{} // closed at the first poll
	polledOnce sync.Once
	polledAt   time.Time
	parked     chan struct{} // a runtime that waits for an invocation gives to whoever asks
	work       chan *invocation
	failed     chan error // the runtime reported that it could not start

	mu       sync.Mutex
	inFlight *invocation
}

// invocation is one batch on its way through the runtime.
type invocation struct {
	id      string
	payload []byte
	handed  time.Time
	answer  chan answer
}

// answer is what the runtime posted, and when.
type answer struct {
	body []byte
	at   time.Time
	err  error
}

// Result is a completed invocation.
type Result struct {
	// Body is the function's response.
	Body []byte
	// Elapsed is the time from handing out the invocation to having its whole response.
	Elapsed time.Duration
	// Answered is the moment the response was complete.
	Answered time.Time
}

// Listen listens on a free loopback port for the runtime of the function of that name.
func Listen(functionName string) (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return nil, fmt.Errorf("listen for the Lambda Runtime API: %w", err)
	}
	s := &Server{
		Timeout:  DefaultTimeout,
		listener: listener,
		arn:      "arn:aws:lambda:us-east-1:123456789012:function:" + functionName,
		polled:   make(chan struct{}),
		parked:   make(chan struct{}),
		work:     make(chan *invocation),
		failed:   make(chan error, 1),
	}
	s.http = &http.Server{Handler: s.routes(), ReadHeaderTimeout: DefaultTimeout}
	go s.http.Serve(listener) //nolint:errcheck // always returns http.ErrServerClosed once closed
	return s, nil
}

// Addr is the value of AWS_LAMBDA_RUNTIME_API.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Close drops the runtime's connection.
func (s *Server) Close() error {
	if err := s.http.Close(); err != nil {
		return fmt.Errorf("close the Lambda Runtime API: %w", err)
	}
	return nil
}

// FirstPoll waits for the runtime's first request for an invocation and returns when it came.
func (s *Server) FirstPoll(ctx context.Context) (time.Time, error) {
	select {
	case <-s.polled:
		return s.polledAt, nil
	case err := <-s.failed:
		return time.Time{}, err
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("wait for the runtime's first poll: %w", context.Cause(ctx))
	}
}

// WaitParked waits until the runtime has done what it does after a response and polls again.
func (s *Server) WaitParked(ctx context.Context) error {
	select {
	case <-s.parked:
		return nil
	case err := <-s.failed:
		return err
	case <-ctx.Done():
		return fmt.Errorf("wait for the runtime to poll: %w", context.Cause(ctx))
	}
}

// Invoke hands a payload to the runtime as soon as it polls and returns its response.
func (s *Server) Invoke(ctx context.Context, id string, payload []byte) (Result, error) {
	inv := &invocation{id: id, payload: payload, answer: make(chan answer, 1)}
	select {
	case s.work <- inv:
	case err := <-s.failed:
		return Result{}, err
	case <-ctx.Done():
		return Result{}, fmt.Errorf("hand out invocation %s: %w", id, context.Cause(ctx))
	}
	select {
	case got := <-inv.answer:
		if got.err != nil {
			return Result{}, fmt.Errorf("invocation %s: %w", id, got.err)
		}
		return Result{Body: got.body, Elapsed: got.at.Sub(inv.handed), Answered: got.at}, nil
	case <-ctx.Done():
		return Result{}, fmt.Errorf("wait for the response to invocation %s: %w", id, context.Cause(ctx))
	}
}

// errUnknownInvocation is the answer to a response that matches no invocation in flight.
var errUnknownInvocation = errors.New("no such invocation is in flight")
