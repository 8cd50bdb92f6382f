package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	// requestTimeout bounds one request. It is what a worker can be held up by; the invocation's deadline bounds it too.
	requestTimeout = 30 * time.Second
	// drainLimit is how much of a response is read, so that its connection can be used again. Nobody looks at it.
	drainLimit = 64 << 10
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
//	401                     once tried again with a token read anew; then transient
//	403                     transient: like 401 it speaks of the token, which a rotation may have to reach first, and says
//	                        nothing about the event
//	other 4xx               permanent: the downstream refuses this event
//	1xx, 3xx                transient: redirects are not followed (a token would go where it does not belong), and a
//	                        wrong address says nothing about the event
//	no answer, time-out     transient: whether it took effect is for the downstream to tell by the key
type HTTP struct {
	client *http.Client
	url    string
	tokens Tokens
}

// NewHTTP returns a downstream at a URL, to which up to workers requests are under way at a time. tokens may be nil.
func NewHTTP(url string, workers int, tokens Tokens) *HTTP {
	return &HTTP{
		url:    url,
		tokens: tokens,
		client: &http.Client{
			Timeout: requestTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
			Transport: &http.Transport{
				Proxy:             http.ProxyFromEnvironment,
				DialContext:       (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
				ForceAttemptHTTP2: true,
				// A connection that died while the process was frozen is noticed and not used for every event.
				HTTP2:                 &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
				MaxIdleConns:          workers,
				MaxIdleConnsPerHost:   workers,
				IdleConnTimeout:       idleTimeout,
				TLSHandshakeTimeout:   5 * time.Second,
				ExpectContinueTimeout: time.Second,
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
	if err != nil || answer.status != http.StatusUnauthorized || token == "" {
		return answer.judge(err)
	}
	fresh, err := h.token(ctx, token)
	if err != nil || fresh == token {
		return answer.judge(err)
	}
	answer, err = h.post(ctx, delivery.IdempotencyKey, body, fresh)
	return answer.judge(err)
}

// answer is what the downstream said.
type answer struct {
	status     int
	retryAfter time.Duration
}

func (h *HTTP) token(ctx context.Context, refused string) (string, error) {
	if h.tokens == nil {
		return "", nil
	}
	token, err := h.tokens.Token(ctx, refused)
	if err != nil {
		return "", Transient(fmt.Errorf("deliver event: %w", err), 0)
	}
	return token, nil
}

func (h *HTTP) post(ctx context.Context, key string, body []byte, token string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return answer{}, fmt.Errorf("deliver event: make request: %w", withoutURL(err))
	}
	// Without a way to read the body again net/http does not send the request again by itself, which it otherwise may, on
	// a connection that broke after the downstream had acted, because of the Idempotency-Key. Only the queue tries again.
	request.GetBody = nil
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", headerText(key))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := h.client.Do(request)
	if err != nil {
		return answer{}, Transient(fmt.Errorf("deliver event: %w", withoutURL(err)), 0)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, drainLimit))
	return answer{response.StatusCode, retryAfter(response.Header, time.Now())}, nil
}

// judge says what an answer means, or the error in its place.
func (a answer) judge(err error) error {
	if err != nil {
		return err
	}
	if a.status >= 200 && a.status < 300 {
		return nil
	}
	status := a.status
	err = fmt.Errorf("deliver event: the downstream answered %d, should be 2xx", status)
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusProxyAuthRequired,
		status == http.StatusConflict, status == http.StatusLocked, status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests:
		return Transient(err, a.retryAfter)
	case status >= 400 && status < 500:
		return &PermanentError{Reason: fmt.Sprintf("downstream-%d", status), Err: err}
	default:
		return Transient(err, a.retryAfter)
	}
}

// withoutURL takes the URL out of an error of net/http: it can have credentials in it.
func withoutURL(err error) error {
	if inner, ok := errors.AsType[*url.Error](err); ok {
		return inner.Err
	}
	return err
}
