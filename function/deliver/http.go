package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"cc-eventbridge/function/awshttp"
	"cc-eventbridge/function/contract"
)

const (
	// drainLimit and drainTime are how much of a response's body is read, and for how long, so that its connection can be
	// used again. The status is the answer: nobody looks at the body, and nobody waits for a slow one.
	drainLimit = 64 << 10
	drainTime  = 50 * time.Millisecond
	// maxHeaderBytes bounds what the headers of an answer may take of the function's memory, for each request under way.
	maxHeaderBytes = 64 << 10
	// pingAfter is how long an HTTP/2 connection may be silent before it is asked whether it lives, and pingTimeout how
	// long it may take to answer.
	pingAfter   = 5 * time.Second
	pingTimeout = 2 * time.Second
	// idleTimeout is how long an unused connection is kept: less than the 60 seconds after which load balancers commonly
	// close it on their side.
	idleTimeout = 50 * time.Second
)

// Tokens gives the bearer token of the downstream.
type Tokens interface {
	// Token returns the token, "" for none. refused is a token that the downstream has just not accepted, or "": the
	// answer is then one that is newer, if there is any.
	Token(ctx context.Context, refused string) (string, error)
}

// HTTP is a downstream that is sent each event in a POST request of its own, with Body as its body and the event's key in
// the Idempotency-Key header, percent-encoded where a header can't hold it: up to 1,024 characters, 3,072 encoded.
//
// What the answer means:
//
//	2xx                     delivered
//	408, 425, 429, 5xx      transient; Retry-After is honoured
//	409, 423                transient: the same event is still being processed, by a request that was cut off
//	407                     transient: a proxy's word
//	421                     transient: the connection led to the wrong host
//	404, 405, 410           transient at first, permanent from HTTPOptions.Verdict receives on: a target that is being
//	                        deployed, or an address with a mistake, answers so for every event
//	401                     once tried again with a token read anew; then transient
//	403                     transient: like 401 it speaks of the token, which a rotation may have to reach first, and says
//	                        nothing about the event
//	other 4xx               permanent: the downstream refuses this event
//	1xx, 3xx                transient: redirects are not followed (a token would go where it does not belong), and a
//	                        wrong address says nothing about the event
//	no answer, time-out     transient: whether it took effect is for the downstream to tell by the key
//
// A request that was not processed is sent again at once, by net/http: nothing of it was written, the server's GOAWAY says
// so, or a connection that was used before ended before the first byte of an answer, as it does when a server closes it
// while the request is on its way. In that last case the server may have acted: it gets the same Idempotency-Key again, as
// it would from the queue some seconds later.
type HTTP struct {
	client  *http.Client
	url     string
	options HTTPOptions
}

// HTTPOptions say how a downstream is spoken to.
type HTTPOptions struct {
	// Workers is how many requests are under way at a time at most, and so how many connections are kept.
	Workers int
	// Tokens may be nil.
	Tokens Tokens
	// Timeout bounds one request, and so what a worker can be held up by. The invocation's deadline bounds it too.
	Timeout time.Duration
	// Verdict is the receive count of a message from which on a 404, 405 or 410 is believed; 1 and 0 believe the first.
	Verdict int
}

func openHTTP(target contract.Target, env Environment) (Downstream, error) {
	options := HTTPOptions{Workers: env.Workers, Timeout: timeout(target), Verdict: env.Verdict}
	if target.Auth != nil {
		if target.Auth.Kind != contract.AuthBearer {
			return nil, fmt.Errorf("there is no kind of auth %q", target.Auth.Kind)
		}
		options.Tokens = NewSecret(env.Secrets, target.Auth.SecretARN)
	}
	return NewHTTP(target.Address, options), nil
}

// NewHTTP returns a downstream at a URL.
func NewHTTP(url string, options HTTPOptions) *HTTP {
	workers := options.Workers
	return &HTTP{
		url:     url,
		options: options,
		client: &http.Client{
			Timeout: options.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
			Transport: &http.Transport{
				Proxy:             http.ProxyFromEnvironment,
				DialContext:       (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
				ForceAttemptHTTP2: true,
				// A connection that died while the process was frozen is noticed and not used for every event.
				HTTP2:                 &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout, MaxReceiveBufferPerStream: drainLimit},
				MaxIdleConns:          workers,
				MaxIdleConnsPerHost:   workers,
				IdleConnTimeout:       idleTimeout,
				TLSHandshakeTimeout:   5 * time.Second,
				ExpectContinueTimeout: time.Second,
				// A larger one ends the request.
				MaxResponseHeaderBytes: maxHeaderBytes,
			},
		},
	}
}

// Deliver sends one event.
func (h *HTTP) Deliver(ctx context.Context, delivery Delivery) error {
	body := Body(delivery.Event)
	token, err := h.token(ctx, "")
	if err != nil {
		return err
	}
	answer, err := h.post(ctx, delivery.IdempotencyKey, body, token)
	if err == nil && answer.status == http.StatusUnauthorized && token != "" {
		fresh, unreadable := h.token(ctx, token)
		if unreadable != nil {
			return unreadable
		}
		if fresh != token {
			answer, err = h.post(ctx, delivery.IdempotencyKey, body, fresh)
		}
	}
	if err != nil {
		return err
	}
	return answer.judge(delivery.ReceiveCount >= h.options.Verdict)
}

// answer is what the downstream said.
type answer struct {
	status     int
	retryAfter time.Duration
}

func (h *HTTP) token(ctx context.Context, refused string) (string, error) {
	if h.options.Tokens == nil {
		return "", nil
	}
	token, err := h.options.Tokens.Token(ctx, refused)
	if err != nil {
		return "", Transient(fmt.Errorf("deliver event: %w", err), 0)
	}
	return token, nil
}

func (h *HTTP) post(ctx context.Context, key string, body []byte, token string) (answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return answer{}, errors.New("deliver event: make request: the downstream's URL is not valid")
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", headerText(key))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := h.client.Do(request)
	if err != nil {
		return answer{}, Transient(fmt.Errorf("deliver event: %w", awshttp.Failure(err)), 0)
	}
	defer response.Body.Close()
	drained := time.AfterFunc(drainTime, cancel)
	defer drained.Stop()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, drainLimit))
	return answer{response.StatusCode, retryAfter(response.Header, time.Now())}, nil
}

// judge says what an answer means. Verdict is whether one is believed that may be about the address and not the event.
func (a answer) judge(verdict bool) error {
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	status := a.status
	err := fmt.Errorf("deliver event: the downstream answered %d, should be 2xx", status)
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusProxyAuthRequired,
		status == http.StatusConflict, status == http.StatusLocked, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests,
		status == http.StatusMisdirectedRequest,
		!verdict && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusGone):
		return Transient(err, a.retryAfter)
	case status >= 400 && status < 500:
		return &PermanentError{Reason: fmt.Sprintf("downstream-%d", status), Err: err}
	default:
		return Transient(err, a.retryAfter)
	}
}
