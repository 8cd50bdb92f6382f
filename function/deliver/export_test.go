package deliver

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"cc-eventbridge/function/contract"
)

// Trust has a downstream's client trust what config does.
func (h *HTTP) Trust(config *tls.Config) {
	h.client.Transport.(*http.Transport).TLSClientConfig = config
}

// ReadLongAgo has the secret read, and forget that it was just now.
func ReadLongAgo(ctx context.Context, s *Secret) {
	if _, err := s.Token(ctx, ""); err != nil {
		panic(err)
	}
	s.got = time.Time{}
}

// Over has a downstream's client make its connections by dial, and returns what closes those that are idle.
func (h *HTTP) Over(dial func() (net.Conn, error)) (closeIdle func()) {
	transport := h.client.Transport.(*http.Transport)
	transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return dial() }
	return transport.CloseIdleConnections
}

// NewOAuth returns what keeps the access token of a client.
func NewOAuth(auth contract.Auth, secret Tokens, client *http.Client) Tokens {
	return newOAuth(auth, secret, client)
}

// TraceParent is the trace context of a delivery.
func TraceParent(ctx context.Context, key string) string { return traceParent(ctx, key) }

// GotLongAgo has an HTTP target forget that it got its credential just now.
func GotLongAgo(downstream Downstream) {
	downstream.(*HTTP).options.Tokens.(*credential).got = time.Time{}
}
