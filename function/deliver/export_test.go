package deliver

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"
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
