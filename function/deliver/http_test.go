package deliver_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/event"
)

var delivery = deliver.Delivery{
	IdempotencyKey: `direct["t","1","é %"]`,
	MessageID:      "m1",
	Event: event.Event{
		Envelope: event.Direct, Type: `a"b`, Timestamp: `"1"`, ID: `7`, Payload: []byte(`{"id": 7, "n": 12345678901234567890}`),
	},
}

func TestRequest(t *testing.T) {
	var got *http.Request
	var body []byte
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
	}))
	defer server.Close()
	if err := deliver.NewHTTP(server.URL+"/events", deliver.HTTPOptions{Workers: 4, Timeout: time.Minute}).Deliver(t.Context(), delivery); err != nil {
		t.Fatal(err)
	}
	want := `{"envelope":"direct","type":"a\"b","timestamp":"1","id":7,"payload":{"id": 7, "n": 12345678901234567890},"entityIds":["7"]}`
	if string(body) != want {
		t.Errorf("body %s, want %s", body, want)
	}
	if got.Method != http.MethodPost || got.URL.Path != "/events" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s with %v", got.Method, got.URL, got.Header)
	}
	if key := got.Header.Get("Idempotency-Key"); key != `direct["t","1","%C3%A9%20%25"]` {
		t.Errorf("Idempotency-Key %s", key)
	}
	if got.Header.Get("Authorization") != "" {
		t.Error("a token where there is none")
	}
}

func TestAnswers(t *testing.T) {
	soon := time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
	cases := []struct {
		status     int
		retryAfter string
		permanent  bool
		reason     string
		least      time.Duration
		most       time.Duration
		ok         bool
	}{
		{status: 200, ok: true},
		{status: 202, ok: true},
		{status: 204, ok: true},
		{status: 301, reason: "target-unusable"},
		{status: 304, reason: "target-unusable"},
		{status: 400, permanent: true, reason: "downstream-400"},
		{status: 401, reason: "target-denied"},
		{status: 403, reason: "target-denied"},
		{status: 404, permanent: true, reason: "downstream-404"},
		{status: 421, reason: "target-unavailable"},
		{status: 407, reason: "target-denied"},
		{status: 408, reason: "target-unavailable"},
		{status: 409, reason: "target-busy"},
		{status: 423, reason: "target-busy"},
		{status: 422, permanent: true, reason: "downstream-422"},
		{status: 425, reason: "target-unavailable"},
		{status: 429, reason: "target-throttled", retryAfter: "120", least: 2 * time.Minute, most: 2 * time.Minute},
		{status: 429, reason: "target-throttled", retryAfter: "-5"},
		{status: 429, reason: "target-throttled", retryAfter: "soon"},
		{status: 500, reason: "target-unavailable"},
		{status: 503, reason: "target-unavailable", retryAfter: soon, least: 80 * time.Second, most: 90 * time.Second},
	}
	for _, c := range cases {
		t.Run(http.StatusText(c.status)+" "+c.retryAfter, func(t *testing.T) {
			followed := false
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				followed = r.URL.Path != "/"
				w.Header().Set("Location", "/elsewhere")
				if c.retryAfter != "" {
					w.Header().Set("Retry-After", c.retryAfter)
				}
				w.WriteHeader(c.status)
			}))
			defer server.Close()
			err := deliver.NewHTTP(server.URL, deliver.HTTPOptions{Workers: 4, Timeout: time.Minute}).Deliver(t.Context(), delivery)
			permanent, reason, retryAfter := deliver.Class(err)
			if (err == nil) != c.ok || permanent != c.permanent || reason != c.reason || retryAfter < c.least || retryAfter > c.most {
				t.Errorf("%v: permanent %v (%s), retry after %v", err, permanent, reason, retryAfter)
			}
			if followed {
				t.Error("the redirect was followed")
			}
			if err != nil && strings.Contains(err.Error(), server.URL) {
				t.Errorf("%q has the URL in it", err)
			}
		})
	}
}

