package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
)

// tokens is a token endpoint that is asked as RFC 6749 says in 4.4.2 and 2.3.1.
type tokens struct {
	asked atomic.Int64
	// answer says what the nth request gets, with the client's secret.
	answer func(w http.ResponseWriter, r *http.Request, n int64, secret string)
}

func (s *tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.asked.Add(1)
	client, secret, ok := r.BasicAuth()
	if !ok {
		client, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || client != "client" ||
		r.PostFormValue("grant_type") != "client_credentials" || r.PostFormValue("scope") != "events:write more" {
		http.Error(w, "not as the RFC says", http.StatusBadRequest)
		return
	}
	s.answer(w, r, n, secret)
}

func grant(w http.ResponseWriter, token string, seconds int) {
	w.Header().Set("Content-Type", "application/json")
	life := ""
	if seconds > 0 {
		life = fmt.Sprintf(`,"expires_in":%d`, seconds)
	}
	fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer"%s}`, token, life)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"error":%q,"error_description":"geheim"}`, code)
}

// fixed is a credential that changes when it is refused.
type fixed struct {
	values []string
	err    error
}

func (f *fixed) Token(_ context.Context, refused string) (string, error) {
	if len(f.values) > 1 && refused == f.values[0] {
		f.values = f.values[1:]
	}
	if f.err != nil {
		return "", f.err
	}
	return f.values[0], nil
}

// bubble runs a token endpoint on pipes, in the bubble of a test, and returns what keeps its token.
func bubble(t *testing.T, endpoint http.Handler, secret deliver.Tokens) deliver.Tokens {
	t.Helper()
	network := newPiped()
	server := httptest.NewUnstartedServer(endpoint)
	server.Listener.Close()
	server.Listener, server.Config.ErrorLog = network, log.New(io.Discard, "", 0)
	server.Start()
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return network.dial() }}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.CloseClientConnections()
		server.Close()
	})
	auth := contract.Auth{TokenURL: server.URL + "/token", ClientID: "client", Scope: " events:write  more"}
	return deliver.NewOAuth(auth, secret, &http.Client{Timeout: 10 * time.Second, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }})
}

func TestAnAccessTokenIsKeptUntilShortlyBeforeItExpires(t *testing.T) {
	for name, c := range map[string]struct {
		life int
		kept time.Duration
	}{
		"an hour": {3600, time.Hour - 30*time.Second}, "150 seconds": {150, 2 * time.Minute}, "a minute": {60, 48 * time.Second}, "for ever": {0, 1000 * time.Hour},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := &tokens{answer: func(w http.ResponseWriter, _ *http.Request, n int64, _ string) { grant(w, fmt.Sprint(n), c.life) }}
			kept := bubble(t, server, &fixed{values: []string{"secret"}})
			ask := func(want string) {
				t.Helper()
				if token, err := kept.Token(t.Context(), ""); err != nil || token != want {
					t.Errorf("%s: %q (%v), want %q", name, token, err, want)
				}
			}
			ask("1")
			time.Sleep(c.kept - 1)
			ask("1")
			time.Sleep(time.Nanosecond)
			if c.life == 0 {
				ask("1")
				return
			}
			ask("2")
			ask("2")
		})
	}
}

func TestAnAccessTokenIsGotByOneRequestForAllWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokens{answer: func(w http.ResponseWriter, _ *http.Request, n int64, _ string) {
			time.Sleep(time.Second)
			grant(w, fmt.Sprint(n), 3600)
		}}
		kept := bubble(t, server, &fixed{values: []string{"secret"}})
		all := func(refused, want string) {
			var workers sync.WaitGroup
			for range 64 {
				workers.Go(func() {
					if token, err := kept.Token(t.Context(), refused); err != nil || token != want {
						t.Errorf("%q (%v), want %q", token, err, want)
					}
				})
			}
			workers.Wait()
		}
		all("", "1")
		time.Sleep(time.Minute)
		all("1", "2") // as after a 401
		if asked := server.asked.Load(); asked != 2 {
			t.Errorf("%d requests, want 2", asked)
		}
	})
}

func TestATokenEndpointsFailuresAreToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		reason string
		text   string
		after  time.Duration
	}{
		"the client is refused": {
			func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusUnauthorized, "invalid_client") }, deliver.ReasonTokenRefused,
			"get access token: the token endpoint answered 401, invalid_client", 0,
		},
		"the scope is refused": {
			func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusBadRequest, "invalid_scope") }, deliver.ReasonTokenRefused,
			"get access token: the token endpoint answered 400, invalid_scope", 0,
		},
		"refused without a code": {
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, deliver.ReasonTokenRefused, "get access token: the token endpoint answered 403", 0,
		},
		"refused by a code that is none": {
			func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusBadRequest, "geheim") }, deliver.ReasonTokenUnavailable, "get access token: the token endpoint answered 400", 0,
		},
		"throttled": {
			func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
			}, deliver.ReasonTokenUnavailable,
			"get access token: the token endpoint answered 429", 7 * time.Second,
		},
		"broken": {
			func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "geheim", http.StatusInternalServerError) }, deliver.ReasonTokenUnavailable, "get access token: the token endpoint answered 500", 0,
		},
		"elsewhere": {
			func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, "/geheim", http.StatusTemporaryRedirect)
			}, deliver.ReasonTokenUnavailable,
			"get access token: the token endpoint answered 307", 0,
		},
		"no token": {
			func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"geheim":1}`) }, deliver.ReasonTokenUnavailable, "get access token: the token endpoint gave none: no answer that HTTP knows", 0,
		},
		"no JSON": {
			func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `geheim`) }, deliver.ReasonTokenUnavailable, "get access token: the token endpoint gave none: no answer", 0,
		},
		"silence": {
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, deliver.ReasonTokenUnavailable, "no answer in time", 0,
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			server := &tokens{answer: func(w http.ResponseWriter, r *http.Request, _ int64, _ string) { c.answer(w, r) }}
			kept := bubble(t, server, &fixed{values: []string{"secret"}})
			began := time.Now()
			token, err := kept.Token(t.Context(), "")
			permanent, reason, after := deliver.Class(err)
			if err == nil || permanent || reason != c.reason || after != c.after || token != "" || !strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "geheim") {
				t.Errorf("%s: %q, %v (%s, after %v)", name, token, err, reason, after)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("%s: it took %v", name, took)
			}
			if _, err := kept.Token(t.Context(), ""); err == nil || server.asked.Load() > 2 {
				t.Errorf("%s: %v, asked %d times within a second", name, err, server.asked.Load())
			}
		})
	}
}

// TestAClientsSecretIsReadAnewWhenItIsRefused is about the rotation of a client's secret.
func TestAClientsSecretIsReadAnewWhenItIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &tokens{answer: func(w http.ResponseWriter, _ *http.Request, _ int64, secret string) {
			if secret != "rotated" {
				refuse(w, http.StatusUnauthorized, "invalid_client")
				return
			}
			grant(w, "token", 3600)
		}}
		token, err := bubble(t, server, &fixed{values: []string{"old", "rotated"}}).Token(t.Context(), "")
		if err != nil || token != "token" {
			t.Errorf("%q, %v", token, err)
		}
		before := server.asked.Load()
		_, err = bubble(t, server, &fixed{values: []string{"old"}}).Token(t.Context(), "")
		if _, reason, _ := deliver.Class(err); reason != deliver.ReasonTokenRefused || server.asked.Load()-before > 2 {
			t.Errorf("with no other secret: %v, after %d requests", err, server.asked.Load()-before)
		}
		before = server.asked.Load()
		_, err = bubble(t, server, &fixed{err: errors.New("denied")}).Token(t.Context(), "")
		if err == nil || err.Error() != "get access token: denied" || server.asked.Load() != before {
			t.Errorf("with no secret at all: %v", err)
		}
	})
}

// TestOAuthOverHTTP: a token is got before the first event, and another one at once when it is refused.
func TestOAuthOverHTTP(t *testing.T) {
	var accepted atomic.Value
	accepted.Store("Bearer 1")
	server := &tokens{answer: func(w http.ResponseWriter, _ *http.Request, n int64, secret string) {
		if secret != "secret" {
			refuse(w, http.StatusUnauthorized, "invalid_client")
			return
		}
		grant(w, fmt.Sprint(n), 3600)
	}}
	issuer := httptest.NewServer(server)
	defer issuer.Close()
	target := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != accepted.Load() {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer target.Close()
	downstream := open(t, contract.Target{
		Kind: contract.TargetHTTP, Address: target.URL,
		Auth: &contract.Auth{Kind: contract.AuthOAuth2, SecretARN: "arn", TokenURL: issuer.URL, ClientID: "client", Scope: "events:write more"},
	}, deliver.Environment{Workers: 1, Secrets: &vault{token: "secret"}})
	for range 3 {
		if err := downstream.Deliver(t.Context(), delivery); err != nil {
			t.Fatal(err)
		}
	}
	if asked := server.asked.Load(); asked != 1 {
		t.Errorf("three events took %d tokens", asked)
	}
	accepted.Store("Bearer 2")
	deliver.GotLongAgo(downstream)
	if err := downstream.Deliver(t.Context(), delivery); err != nil || server.asked.Load() != 2 {
		t.Errorf("%v, after %d tokens", err, server.asked.Load())
	}
	accepted.Store("none")
	err := downstream.Deliver(t.Context(), delivery)
	if _, reason, _ := deliver.Class(err); reason != deliver.ReasonDenied {
		t.Errorf("no token is accepted: %v (%s)", err, reason)
	}
}
