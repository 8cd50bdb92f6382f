package deliver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"cc-eventbridge/function/awshttp"
	"cc-eventbridge/function/contract"
)

const (
	// tokenTimeout bounds the getting of a token, the reading of the client's secret not counted. The target's time-out does, too.
	tokenTimeout = 10 * time.Second
	// tokenMargin is how long before a token expires another one is got, so that it does not expire on its way. One that
	// lives for less than five times that is replaced in the last fifth of its life.
	tokenMargin = 30 * time.Second
)

// oauthErrors are the codes by which a token endpoint says what is wrong (RFC 6749, 5.2). Whatever else it sends is not repeated.
var oauthErrors = []string{"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}

// oauth gets access tokens by OAuth 2's client credentials.
type oauth struct {
	secret Tokens
	client *http.Client
	config clientcredentials.Config
}

// newOAuth returns what keeps the access token of a client. One exchange takes no longer than the HTTP client's time-out, though the
// library makes a second request where the first was refused: some endpoints want the secret in a header, some in the body.
func newOAuth(auth contract.Auth, secret Tokens, client *http.Client) *credential {
	o := &oauth{secret: secret, client: client, config: clientcredentials.Config{ClientID: auth.ClientID, TokenURL: auth.TokenURL, Scopes: strings.Fields(auth.Scope)}}
	return &credential{what: "get access token", get: o.token}
}

// token gets a token. A client that is refused may have another secret by now, and is tried again with that.
func (o *oauth) token(ctx context.Context) (string, time.Time, error) {
	secret, err := o.secret.Token(ctx, "")
	if err != nil {
		return "", time.Time{}, err
	}
	token, until, err := o.ask(ctx, secret)
	if _, reason, _ := Class(err); reason == ReasonTokenRefused {
		if other, unreadable := o.secret.Token(ctx, secret); unreadable == nil && other != secret {
			return o.ask(ctx, other)
		}
	}
	return token, until, err
}

// ask is one exchange of the client's secret for a token. It is called by one goroutine at a time.
func (o *oauth) ask(ctx context.Context, secret string) (string, time.Time, error) {
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, oauth2.HTTPClient, o.client), o.client.Timeout)
	defer cancel()
	o.config.ClientSecret = secret
	asked := time.Now()
	token, err := o.config.Token(ctx)
	if err != nil {
		return "", time.Time{}, tokenFailure(err)
	}
	if token.Expiry.IsZero() {
		return token.AccessToken, time.Time{}, nil
	}
	life := token.Expiry.Sub(asked)
	return token.AccessToken, token.Expiry.Add(-min(tokenMargin, life/5)), nil
}

// tokenFailure says what the error of an exchange means. Nothing of the library's texts is kept: they quote answers.
func tokenFailure(err error) error {
	answer, ok := errors.AsType[*oauth2.RetrieveError](err)
	if !ok {
		return transient(ReasonTokenUnavailable, fmt.Errorf("the token endpoint gave none: %w", awshttp.Failure(err)), 0)
	}
	status := answer.Response.StatusCode
	text := fmt.Sprintf("the token endpoint answered %d", status)
	known := slices.Contains(oauthErrors, answer.ErrorCode)
	if known {
		text += ", " + answer.ErrorCode
	}
	reason := ReasonTokenUnavailable
	if known || status == http.StatusUnauthorized || status == http.StatusForbidden {
		reason = ReasonTokenRefused
	}
	return transient(reason, errors.New(text), retryAfter(answer.Response.Header, time.Now()))
}
