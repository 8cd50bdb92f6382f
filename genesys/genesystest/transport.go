package genesystest

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
)

// Transport sends requests to a handler without a network, so that tests can run on testing/synctest's clock.
type Transport struct{ Handler http.Handler }

// RoundTrip answers a request, or fails as a network would: with the context's error when the client gives up, and with
// an unexpected end when the handler aborts.
func (t Transport) RoundTrip(r *http.Request) (resp *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p != http.ErrAbortHandler: //nolint:errorlint // as net/http compares it
			panic(p)
		default:
			if err = r.Context().Err(); err == nil {
				err = errors.Join(errors.New("connection reset by peer"), io.ErrUnexpectedEOF)
			}
		}
	}()
	recorder := httptest.NewRecorder()
	served := r.Clone(r.Context())
	if served.Body == nil {
		served.Body = http.NoBody
	}
	t.Handler.ServeHTTP(recorder, served)
	return recorder.Result(), nil
}
