package deliver_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
)

func TestOpen(t *testing.T) {
	got := http.Header{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	defer server.Close()
	var log strings.Builder
	env := deliver.Environment{Log: slog.New(slog.NewTextHandler(&log, nil)), Workers: 1, Secrets: &vault{token: "token"}}
	send := func(target contract.Target) {
		t.Helper()
		downstream, err := deliver.Open(target, env)
		if err != nil {
			t.Fatal(err)
		}
		if err := downstream.Deliver(t.Context(), delivery); err != nil {
			t.Error(err)
		}
	}
	send(contract.Target{Name: "a", Kind: contract.TargetHTTP, Address: server.URL})
	if got.Get("Idempotency-Key") == "" || got.Get("Authorization") != "" {
		t.Errorf("sent %v", got)
	}
	send(contract.Target{Name: "b", Kind: contract.TargetHTTP, Address: server.URL, Auth: &contract.Auth{Kind: contract.AuthBearer, SecretARN: "arn"}})
	if got.Get("Authorization") != "Bearer token" {
		t.Errorf("sent %v", got)
	}
	send(contract.Target{Name: "c", Kind: contract.TargetLog})
	if !strings.Contains(log.String(), "messageId=m1") {
		t.Errorf("logged %s", log.String())
	}
	for want, target := range map[string]contract.Target{
		`open target "d": there is no kind "pigeon"`:         {Name: "d", Kind: "pigeon"},
		`open target "e": there is no kind of auth "secret"`: {Name: "e", Kind: contract.TargetHTTP, Auth: &contract.Auth{Kind: "secret", SecretARN: "arn"}},
	} {
		if _, err := deliver.Open(target, env); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
