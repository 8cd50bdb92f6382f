package deliver_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"cc-eventbridge/function/deliver"
)

// raw serves each connection by a function, as no HTTP server would.
func raw(t *testing.T, serve func(net.Conn)) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
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
			go serve(connection)
		}
	}()
	return "http://" + listener.Addr().String()
}

// read reads one request, and reports whether there was one.
func read(from *bufio.Reader) (key string, ok bool) {
	request, err := http.ReadRequest(from)
	if err != nil {
		return "", false
	}
	_, err = io.Copy(io.Discard, request.Body)
	return request.Header.Get("Idempotency-Key"), err == nil
}

const accepted = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

// tally counts how often the downstream acted, by idempotency key.
type tally struct {
	mutex sync.Mutex
	acted map[string]int
}

func (a *tally) count(key string) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.acted == nil {
		a.acted = map[string]int{}
	}
	a.acted[key]++
}

// deliverAll delivers events from some workers and wants each to be acted on once, with no failure.
func deliverAll(t *testing.T, downstream *deliver.HTTP, acted *tally, events, workers int) {
	t.Helper()
	var (
		work   sync.WaitGroup
		failed atomic.Int64
	)
	for worker := range workers {
		work.Go(func() {
			for n := worker; n < events; n += workers {
				d := delivery
				d.IdempotencyKey = "event-" + strconv.Itoa(n)
				if err := downstream.Deliver(t.Context(), d); err != nil {
					failed.Add(1)
				}
			}
		})
	}
	work.Wait()
	if failed.Load() > 0 {
		t.Errorf("%d of %d deliveries failed", failed.Load(), events)
	}
	if len(acted.acted) != events {
		t.Errorf("the downstream acted on %d events, want %d", len(acted.acted), events)
	}
	for key, times := range acted.acted {
		if times != 1 {
			t.Errorf("%s: acted on %d times", key, times)
		}
	}
}

func TestConnectionsThatTheServerClosesCostNoReceive(t *testing.T) {
	var acted tally
	url := raw(t, func(connection net.Conn) {
		defer connection.Close()
		if key, ok := read(bufio.NewReader(connection)); ok {
			acted.count(key)
			_, _ = io.WriteString(connection, accepted) // it does not say that it closes
		}
	})
	deliverAll(t, deliver.NewHTTP(url, deliver.HTTPOptions{Workers: 8, Timeout: time.Minute}), &acted, 1000, 8)
}

func TestGracefulShutdownOfHTTP2CostsNoReceive(t *testing.T) {
	var (
		acted    tally
		requests atomic.Int64
	)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		acted.count(r.Header.Get("Idempotency-Key"))
		if r.ProtoMajor != 2 {
			t.Errorf("the request came over %s", r.Proto)
		}
		if requests.Add(1)%100 == 0 {
			w.Header().Set("Connection", "close") // of HTTP/2: GOAWAY, once what is under way has been answered
		}
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	downstream := deliver.NewHTTP(server.URL, deliver.HTTPOptions{Workers: 16, Timeout: time.Minute})
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	downstream.Trust(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
	deliverAll(t, downstream, &acted, 3000, 16)
}

// TestAnAnswerThatIsCutOff has a connection end after the downstream has acted and before it answers. On a connection that
// was used before, that looks like one that was closed while it was idle: the request is sent again, with the same key. On
// a new one the server must have had a reason, and the queue tries again.
func TestAnAnswerThatIsCutOff(t *testing.T) {
	for name, test := range map[string]struct {
		cutOff       int64
		wantErr      bool
		acted, tries int
	}{
		"on a connection that was used before": {cutOff: 2, acted: 3, tries: 2},
		"on a new connection":                  {cutOff: 1, wantErr: true, acted: 1, tries: 1},
	} {
		t.Run(name, func(t *testing.T) {
			var acted atomic.Int64
			url := raw(t, func(connection net.Conn) {
				defer connection.Close()
				for from := bufio.NewReader(connection); ; {
					if _, ok := read(from); !ok || acted.Add(1) == test.cutOff {
						return
					}
					_, _ = io.WriteString(connection, accepted)
				}
			})
			downstream := deliver.NewHTTP(url, deliver.HTTPOptions{Workers: 1, Timeout: time.Minute})
			var err error
			for range test.tries {
				err = downstream.Deliver(t.Context(), delivery)
			}
			if permanent, _, _ := deliver.Class(err); permanent || (err != nil) != test.wantErr {
				t.Errorf("error %v, want one: %v", err, test.wantErr)
			}
			if got := acted.Load(); int(got) != test.acted {
				t.Errorf("the downstream acted %d times, want %d", got, test.acted)
			}
		})
	}
}

// TestErrorsDoNotQuoteTheOtherSide answers what net/http can't read. Its errors quote some of that, which may be the event.
func TestErrorsDoNotQuoteTheOtherSide(t *testing.T) {
	const secret = "alice@example.com"
	for name, answer := range map[string]string{
		"an echo of the event":      `{"participant":"` + secret + `"}` + "\r\n\r\n",
		"a status that is none":     "HTTP/1.1 " + secret + "\r\n\r\n",
		"a protocol that is none":   "HTTP/" + secret + " 200 OK\r\n\r\n",
		"a header without a colon":  "HTTP/1.1 200 OK\r\n" + secret + "\r\n\r\n",
		"a length that is none":     "HTTP/1.1 200 OK\r\nContent-Length: " + secret + "\r\n\r\n",
		"two lengths":               "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
		"an encoding that is none":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + secret + "\r\n\r\n",
		"a header with a bad name":  "HTTP/1.1 200 OK\r\n" + secret + " : x\r\n\r\n",
		"headers of nine megabytes": "HTTP/1.1 200 OK\r\nX: " + strings.Repeat(secret, 9<<20/len(secret)) + "\r\n\r\n",
		"nothing":                   "",
		"a switch of protocols":     "HTTP/1.1 101 " + secret + "\r\nUpgrade: " + secret + "\r\nConnection: upgrade\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			url := raw(t, func(connection net.Conn) {
				defer connection.Close()
				if _, ok := read(bufio.NewReader(connection)); ok {
					_, _ = io.WriteString(connection, answer)
				}
			})
			err := deliver.NewHTTP(url, deliver.HTTPOptions{Workers: 1, Timeout: time.Minute}).Deliver(t.Context(), delivery)
			if permanent, _, _ := deliver.Class(err); err == nil || permanent {
				t.Errorf("error %v, want a transient one", err)
			}
			if err != nil && (strings.Contains(err.Error(), "alice") || strings.Contains(err.Error(), "127.0.0.1")) {
				t.Errorf("the error quotes the other side, or the address: %v", err)
			}
		})
	}
}

