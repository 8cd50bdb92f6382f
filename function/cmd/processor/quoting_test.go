package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/function/process"
)

// TestAnswersOfAWSAreNotQuoted has every call to AWS refused with a text that quotes what was sent. The log names the code, and
// has nothing of the event.
func TestAnswersOfAWSAreNotQuoted(t *testing.T) {
	const personal = "4930123456"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"__type":"com.amazon.coral.validate#ValidationException","message":%q}`, "not what was expected: "+string(body))
	}))
	defer server.Close()
	s := settings{
		DedupTableName: "t", DedupRetention: time.Hour, IngestionQueueURL: server.URL + "/1/in", ValidationQueueURL: server.URL + "/1/bad",
		QueueVisibilityTimeout: time.Hour, MessageRetention: time.Hour, MaxReceiveCount: 3, MaximumPayloadBytes: 16 << 20, MemoryMB: 512,
		Region: "eu-central-1", EndpointURL: server.URL, AccessKeyID: "id", SecretAccessKey: "key",
	}
	var log strings.Builder
	config := configure(s)
	config.Log = slog.New(slog.NewTextHandler(&log, nil))
	if err := connect(&config, s, new(slog.LevelVar), new(net.Dialer).DialContext); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for _, body := range []string{
		`{\"event\":{\"type\":\"telephony.call.created\",\"data\":{\"id\":\"` + personal + `\"}},\"timestamp\":1767323045678}`, // the table refuses it
		`not JSON: ` + personal, // the validation queue refuses it
	} {
		log.Reset()
		batch := `{"Records":[{"messageId":"m","receiptHandle":"r","body":"` + body + `"}]}`
		if response, err := process.New(config).Invoke(ctx, []byte(batch)); err != nil || !strings.Contains(string(response), `"m"`) {
			t.Errorf("%s, %v; want the message to fail", response, err)
		}
		if text := log.String(); !strings.Contains(text, "AWS answered ValidationException (status 400") || strings.Contains(text, personal) {
			t.Errorf("the log has no code, or something of the event: %s", text)
		}
	}
}
