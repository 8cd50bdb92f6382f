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

// Tokens gives the credential that a target is shown: a token, or the key of a signature.
type Tokens interface {
	// Token returns it, "" for none. refused is one that has just not been accepted, or "": the answer is then one that
	// is newer, if there is any.
	Token(ctx context.Context, refused string) (string, error)
}

// HTTP is a downstream that is sent each event in a POST request of its own. The event's key is in the Idempotency-Key header,
// percent-encoded where a header can't hold it (up to 1,024 characters, 3,072 encoded), and its trace in Traceparent.
//
// What the answer means, and the reason of a transient error:
//
//	2xx                     delivered
//	408, 421, 425, 5xx      transient, target-unavailable; Retry-After is honoured. 421: the connection led to the wrong host
//	429                     transient, target-throttled; Retry-After is honoured
//	409, 423                transient, target-busy: the same event is still being processed, by a request that was cut off
//	401, 403, 407           transient, target-denied: they speak of the credential, which a rotation may have to reach first,
//	                        and say nothing about the event. After a 401 the credential is got anew, and if it is another
//	                        one, the event sent once more at once
//	404, 405, 410           transient, target-gone, at first; permanent from HTTPOptions.Verdict receives on: a target that is
//	                        being deployed, or an address with a mistake, answers so for every event
//	other 4xx               permanent, downstream-<status>: the downstream refuses this event
//	1xx, 3xx                transient, target-unusable: redirects are not followed (a token would go where it does not
//	                        belong), and a wrong address says nothing about the event
//	no answer, time-out     transient, target-unavailable: whether it took effect is for the downstream to tell by the key
//
// A request that was not processed is sent again at once, by net/http: nothing of it was written, the server's GOAWAY says
// so, or a connection that was used before ended before the first byte of an answer, as it does when a server closes it
// while the request is on its way. In that last case the server may have acted: it gets the same Idempotency-Key again, as
// it would from the queue some seconds later.
type HTTP struct {
	client  *http.Client
	url     string
	options HTTPOptions
	content *content
	auth    auth
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
	h, err := newHTTP(target, env)
	if err != nil {
		return nil, err
	}
	return h, nil
}

// newHTTP returns the endpoint that a target says, with its format and auth.
func newHTTP(target contract.Target, env Environment) (*HTTP, error) {
	content, err := contentOf(target, env, limits{headers: true})
	if err != nil {
		return nil, err
	}
	auth, tokens, err := authOf(target, env)
	if err != nil {
		return nil, err
	}
	h := NewHTTP(target.Address, HTTPOptions{Workers: env.Workers, Tokens: tokens, Timeout: timeout(target), Verdict: env.Verdict})
	h.content, h.auth = content, auth
	return h, nil
}

// NewHTTP returns a downstream at a URL that is sent Body, with a bearer token if there are any.
func NewHTTP(url string, options HTTPOptions) *HTTP {
	return &HTTP{url: url, options: options, content: &content{}, auth: bearer, client: newClient(options.Workers, options.Timeout)}
}

// newClient returns a client for one peer that follows no redirects and is held up by nothing for longer than its time-out.
func newClient(workers int, timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
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
	}
}

// Deliver sends one event.
func (h *HTTP) Deliver(ctx context.Context, delivery Delivery) error {
	m, err := h.content.of(ctx, delivery, 0)
	if err != nil {
		return err
	}
	return h.send(ctx, delivery, m)
}

// send posts what is made of an event, and once more where its credential is refused and there is another.
func (h *HTTP) send(ctx context.Context, delivery Delivery, m message) error {
	credential, err := h.credential(ctx, "")
	if err != nil {
		return err
	}
	answer, err := h.post(ctx, delivery, m, credential)
	if err == nil && answer.status == http.StatusUnauthorized && credential != "" {
		fresh, unreadable := h.credential(ctx, credential)
		if unreadable != nil {
			return unreadable
		}
		if fresh != credential {
			answer, err = h.post(ctx, delivery, m, fresh)
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

// credential returns what the target is shown, "" for nothing. Its errors are transient, and those of a secret or token endpoint
// have a reason of their own.
func (h *HTTP) credential(ctx context.Context, refused string) (string, error) {
	if h.options.Tokens == nil {
		return "", nil
	}
	credential, err := h.options.Tokens.Token(ctx, refused)
	if err != nil {
		return "", fmt.Errorf("deliver event: %w", err)
	}
	return credential, nil
}

func (h *HTTP) post(ctx context.Context, delivery Delivery, m message, credential string) (answer, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(m.body))
	if err != nil {
		return answer{}, transient(ReasonUnusable, errors.New("deliver event: make request: the downstream's URL is not valid"), 0)
	}
	request.Header.Set("Content-Type", m.media)
	request.Header.Set("Idempotency-Key", headerText(delivery.IdempotencyKey))
	for name, value := range m.headers {
		request.Header.Set(name, value)
	}
	if err := h.auth(request, m.body, delivery, credential); err != nil {
		return answer{}, err
	}
	// Proxies may write another one, so it is no part of what is signed.
	request.Header.Set("Traceparent", traceParent(ctx, delivery.IdempotencyKey))
	response, err := h.client.Do(request)
	if err != nil {
		return answer{}, transient(ReasonUnavailable, fmt.Errorf("deliver event: %w", awshttp.Failure(err)), 0)
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
	err := fmt.Errorf("deliver event: the downstream answered %d, should be 2xx", a.status)
	switch a.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return transient(ReasonDenied, err, a.retryAfter)
	case http.StatusConflict, http.StatusLocked:
		return transient(ReasonBusy, err, a.retryAfter)
	case http.StatusTooManyRequests:
		return transient(ReasonThrottled, err, a.retryAfter)
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusMisdirectedRequest:
		return transient(ReasonUnavailable, err, a.retryAfter)
	case http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone:
		if !verdict {
			return transient(ReasonGone, err, a.retryAfter)
		}
	}
	if a.status >= 400 && a.status < 500 {
		return &PermanentError{Reason: fmt.Sprintf("downstream-%d", a.status), Err: err}
	}
	if a.status < 500 {
		return transient(ReasonUnusable, err, a.retryAfter)
	}
	return transient(ReasonUnavailable, err, a.retryAfter)
}
