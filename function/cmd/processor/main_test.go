package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"cc-eventbridge/function/process"
)

// TestWiring has one event and one bad body go through the real clients to an endpoint that stands for AWS and the
// downstream.
func TestWiring(t *testing.T) {
	var mutex sync.Mutex
	calls := map[string]int{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		target := r.Header.Get("X-Amz-Target")
		if target == "" {
			target = "downstream " + r.Header.Get("Authorization")
		} else if !strings.Contains(r.Header.Get("Authorization"), "Credential=id/") {
			t.Errorf("%s is not signed with the function's credentials", target)
		}
		_, operation, _ := strings.Cut(target, ".")
		mutex.Lock()
		calls[target]++
		mutex.Unlock()
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		switch operation {
		case "BatchExecuteStatement":
			_, _ = io.WriteString(w, `{"Responses":[{}]}`)
		case "GetSecretValue":
			_, _ = io.WriteString(w, `{"SecretString":"token"}`)
		case "SendMessageBatch":
			if !strings.Contains(string(body), `"not json"`) {
				t.Errorf("quarantined %s", body)
			}
			_, _ = io.WriteString(w, `{"Successful":[{"Id":"0","MessageId":"1","MD5OfMessageBody":"`+md5OfNotJSON+`"}]}`)
		}
	}))
	defer server.Close()
	s := settings{
		DedupTableName: "t", DedupRetention: time.Hour, IngestionQueueURL: server.URL + "/1/in", ValidationQueueURL: server.URL + "/1/bad",
		QueueVisibilityTimeout: time.Hour, MessageRetention: time.Hour, MaxReceiveCount: 3,
		DownstreamURL: server.URL, DownstreamSecretARN: "arn:aws:secretsmanager:r:1:secret:s",
		Region: "eu-central-1", EndpointURL: server.URL, AccessKeyID: "id", SecretAccessKey: "key", SessionToken: "session",
	}
	log := slog.New(slog.DiscardHandler)
	config := configure(s)
	config.Log = log
	if err := connect(&config, s, new(slog.LevelVar), new(net.Dialer).DialContext); err != nil {
		t.Fatal(err)
	}
	p := process.New(config)
	if len(calls) > 0 {
		t.Errorf("calls before the first event: %v", calls)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	response, err := p.Invoke(ctx, []byte(`{"Records":[
		{"messageId":"m1","receiptHandle":"r1","body":"{\"event\":{\"type\":\"t\",\"data\":{\"id\":\"1\"}},\"timestamp\":1}"},
		{"messageId":"m2","receiptHandle":"r2","body":"not json"}]}`))
	if err != nil || string(response) != `{"batchItemFailures":[]}` {
		t.Fatalf("%s, %v", response, err)
	}
	for target, want := range map[string]int{
		"DynamoDB_20120810.BatchExecuteStatement": 2, "secretsmanager.GetSecretValue": 1, "AmazonSQS.SendMessageBatch": 1, "downstream Bearer token": 1,
	} {
		if calls[target] != want {
			t.Errorf("%s called %d times, want %d: %v", target, calls[target], want, calls)
		}
	}
}

// md5OfNotJSON is what SQS answers for the body that is sent; the client checks it.
const md5OfNotJSON = "83e12cc6068a0f3c5555be0d55fb01bb"

// TestMemoryBounds: an old stack may allow a payload that the memory is not enough for.
func TestMemoryBounds(t *testing.T) {
	for _, c := range []struct{ memoryMB, allowed, payload, tree int }{
		{128, 16 << 20, 8 << 20, 16 << 20},
		{128, 1 << 20, 1 << 20, 16 << 20},
		{192, 16 << 20, 16 << 20, 24 << 20},
		{512, 16 << 20, 16 << 20, 64 << 20},
		{0, 16 << 20, 16 << 20, 64 << 20},
	} {
		s := settings{MemoryMB: c.memoryMB, MaximumPayloadBytes: c.allowed}
		if payload, tree := configure(s).MaximumPayloadBytes, treeBytes(s); payload != c.payload || tree != c.tree {
			t.Errorf("%d MB and payloads of %d: %d for a payload and %d to validate it, should be %d and %d",
				c.memoryMB, c.allowed, payload, tree, c.payload, c.tree)
		}
	}
}
