package deliver_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/event"
)

// briefVault answers after a millisecond.
type briefVault struct {
	reads int
	err   error
}

func (v *briefVault) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	time.Sleep(time.Millisecond)
	v.reads++
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String("token")}, v.err
}

// TestTheSecretIsReadOnceASecondAtMost is about a batch whose every event meets a token that is refused.
func TestTheSecretIsReadOnceASecondAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		v := &briefVault{}
		secret := deliver.NewSecret(v, "arn")
		ask := func(refused string, reads int, failed bool) {
			t.Helper()
			token, err := secret.Token(ctx, refused)
			if (err != nil) != failed || !failed && token != "token" || v.reads != reads {
				t.Errorf("%q, %v after %d readings, want %d", token, err, v.reads, reads)
			}
		}
		ask("", 1, false)
		ask("token", 1, false)
		time.Sleep(time.Second - 1)
		ask("token", 1, false)
		time.Sleep(time.Nanosecond)
		ask("", 1, false)
		ask("another", 1, false)
		v.err = errors.New("throttled")
		ask("token", 2, true)
		ask("", 2, true)
		time.Sleep(time.Second - 1)
		ask("", 2, true)
		time.Sleep(time.Nanosecond)
		v.err = nil
		ask("", 3, false)
		time.Sleep(30 * time.Minute)
		ask("", 3, false)
	})
}

// piped is a network of pipes, on which synctest's clock runs.
type piped struct {
	connections chan net.Conn
	closed      chan struct{}
	close       sync.Once
	dials       atomic.Int64
	silent      atomic.Bool // what clients write gets lost
}

func newPiped() *piped {
	return &piped{connections: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *piped) Accept() (net.Conn, error) {
	select {
	case connection := <-p.connections:
		return connection, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *piped) Close() error   { p.close.Do(func() { close(p.closed) }); return nil }
func (p *piped) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1} }

func (p *piped) dial() (net.Conn, error) {
	p.dials.Add(1)
	client, server := net.Pipe()
	p.connections <- server
	return lossy{client, p}, nil
}

type lossy struct {
	net.Conn
	network *piped
}

func (l lossy) Write(b []byte) (int, error) {
	if l.network.silent.Load() {
		return len(b), nil
	}
	return l.Conn.Write(b)
}

// serve runs a downstream of a handler on pipes, in the bubble of a test.
func serve(t *testing.T, timeout time.Duration, secure bool, handler http.HandlerFunc) (*piped, *deliver.HTTP) {
	t.Helper()
	network := newPiped()
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener, server.EnableHTTP2, server.Config.ErrorLog = network, secure, log.New(io.Discard, "", 0)
	if secure {
		server.StartTLS()
	} else {
		server.Start()
	}
	downstream := deliver.NewHTTP(server.URL, deliver.HTTPOptions{Workers: 1, Timeout: timeout})
	if secure {
		roots := x509.NewCertPool()
		roots.AddCert(server.Certificate())
		downstream.Trust(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})
	}
	closeIdle := downstream.Over(network.dial)
	t.Cleanup(func() {
		closeIdle()
		server.CloseClientConnections()
		server.Close()
	})
	return network, downstream
}

func TestTheRestOfAnAnswerIsWaitedForFiftyMilliseconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, downstream := serve(t, time.Hour, false, func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		})
		start := time.Now()
		if err := downstream.Deliver(t.Context(), delivery); err != nil || time.Since(start) != 50*time.Millisecond {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestAConnectionIsKeptForAnAnswerThatEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, downstream := serve(t, time.Hour, false, func(w http.ResponseWriter, _ *http.Request) {
			_ = http.NewResponseController(w).Flush()
			time.Sleep(40 * time.Millisecond)
			_, _ = io.WriteString(w, "done")
		})
		for range 3 {
			if err := downstream.Deliver(t.Context(), delivery); err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		if dials := network.dials.Load(); dials != 1 {
			t.Errorf("%d connections for three requests", dials)
		}
	})
}

