package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"
)

const (
	// attemptTimeout bounds one request with its answer, so that a socket that hangs is given up.
	attemptTimeout = 30 * time.Second
	// maxAttempts bounds how often a request is repeated after failures. A 429 doesn't count: it names its own end.
	maxAttempts = 5
	// maxAnswer is more than a page of 100 objects has.
	maxAnswer = 8 << 20
	// maxTopics is more than the schemas of all topics have.
	maxTopics = 128 << 20
	// tellWait is how long a wait must be to be worth a line in the log.
	tellWait = 5 * time.Second
)

// Options say how a Client reaches Genesys Cloud.
type Options struct {
	Hosts       Hosts
	Credentials Credentials
	// BasePath is where the endpoints for delivery straight to SQS are; empty is DefaultBasePath.
	BasePath string
	// Transport sends the requests; nil is a copy of http.DefaultTransport.
	Transport http.RoundTripper
	// Log gets a line for long waits; nil keeps silent.
	Log *slog.Logger
}

// Client talks to one organization of Genesys Cloud. It can be used by several goroutines at once.
type Client struct {
	hosts        Hosts
	credentials  Credentials
	basePath     string
	http         *http.Client
	log          *slog.Logger
	scrub        *scrubber
	tokens       *tokens
	organization once[string]
}

// New returns a client. It asks Genesys Cloud for nothing yet.
func New(o Options) *Client {
	if o.BasePath == "" {
		o.BasePath = DefaultBasePath
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		o.Transport = http.DefaultTransport
		if t, ok := http.DefaultTransport.(*http.Transport); ok {
			o.Transport = t.Clone()
		}
	}
	c := &Client{
		hosts: o.Hosts, credentials: o.Credentials, basePath: o.BasePath, log: o.Log, scrub: newScrubber(o.Credentials),
		http: &http.Client{
			Transport: o.Transport,
			// A redirect would take the token to wherever it points.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	c.tokens = newTokens(c.fetchToken)
	return c
}

// String names the client's organization. Without it, formatting a client would show the secret in its fields.
func (c *Client) String() string { return "Genesys Cloud at " + c.hosts.API.Host }

// call sends in as JSON, with a token, and decodes the answer into out. Both may be nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	return c.callFor(ctx, maxAnswer, method, path, in, out)
}

// callFor is call for an answer of at most so many bytes.
func (c *Client) callFor(ctx context.Context, most int64, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return fmt.Errorf("encoding the body of %s %s: %w", method, path, err)
		}
	}
	token, err := c.tokens.get(ctx, "")
	if err != nil {
		return err
	}
	request := exchange{
		method: method, host: c.hosts.API, path: path, body: body, contentType: "application/json", most: most,
		// What PUT, PATCH and DELETE do here is as good twice as once: they say what shall be, and a configuration
		// that has been written already has another version.
		repeatable: method != http.MethodPost,
		authorize:  func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) },
	}
	answer, err := c.exchange(ctx, request)
	if hasStatus(err, http.StatusUnauthorized) { // nothing has happened: a new token, and again
		if token, err = c.tokens.get(ctx, token); err != nil {
			return err
		}
		answer, err = c.exchange(ctx, request)
	}
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(answer, out); err != nil {
		// The request has been done, whatever the answer looks like.
		return &lostError{fmt.Errorf("reading the answer to %s %s: %s", method, path, c.scrub.clean(err.Error()))}
	}
	return nil
}

// exchange is a request that can be sent more than once.
type exchange struct {
	method      string
	host        *url.URL
	path        string // with query
	body        []byte
	contentType string
	most        int64 // bytes of an answer
	repeatable  bool
	authorize   func(*http.Request)
}

// exchange sends a request until it is answered, as far as that is safe.
func (c *Client) exchange(ctx context.Context, x exchange) ([]byte, error) {
	for failures := 0; ; {
		answer, header, err := c.attempt(ctx, x)
		switch {
		case err == nil:
			return answer, nil
		case hasStatus(err, http.StatusTooManyRequests):
			if err := c.wait(ctx, x, rateLimited(header), "waiting because Genesys Cloud limits the rate of requests", err); err != nil {
				return nil, err
			}
			continue
		case ctx.Err() != nil, !neverSent(err) && (!x.repeatable || !MayHaveHappened(err)), failures == maxAttempts-1:
			return nil, err
		}
		pause := backOff(failures)
		if hasStatus(err, http.StatusServiceUnavailable) {
			pause = retryAfter(header, failures)
		}
		if err := c.wait(ctx, x, pause, "waiting to try again", err); err != nil {
			return nil, err
		}
		failures++
	}
}

func (c *Client) wait(ctx context.Context, x exchange, d time.Duration, why string, cause error) error {
	if d >= tellWait {
		c.log.InfoContext(ctx, "waiting for Genesys Cloud", "why", why, "wait", d.Round(time.Millisecond), "method", x.method, "path", x.path)
	}
	if err := Pause(ctx, d, why); err != nil {
		return fmt.Errorf("%w; %w", cause, err)
	}
	return nil
}

// attempt sends a request once.
func (c *Client) attempt(ctx context.Context, x exchange) ([]byte, http.Header, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, attemptTimeout, fmt.Errorf("no answer within %v", attemptTimeout))
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, x.method, x.host.String()+x.path, bytes.NewReader(x.body))
	if err != nil {
		return nil, nil, fmt.Errorf("making a request for %s %s: %s", x.method, x.path, c.scrub.clean(err.Error()))
	}
	req.Header.Set("Accept", "application/json")
	if len(x.body) > 0 {
		req.Header.Set("Content-Type", x.contentType)
	}
	x.authorize(req)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, nil, c.transportError(ctx, x, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, x.most+1))
	switch {
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return nil, resp.Header, c.refusal(x, resp, answer)
	case err != nil:
		return nil, nil, c.transportError(ctx, x, err)
	case int64(len(answer)) > x.most:
		return nil, nil, &lostError{fmt.Errorf("%s %s: the answer has more than %d bytes", x.method, x.path, x.most)}
	}
	return answer, resp.Header, nil
}

// transportError says why there is no answer. Whether the request was sent decides what may be done next.
func (c *Client) transportError(ctx context.Context, x exchange, err error) error {
	sent := !neverSent(err)
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // without the address, which says nothing new
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	clean := fmt.Errorf("%s %s at %s: %w", x.method, x.path, x.host.Host, &scrubbed{err, c.scrub.clean(err.Error())})
	if sent {
		return &lostError{clean}
	}
	return clean
}

// scrubbed is an error with a text that holds no secret.
type scrubbed struct {
	error
	text string
}

func (e *scrubbed) Error() string { return e.text }
func (e *scrubbed) Unwrap() error { return e.error }
