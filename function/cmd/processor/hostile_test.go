package main

import (
	"context"
	"crypto/md5" // what SQS answers with
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"cc-eventbridge/function/process"
)

// endpoint stands for AWS: it has one object, a claim check to itself, and takes what is quarantined.
type endpoint struct {
	t       *testing.T
	mutex   sync.Mutex
	reads   int
	reasons map[string]string // by message id
}

const selfPointer = `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"payloads-bucket","s3Key":"payloads/self"}]`

func (a *endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if r.Method == http.MethodGet {
		a.reads++
		if r.URL.Path != "/payloads-bucket/payloads/self" {
			a.t.Errorf("%s is read", r.URL.Path)
		}
		_, _ = io.WriteString(w, selfPointer)
		return
	}
	var sent struct {
		Entries []struct {
			ID                string `json:"Id"`
			MessageBody       string
			MessageAttributes map[string]struct{ StringValue string }
		}
	}
	if err := json.NewDecoder(r.Body).Decode(&sent); err != nil || r.Header.Get("X-Amz-Target") != "AmazonSQS.SendMessageBatch" {
		a.t.Errorf("%s is called: %v", r.Header.Get("X-Amz-Target"), err)
	}
	type result struct{ Id, MessageId, MD5OfMessageBody string }
	var answer struct{ Successful []result }
	for _, entry := range sent.Entries {
		a.reasons[entry.MessageAttributes["messageId"].StringValue] = entry.MessageAttributes["reason"].StringValue
		sum := md5.Sum([]byte(entry.MessageBody))
		answer.Successful = append(answer.Successful, result{entry.ID, "m", hex.EncodeToString(sum[:])})
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	_ = json.NewEncoder(w).Encode(answer)
}

// TestHostileClaimChecks has claim checks to elsewhere go through the real clients. The dialer fails the test when it is
// used for anything but the endpoint.
func TestHostileClaimChecks(t *testing.T) {
	a := &endpoint{t: t, reasons: map[string]string{}}
	server := httptest.NewServer(a)
	defer server.Close()
	at, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != at.Host {
			t.Errorf("%s is contacted", address)
		}
		return new(net.Dialer).DialContext(ctx, network, address)
	}
	cases := []struct{ id, body, reason string }{
		{"another bucket", strings.ReplaceAll(selfPointer, "payloads-bucket", "somebody-elses"), "foreign-bucket"},
		{"another prefix", strings.ReplaceAll(selfPointer, "payloads/self", "secrets/self"), "foreign-prefix"},
		{"up and away", strings.ReplaceAll(selfPointer, "payloads/self", "payloads/../self"), "bad-pointer"},
		{"itself", selfPointer, "pointer-loop"},
		{"a link-local address", `{"payloadUrl":"http://169.254.169.254/latest/meta-data/"}`, "foreign-url"},
		{"this machine", `{"payloadUrl":"http://127.0.0.1:1/payloads-bucket/payloads/self"}`, "foreign-url"},
		{"a foreign host", `{"payloadUrl":"https://payloads-bucket.s3.eu-central-1.amazonaws.com.evil.example/payloads/self"}`, "foreign-url"},
		{"a user name that looks like a host", `{"payloadUrl":"http://` + at.Host + `@evil.example/payloads-bucket/payloads/self"}`, "foreign-url"},
	}
	type record struct {
		MessageID     string `json:"messageId"`
		ReceiptHandle string `json:"receiptHandle"`
		Body          string `json:"body"`
	}
	var batch struct{ Records []record }
	for _, c := range cases {
		batch.Records = append(batch.Records, record{c.id, c.id, c.body})
	}
	payload, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	s := settings{
		DedupTableName: "t", DedupRetention: time.Hour, IngestionQueueURL: server.URL + "/1/in", ValidationQueueURL: server.URL + "/1/bad",
		QueueVisibilityTimeout: time.Hour, MessageRetention: time.Hour, MaxReceiveCount: 3, MaximumPayloadBytes: 16 << 20, MemoryMB: 512,
		PayloadBucket: "payloads-bucket", Region: "eu-central-1", EndpointURL: server.URL, AccessKeyID: "id", SecretAccessKey: "key",
	}
	log := slog.New(slog.DiscardHandler)
	config := configure(s)
	config.Log = log
	if err := connect(&config, s, new(slog.LevelVar), dial); err != nil {
		t.Fatal(err)
	}
	p := process.New(config)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	response, err := p.Invoke(ctx, payload)
	if err != nil || string(response) != `{"batchItemFailures":[]}` {
		t.Fatalf("%s, %v", response, err)
	}
	for _, c := range cases {
		if a.reasons[c.id] != c.reason {
			t.Errorf("%s is refused for %q, want %q", c.id, a.reasons[c.id], c.reason)
		}
	}
	if a.reads != 1 {
		t.Errorf("the bucket is read %d times, want once, for the claim check to itself", a.reads)
	}
}
