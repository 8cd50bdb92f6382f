package deliver_test

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
)

// hostile listens, and does with each connection what a behaviour says. The request has been read when it is asked.
func hostile(t *testing.T, behave func(connection *net.TCPConn)) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				if r, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
					_, _ = io.Copy(io.Discard, r.Body)
				}
				behave(connection.(*net.TCPConn))
			}()
		}
	}()
	return "http://" + listener.Addr().String()
}

// drip writes a byte a second, until nobody reads any more.
func drip(connection *net.TCPConn, text string) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for i := range text {
		if _, err := connection.Write([]byte{text[i]}); err != nil {
			return
		}
		<-second.C
	}
}

// TestHostileEndpoints has servers that do what no server should, as the target of each kind of auth, as AWS and as token endpoint.
// Each has an outcome that is defined, within the time-out of one second, and events for another target are not held up.
func TestHostileEndpoints(t *testing.T) {
	const timeout = time.Second
	var redirected atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { redirected.Add(1) }))
	t.Cleanup(other.Close)
	calm := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(calm.Close)
	neighbour := calm.URL
	const fine = "HTTP/1.1 200 OK\r\n"
	// status is the outcome where the status is the answer, body where the service says it in the body, token where the token
	// endpoint behaves so. All are transient or "", delivered.
	for name, c := range map[string]struct {
		behave              func(connection *net.TCPConn)
		status, body, token string
	}{
		"accepts and never answers": {
			func(connection *net.TCPConn) { _, _ = io.Copy(io.Discard, connection) },
			deliver.ReasonUnavailable, deliver.ReasonUnavailable, deliver.ReasonTokenUnavailable,
		},
		"drips its status": {
			func(connection *net.TCPConn) { drip(connection, fine) },
			deliver.ReasonUnavailable, deliver.ReasonUnavailable, deliver.ReasonTokenUnavailable,
		},
		"drips its body": {
			func(connection *net.TCPConn) {
				_, _ = io.WriteString(connection, fine+"Content-Length: 100\r\n\r\n")
				drip(connection, `{"access_token":"x"}`)
			},
			"", deliver.ReasonUnavailable, deliver.ReasonTokenUnavailable,
		},
		"answers 10 GB": {
			func(connection *net.TCPConn) {
				_, _ = io.WriteString(connection, fine+"Content-Length: 10000000000\r\n\r\n")
				for some := bytes.Repeat([]byte("x"), 1<<20); ; {
					if _, err := connection.Write(some); err != nil {
						return
					}
				}
			},
			"", deliver.ReasonUnavailable, deliver.ReasonTokenUnavailable,
		},
		"sends headers without end": {
			func(connection *net.TCPConn) {
				_, err := io.WriteString(connection, fine)
				for err == nil {
					_, err = io.WriteString(connection, "X: "+string(bytes.Repeat([]byte("x"), 1<<16))+"\r\n")
				}
			},
			deliver.ReasonUnavailable, deliver.ReasonUnavailable, deliver.ReasonTokenUnavailable,
		},
		"redirects to another host": {
			func(connection *net.TCPConn) {
				_, _ = io.WriteString(connection, "HTTP/1.1 307 Temporary Redirect\r\nLocation: "+other.URL+"\r\nContent-Length: 0\r\n\r\n")
			},
			deliver.ReasonUnusable, deliver.ReasonUnavailable, deliver.ReasonTokenUnavailable,
		},
		"resets": {
			func(connection *net.TCPConn) { _ = connection.SetLinger(0) },
			deliver.ReasonUnavailable, deliver.ReasonUnavailable, deliver.ReasonTokenUnavailable,
		},
		"speaks no HTTP": {
			func(connection *net.TCPConn) { _, _ = io.WriteString(connection, "220 mail.example.com ESMTP\r\n") },
			deliver.ReasonUnavailable, deliver.ReasonUnavailable, deliver.ReasonTokenUnavailable,
		},
		"closes each connection": {
			func(*net.TCPConn) {}, deliver.ReasonUnavailable, deliver.ReasonUnavailable, deliver.ReasonTokenUnavailable,
		},
		"ends before its body does": {
			func(connection *net.TCPConn) { _, _ = io.WriteString(connection, fine+"Content-Length: 100\r\n\r\n{") },
			"", deliver.ReasonUnavailable, deliver.ReasonTokenUnavailable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := hostile(t, c.behave)
			env := inAWS(url)
			env.Secrets = &vault{token: "c2VjcmV0"}
			auth := func(a contract.Auth) contract.Target {
				return contract.Target{Kind: contract.TargetHTTP, Address: url, TimeoutSeconds: 1, Auth: &a}
			}
			queue := c.status
			if queue == deliver.ReasonUnusable {
				queue = deliver.ReasonUnavailable // AWS redirects nobody
			}
			var targets sync.WaitGroup
			for as, try := range map[string]struct {
				target contract.Target
				want   string
			}{
				"without auth": {contract.Target{Kind: contract.TargetHTTP, Address: url, TimeoutSeconds: 1}, c.status},
				"with a token": {auth(contract.Auth{Kind: contract.AuthBearer, SecretARN: "arn"}), c.status},
				"signed":       {auth(contract.Auth{Kind: contract.AuthWebhook, SecretARN: "arn"}), c.status},
				"with SigV4":   {auth(contract.Auth{Kind: contract.AuthSigV4, Service: "execute-api"}), c.status},
				"as a token endpoint": {contract.Target{
					Kind: contract.TargetHTTP, Address: neighbour, TimeoutSeconds: 1,
					Auth: &contract.Auth{Kind: contract.AuthOAuth2, SecretARN: "arn", ClientID: "client", TokenURL: url},
				}, c.token},
				"as a queue": {contract.Target{Kind: contract.TargetSQS, Address: queueURL, TimeoutSeconds: 1}, queue},
				"as a bus":   {contract.Target{Kind: contract.TargetEventBridge, Address: busARN, TimeoutSeconds: 1}, c.body},
			} {
				downstream := open(t, try.target, env)
				targets.Go(func() {
					began := time.Now()
					err := downstream.Deliver(t.Context(), delivery)
					permanent, reason, _ := deliver.Class(err)
					if permanent || reason != try.want || (err == nil) != (try.want == "") {
						t.Errorf("%s: %v (%s), want %q", as, err, reason, try.want)
					}
					if took := time.Since(began); took > 4*timeout { // one would be enough on a machine that has nothing else to do
						t.Errorf("%s: it took %v", as, took)
					}
				})
			}
			targets.Go(func() {
				downstream := open(t, contract.Target{Kind: contract.TargetHTTP, Address: neighbour, TimeoutSeconds: 1}, env)
				for range 20 {
					if err := downstream.Deliver(t.Context(), delivery); err != nil {
						t.Errorf("a neighbour: %v", err)
					}
				}
			})
			targets.Wait()
			if redirected.Load() > 0 {
				t.Error("the redirect was followed")
			}
		})
	}
}
