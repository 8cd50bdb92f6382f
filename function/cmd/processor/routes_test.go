package main

import (
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/process"
)

// TestRoutesAreWired has two events go to their targets through the real clients, each with its own token.
func TestRoutesAreWired(t *testing.T) {
	var (
		mutex sync.Mutex
		calls []string
	)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		switch operation {
		case "BatchExecuteStatement":
			_, _ = io.WriteString(w, `{"Responses":[`+strings.TrimSuffix(strings.Repeat("{},", strings.Count(string(body), `"Statement"`)), ",")+`]}`)
		case "GetSecretValue":
			name := "other"
			if strings.Contains(string(body), "crm-secret") {
				name = "crm"
			}
			_, _ = io.WriteString(w, `{"SecretString":"token of `+name+`"}`)
		default:
			mutex.Lock()
			defer mutex.Unlock()
			calls = append(calls, r.URL.Path+" "+r.Header.Get("Authorization"))
		}
	}))
	defer server.Close()
	http1 := func(name, secret string) contract.Target {
		target := contract.Target{Name: name, Kind: contract.TargetHTTP, Address: server.URL + "/" + name}
		if secret != "" {
			target.Auth = &contract.Auth{Kind: contract.AuthBearer, SecretARN: secret}
		}
		return target
	}
	s := settings{
		DedupTableName: "t", DedupRetention: time.Hour, IngestionQueueURL: server.URL + "/1/in", ValidationQueueURL: server.URL + "/1/bad",
		QueueVisibilityTimeout: time.Hour, MessageRetention: time.Hour, MaxReceiveCount: 3,
		Routes: []contract.Route{
			{Name: "calls", Topics: []string{"telephony.*"}, Targets: []contract.Target{http1("crm", "crm-secret"), http1("wfm", "wfm-secret")}},
			{Name: "rest", Targets: []contract.Target{http1("crm", "crm-secret"), http1("open", ""), {Name: "log", Kind: contract.TargetLog}}},
		},
		Region: "eu-central-1", EndpointURL: server.URL, AccessKeyID: "id", SecretAccessKey: "key",
	}
	config := configure(s)
	config.Log = slog.New(slog.DiscardHandler)
	if err := connect(&config, s, new(slog.LevelVar), new(net.Dialer).DialContext); err != nil {
		t.Fatal(err)
	}
	if config.Routes[0].Targets[0].Downstream != config.Routes[1].Targets[0].Downstream {
		t.Error("a target of two routes has two clients")
	}
	response, err := process.New(config).Invoke(t.Context(), []byte(`{"Records":[
		{"messageId":"m1","receiptHandle":"r1","body":"{\"event\":{\"type\":\"telephony.x\",\"data\":{\"id\":\"1\"}},\"timestamp\":1}"},
		{"messageId":"m2","receiptHandle":"r2","body":"{\"event\":{\"type\":\"other\",\"data\":{\"id\":\"1\"}},\"timestamp\":1}"}]}`))
	if err != nil || string(response) != `{"batchItemFailures":[]}` {
		t.Fatalf("%s, %v", response, err)
	}
	counted := map[string]int{}
	for _, call := range calls {
		counted[call]++
	}
	for call, want := range map[string]int{"/crm Bearer token of crm": 2, "/wfm Bearer token of other": 1, "/open ": 1} {
		if counted[call] != want {
			t.Errorf("%q %d times, want %d: %v", call, counted[call], want, calls)
		}
	}
}

func TestTargetsThatCantBeOpenedAreNamed(t *testing.T) {
	_, err := routes([]contract.Route{
		{Name: "calls", Targets: []contract.Target{{Name: "one", Kind: "pigeon"}, {Name: "two", Kind: "raven"}}},
	}, func(target contract.Target) (deliver.Downstream, error) {
		return nil, errors.New("no " + string(target.Kind))
	})
	const want = "route calls: no pigeon\nroute calls: no raven"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	config := process.Config{Log: slog.New(slog.DiscardHandler)}
	err = connect(&config, settings{Routes: []contract.Route{{Name: "calls", Targets: []contract.Target{{Name: "one", Kind: "pigeon"}}}}}, new(slog.LevelVar), nil)
	if err == nil || err.Error() != `route calls: open target "one": there is no kind "pigeon"` {
		t.Errorf("%v", err)
	}
}
