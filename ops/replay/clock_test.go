package replay_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/ops/replay"
)

// TestTheQueuesClockCounts has the SDK's client talk to a queue whose clock is five minutes behind this machine's: a message
// that came a minute ago by that clock is old, one that came a minute after the run's beginning is new.
func TestTheQueuesClockCounts(t *testing.T) {
	const behind = 5 * time.Minute
	queueNow := time.Now().Add(-behind)
	var receives, sent atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Header().Set("Date", queueNow.UTC().Format(http.TimeFormat))
		answer := map[string]any{}
		switch _, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); operation {
		case "ReceiveMessage":
			if receives.Add(1) > 1 {
				break
			}
			var messages []map[string]any
			for id, at := range map[string]time.Time{"old": queueNow.Add(-time.Minute), "new": queueNow.Add(time.Minute)} {
				original := map[string]string{"DataType": "String", "StringValue": `{"messageAttributes":{}}`}
				messages = append(messages, map[string]any{
					"MessageId": id, "ReceiptHandle": id, "Body": id, "MessageAttributes": map[string]any{"original": original},
					"Attributes": map[string]string{"SentTimestamp": fmt.Sprint(at.UnixMilli())},
				})
			}
			answer["Messages"] = messages
		case "SendMessage":
			var in struct{ MessageBody string }
			if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.MessageBody != "old" {
				t.Errorf("%q was sent, %v", in.MessageBody, err)
			}
			sent.Add(1)
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	client := sqs.New(sqs.Options{
		Region: "eu-central-1", BaseEndpoint: aws.String(server.URL), DisableMessageChecksumValidation: true,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	})
	summary, err := replay.Run(t.Context(), client, replay.Options{From: validation, To: ingestion})
	if err != nil || summary != (replay.Summary{Replayed: 1, Left: 1}) || sent.Load() != 1 {
		t.Errorf("%+v, %v, %d sent", summary, err, sent.Load())
	}
}