func TestTheKindOfAFailureIsNamed(t *testing.T) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for url, want := range map[string]string{
		"http://127.0.0.1:1":     "dial: connection refused",
		"http://no.such.invalid": "name",
		secure.URL:               "authority that is not known",
		strings.Replace(plain.URL, "http://", "https://", 1): "does not speak TLS",
	} {
		err := deliver.NewHTTP(url, deliver.HTTPOptions{Workers: 1, Timeout: time.Minute}).Deliver(t.Context(), delivery)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q in it", url, err, want)
		}
	}
}

// TestTheStatusIsTheAnswer has a downstream answer and keep the body open.
func TestTheStatusIsTheAnswer(t *testing.T) {
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-over
	}))
	defer server.Close()
	defer close(over)
	done := make(chan error, 1)
	go func() {
		done <- deliver.NewHTTP(server.URL, deliver.HTTPOptions{Workers: 1, Timeout: time.Hour}).Deliver(t.Context(), delivery)
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Errorf("the delivery failed: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the delivery waits for the end of the body")
	}
}

// TestAnAddressIsBelievedToBeGoneAfterSeveralReceives: a target that is being deployed answers 404 for a while.
func TestAnAddressIsBelievedToBeGoneAfterSeveralReceives(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusGone} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		downstream := deliver.NewHTTP(server.URL, deliver.HTTPOptions{Workers: 1, Timeout: time.Minute, Verdict: 3})
		for receive := 1; receive <= 4; receive++ {
			d := delivery
			d.ReceiveCount = receive
			permanent, reason, _ := deliver.Class(downstream.Deliver(t.Context(), d))
			if permanent != (receive >= 3) || permanent && reason != fmt.Sprintf("downstream-%d", status) {
				t.Errorf("%d at receive %d: permanent %v (%s)", status, receive, permanent, reason)
			}
		}
		server.Close()
	}
}

// slowVault answers when it is told to.
type slowVault struct {
	asked, answer chan struct{}
	reads         atomic.Int64
}

func (v *slowVault) GetSecretValue(ctx context.Context, _ *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	v.reads.Add(1)
	close(v.asked)
	select {
	case <-v.answer:
		return &secretsmanager.GetSecretValueOutput{SecretString: aws.String("token")}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestAReadingOfTheSecretIsNobodysOwn cancels the worker that began it.
func TestAReadingOfTheSecretIsNobodysOwn(t *testing.T) {
	v := &slowVault{asked: make(chan struct{}), answer: make(chan struct{})}
	secret := deliver.NewSecret(v, "arn")
	first, cancel := context.WithCancel(t.Context())
	results := make(chan error, 6)
	ask := func(ctx context.Context) {
		token, err := secret.Token(ctx, "")
		if err == nil && token != "token" {
			err = errors.New("another token")
		}
		results <- err
	}
	go ask(first)
	<-v.asked
	cancel()
	if err := <-results; !errors.Is(err, context.Canceled) {
		t.Errorf("the cancelled worker: %v", err)
	}
	for range 5 {
		go ask(t.Context())
	}
	close(v.answer)
	for range 5 {
		if err := <-results; err != nil {
			t.Errorf("another worker: %v", err)
		}
	}
	if v.reads.Load() != 1 {
		t.Errorf("the secret was read %d times, want once", v.reads.Load())
	}
}