// TestAnIdleConnectionIsClosedBeforeALoadBalancerDoes: those commonly close one after a minute.
func TestAnIdleConnectionIsClosedBeforeALoadBalancerDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, downstream := serve(t, time.Hour, false, func(http.ResponseWriter, *http.Request) {})
		for _, c := range []struct {
			idle  time.Duration
			dials int64
		}{{0, 1}, {49 * time.Second, 1}, {51 * time.Second, 2}} {
			time.Sleep(c.idle)
			if err := downstream.Deliver(t.Context(), delivery); err != nil || network.dials.Load() != c.dials {
				t.Errorf("after %v: %v over %d connections, want %d", c.idle, err, network.dials.Load(), c.dials)
			}
			synctest.Wait()
		}
	})
}

// TestADeadConnectionIsNoticedInSevenSeconds: one over HTTP/2 is shared by all requests, and would fail them one after the
// other.
func TestADeadConnectionIsNoticedInSevenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network, downstream := serve(t, time.Hour, true, func(_ http.ResponseWriter, r *http.Request) {
			if r.ProtoMajor != 2 {
				t.Errorf("the request came over %s", r.Proto)
			}
		})
		if err := downstream.Deliver(t.Context(), delivery); err != nil {
			t.Fatal(err)
		}
		network.silent.Store(true)
		start := time.Now()
		err := downstream.Deliver(t.Context(), delivery)
		if permanent, _, _ := deliver.Class(err); err == nil || permanent {
			t.Errorf("over the dead connection: %v", err)
		}
		if took := time.Since(start); took < 6*time.Second || took > 8*time.Second {
			t.Errorf("it took %v, want 5 s of silence and 2 s for an answer to the ping", took)
		}
		network.silent.Store(false)
		if err := downstream.Deliver(t.Context(), delivery); err != nil || network.dials.Load() != 2 {
			t.Errorf("over another: %v", err)
		}
	})
}

func TestStatusesBesideThoseOfSuccessAreNone(t *testing.T) {
	for status, want := range map[int]string{200: "", 299: "", 300: "transient", 399: "transient", 400: "permanent", 499: "permanent", 500: "transient", 599: "transient", 999: "transient"} {
		synctest.Test(t, func(t *testing.T) {
			_, downstream := serve(t, time.Hour, false, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
			err := downstream.Deliver(t.Context(), delivery)
			got := ""
			if permanent, _, _ := deliver.Class(err); permanent {
				got = "permanent"
			} else if err != nil {
				got = "transient"
			}
			if got != want {
				t.Errorf("%d: %v, want it %s", status, err, want)
			}
		})
	}
}

func TestKeysStayDifferentInTheirHeader(t *testing.T) {
	for key, want := range map[string]string{
		"plain!~": "plain!~", " ": "%20", "\x7f": "%7F", "%": "%25", "%20": "%2520", "\x1f": "%1F", "é": "%C3%A9", "a b": "a%20b", "a ": "a%20", "": "",
	} {
		synctest.Test(t, func(t *testing.T) {
			got := "none"
			_, downstream := serve(t, time.Hour, false, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Get("Idempotency-Key") })
			d := delivery
			d.IdempotencyKey = key
			if err := downstream.Deliver(t.Context(), d); err != nil || got != want {
				t.Errorf("%q is sent as %q, want %q (%v)", key, got, want, err)
			}
		})
	}
}

// TestABodyTakesItsMemoryAtOnce: it is not copied into more and more memory, whichever of its texts is the long one.
func TestABodyTakesItsMemoryAtOnce(t *testing.T) {
	build := func(change func(e *event.Event)) (growing float64) {
		e := event.Event{
			Envelope: event.EventBridge, Type: "v2.t", Topic: "v2.t", Source: "aws.partner/genesys.com/cloud/o/s", Payload: []byte(`{}`),
		}
		change(&e)
		var body []byte
		growing = testing.AllocsPerRun(10, func() { body = deliver.Body(e) })
		if len(body) == 0 {
			t.Error("no body")
		}
		return growing
	}
	long := strings.Repeat("x", 20000)
	short := build(func(*event.Event) {})
	for name, change := range map[string]func(e *event.Event){
		"type":    func(e *event.Event) { e.Type = long },
		"topic":   func(e *event.Event) { e.Topic = long },
		"source":  func(e *event.Event) { e.Source = long },
		"payload": func(e *event.Event) { e.Payload = []byte(`"` + long + `"`) },
	} {
		if got := build(change); got != short {
			t.Errorf("a long %s: %.0f allocations, %.0f otherwise", name, got, short)
		}
	}
}
