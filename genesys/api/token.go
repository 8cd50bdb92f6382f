package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Credentials are those of an OAuth client with the grant "client credentials".
type Credentials struct {
	ClientID     string
	ClientSecret Secret
}

// tokenMargin is how long before its end a token is no longer used: a request takes time to arrive.
const tokenMargin = time.Minute

// assumedLifetime is how long a token is used whose answer does not say: the shortest that an OAuth client can be given.
const assumedLifetime = 5 * time.Minute

// tokens gets a token when one is needed and lets all requests share it: a new one for every request would soon run
// into the limits of the login service.
type tokens struct {
	fetch func(context.Context) (token string, lifetime time.Duration, err error)

	turn    chan struct{} // held by who reads or renews; a channel, so that waiting ends with a context
	current string
	expires time.Time
}

func newTokens(fetch func(context.Context) (string, time.Duration, error)) *tokens {
	return &tokens{fetch: fetch, turn: make(chan struct{}, 1)}
}

// get returns a token other than refused, which is the one that the API has just not accepted, or empty.
func (t *tokens) get(ctx context.Context, refused string) (string, error) {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
	defer func() { <-t.turn }()
	if t.current != "" && t.current != refused && time.Now().Before(t.expires) {
		return t.current, nil
	}
	token, lifetime, err := t.fetch(ctx)
	if err != nil {
		return "", err
	}
	t.current, t.expires = token, time.Now().Add(lifetime-min(tokenMargin, lifetime/2))
	return token, nil
}

// fetchToken asks the login service for a token. Asking twice does no harm, so it is retried like a GET.
func (c *Client) fetchToken(ctx context.Context) (string, time.Duration, error) {
	form := url.Values{"grant_type": {"client_credentials"}}.Encode()
	answer, err := c.exchange(ctx, exchange{
		method: http.MethodPost, host: c.hosts.Login, path: "/oauth/token", most: maxAnswer, repeatable: true,
		body: []byte(form), contentType: "application/x-www-form-urlencoded",
		authorize: func(r *http.Request) { r.SetBasicAuth(c.credentials.ClientID, string(c.credentials.ClientSecret)) },
	})
	var refused *Error
	if errors.As(err, &refused) {
		switch {
		case refused.Code == "unsupported_grant_type" || refused.Code == "unauthorized_client":
			return "", 0, fmt.Errorf("the OAuth client may not get a token by itself; give it the grant Client Credentials in Genesys Cloud, or use another client: %w", err)
		case refused.Code == "invalid_client" || refused.Status == http.StatusUnauthorized:
			return "", 0, fmt.Errorf("the client id and secret were not accepted; check that they are an OAuth client's with the grant Client Credentials, in the region of %s: %w", c.hosts.Login.Host, err)
		}
	}
	if err != nil {
		return "", 0, fmt.Errorf("getting an access token: %w", err)
	}
	var granted struct {
		AccessToken string `json:"access_token"`
		ExpiresIn   int64  `json:"expires_in"`
	}
	// The decoder's own error could quote the token.
	if json.Unmarshal(answer, &granted) != nil || granted.AccessToken == "" || strings.ContainsAny(granted.AccessToken, "\r\n") {
		return "", 0, errors.New("getting an access token: the answer of the login service has no access_token")
	}
	c.scrub.add(granted.AccessToken)
	if granted.ExpiresIn <= 0 {
		return granted.AccessToken, assumedLifetime, nil
	}
	return granted.AccessToken, time.Duration(min(granted.ExpiresIn, maxSeconds)) * time.Second, nil
}

// once keeps the first successful result of a call.
type once[T any] struct {
	mu    sync.Mutex
	value *T
}

func (o *once[T]) get(call func() (T, error)) (T, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.value != nil {
		return *o.value, nil
	}
	v, err := call()
	if err == nil {
		o.value = &v
	}
	return v, err
}