func TestNoAnswerIsTransient(t *testing.T) {
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	defer server.Close()
	defer close(over)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	for name, url := range map[string]string{"hangs": server.URL, "refuses connections": "http://user:secret@127.0.0.1:1"} {
		err := deliver.NewHTTP(url, deliver.HTTPOptions{Workers: 4, Timeout: time.Minute}).Deliver(ctx, delivery)
		if permanent, _, _ := deliver.Class(err); err == nil || permanent || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConnectionsAreReused(t *testing.T) {
	var mutex sync.Mutex
	clients := map[string]bool{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		clients[r.RemoteAddr] = true
		mutex.Unlock()
		_, _ = io.WriteString(w, strings.Repeat("x", 10000))
	}))
	defer server.Close()
	downstream := deliver.NewHTTP(server.URL, deliver.HTTPOptions{Workers: 4, Timeout: time.Minute})
	for range 20 {
		if err := downstream.Deliver(t.Context(), delivery); err != nil {
			t.Fatal(err)
		}
	}
	if len(clients) != 1 {
		t.Errorf("20 requests, one after the other, over %d connections", len(clients))
	}
}

// vault is a Secrets Manager with one secret.
type vault struct {
	mutex sync.Mutex
	token string
	reads int
	err   error
}

func (v *vault) GetSecretValue(_ context.Context, in *secretsmanager.GetSecretValueInput, _ ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.reads++
	if *in.SecretId != "arn" {
		return nil, errors.New("no such secret")
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: aws.String(v.token + "\n")}, v.err
}

func TestToken(t *testing.T) {
	accepted := "new"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+accepted {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	v := &vault{token: "new"}
	secret := deliver.NewSecret(v, "arn")
	downstream := deliver.NewHTTP(server.URL, deliver.HTTPOptions{Workers: 4, Timeout: time.Minute, Tokens: secret})
	for range 3 {
		if err := downstream.Deliver(t.Context(), delivery); err != nil {
			t.Fatal(err)
		}
	}
	if v.reads != 1 {
		t.Errorf("read %d times for three events, want once", v.reads)
	}
	accepted = "rotated"
	err := downstream.Deliver(t.Context(), delivery)
	if permanent, _, _ := deliver.Class(err); err == nil || permanent {
		t.Errorf("a token that is refused although it is the newest: %v", err)
	}
}

func TestTokenIsReadAnewWhenRefused(t *testing.T) {
	v := &vault{token: "old"}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer old" {
			v.mutex.Lock()
			v.token = "rotated"
			v.mutex.Unlock()
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	secret := deliver.NewSecret(v, "arn")
	deliver.ReadLongAgo(t.Context(), secret)
	if err := deliver.NewHTTP(server.URL, deliver.HTTPOptions{Workers: 4, Timeout: time.Minute, Tokens: secret}).Deliver(t.Context(), delivery); err != nil {
		t.Errorf("%v, want the rotated token to be used", err)
	}
}

func TestUnreadableTokenIsTransient(t *testing.T) {
	for name, v := range map[string]*vault{"error": {err: errors.New("throttled")}, "empty": {}} {
		secret := deliver.NewSecret(v, "arn")
		err := deliver.NewHTTP("http://127.0.0.1:1", deliver.HTTPOptions{Workers: 4, Timeout: time.Minute, Tokens: secret}).Deliver(t.Context(), delivery)
		if permanent, _, _ := deliver.Class(err); err == nil || permanent {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLog(t *testing.T) {
	var log strings.Builder
	if err := deliver.NewLog(slog.New(slog.NewTextHandler(&log, nil))).Deliver(t.Context(), delivery); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "messageId=m1") || strings.Contains(log.String(), "12345678901234567890") {
		t.Errorf("logged %s", log.String())
	}
	log.Reset()
	sent := deliver.Delivery{IdempotencyKey: `direct["+4915112345678",1,"+4915187654321"]`, Event: event.Event{Type: "+4915112345678"}}
	if err := deliver.NewLog(slog.New(slog.NewTextHandler(&log, nil))).Deliver(t.Context(), sent); err != nil || strings.Contains(log.String(), "+49") {
		t.Errorf("%v, logged what a sender can choose: %s", err, log.String())
	}
}

// TestPublicationsOfOneEventAreSentAlike: an idempotency key must not come with two bodies.
func TestPublicationsOfOneEventAreSentAlike(t *testing.T) {
	body := func(id event.Scalar) string {
		return string(deliver.Body(event.Event{Envelope: event.EventBridge, Type: "t", Source: "s", ID: id, Payload: []byte(`{"a":1}`)}))
	}
	if first, second := body(`"one"`), body(`"two"`); first != second {
		t.Errorf("%s and %s", first, second)
	}
}
