package cli

import (
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cc-eventbridge/function/contract"
)

const (
	callers = "000000000000" // the account of the credentials
	secret  = "+49 30 1234567"
)

// server is an AWS API with a validation and an ingestion queue and a bucket. Messages are hidden once they are read.
type server struct {
	*httptest.Server
	t       *testing.T
	mutex   sync.Mutex
	queues  map[string][]*message
	objects map[string]int
	onSend  func()
	refused string // the code of every answer
	stack   deployed
	// moving is the status of a message move that SQS has under way; "" for none.
	moving string
	// call is told of each call of SQS before anything is done. It says whether the call never arrives, and what is to be done after
	// it; nil for nothing.
	call func() (lost bool, after func())
}

type message struct {
	id, body   string
	attributes map[string]any
	hidden     bool
}

func newServer(t *testing.T) *server {
	t.Helper()
	onlyEnvironment(t)
	s := &server{t: t, queues: map[string][]*message{"validation": nil, "ingestion": nil}, objects: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL", s.URL)
	t.Setenv("AWS_MAX_ATTEMPTS", "1")
	return s
}

func (s *server) url(account, name string) string { return s.URL + "/" + account + "/" + name }

func (s *server) quarantine(messages int) {
	for i := range messages {
		s.queues["validation"] = append(s.queues["validation"], &message{id: fmt.Sprint("m", i), body: fmt.Sprintf(`{"caller":%q,"n":%d}`, secret, i)})
	}
}

// deadLetter puts calls into the dead-letter queue, each with an attribute of its own.
func (s *server) deadLetter(messages int) {
	for i := range messages {
		s.queues["dead"] = append(s.queues["dead"], &message{
			id: fmt.Sprint("d", i), body: callOf(i),
			attributes: map[string]any{"n": map[string]string{"DataType": "Number", "StringValue": strconv.Itoa(i)}},
		})
	}
}

// quarantineCalls puts calls into the validation queue, as the function would.
func (s *server) quarantineCalls(messages int) {
	for i := range messages {
		s.queues["validation"] = append(s.queues["validation"], &message{
			id: fmt.Sprint("q", i), body: callOf(i), attributes: quarantinedFor("schema-mismatch", fmt.Sprintf(
				`{"messageAttributes":{"n":{"dataType":"Number","stringValue":"%d"}}}`, i)),
		})
	}
}

// callOf is an event that the function takes, with something personal in it.
func callOf(i int) string {
	return fmt.Sprintf(`{"event":{"type":"telephony.call.created","data":{"id":"c%d","ani":%q}},"timestamp":"2026-01-02T03:04:05Z"}`, i, secret)
}

func quarantinedFor(reason, original string) map[string]any {
	text := func(s string) map[string]string { return map[string]string{"DataType": "String", "StringValue": s} }
	return map[string]any{
		contract.QuarantineReason: text(reason), contract.QuarantineStage: text("validate"), contract.QuarantineOriginal: text(original),
	}
}

// reveal has the time be over for which messages are hidden.
func (s *server) reveal() {
	for _, messages := range s.queues {
		for _, m := range messages {
			m.hidden = false
		}
	}
}

func (s *server) refuse(code string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.refused = code
}

// hidden is how many messages are hidden, of all queues.
func (s *server) hidden() int {
	hidden := 0
	for name := range s.queues {
		hidden += s.hiddenOf(name)
	}
	return hidden
}

func (s *server) hiddenOf(name string) int {
	hidden := 0
	for _, m := range s.queues[name] {
		if m.hidden {
			hidden++
		}
	}
	return hidden
}

func (s *server) serve(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, operation, isSQS := strings.Cut(r.Header.Get("X-Amz-Target"), "AmazonSQS.")
	switch {
	case s.stack.serves(w, r):
	case r.Method == http.MethodPut:
		if !strings.HasPrefix(r.URL.Path, "/payloads-1/") {
			http.Error(w, "<Error><Code>NoSuchBucket</Code><Message>none</Message></Error>", http.StatusNotFound)
			return
		}
		s.objects[r.URL.Path]++
	case !isSQS:
		fmt.Fprintf(w, "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>", callers)
	default:
		answer, code := s.sqs(operation, r)
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		if code != "" {
			w.WriteHeader(http.StatusBadRequest)
			answer = map[string]any{"__type": "com.amazonaws.sqs#" + code, "message": "no"}
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			s.t.Error(err)
		}
	}
}

func (s *server) sqs(operation string, r *http.Request) (answer map[string]any, code string) {
	var in struct {
		QueueURL      string `json:"QueueUrl"`
		MessageBody   string
		ReceiptHandle string
		Entries       []struct{ ID, ReceiptHandle string }
		SourceArn     string

		MessageAttributes map[string]any
	}
	switch err := json.NewDecoder(r.Body).Decode(&in); {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, "InternalError" // a caller that was killed
	case err != nil:
		s.t.Error(err)
	}
	name := path.Base(in.QueueURL)
	if in.SourceArn != "" {
		in.QueueURL, name = "/"+callers+"/", strings.TrimPrefix(in.SourceArn, "arn:")
	}
	if s.call != nil {
		lost, after := s.call()
		if lost {
			return nil, "InternalError"
		}
		if after != nil {
			defer after()
		}
	}
	if s.refused != "" {
		return nil, s.refused
	}
	if _, ok := s.queues[name]; !ok || !strings.Contains(in.QueueURL, "/"+callers+"/") {
		return nil, "QueueDoesNotExist"
	}
	switch operation {
	case "GetQueueAttributes":
		return map[string]any{"Attributes": map[string]string{
			"ApproximateNumberOfMessages": strconv.Itoa(len(s.queues[name]) - s.hiddenOf(name)), "ApproximateNumberOfMessagesNotVisible": strconv.Itoa(s.hiddenOf(name)),
			"QueueArn": "arn:" + name,
		}}, ""
	case "ListMessageMoveTasks":
		results := []any{}
		if s.moving != "" {
			results = append(results, map[string]any{"Status": s.moving, "ApproximateNumberOfMessagesMoved": 7, "TaskHandle": "task-1"})
		}
		return map[string]any{"Results": results}, ""
	case "ReceiveMessage":
		return map[string]any{"Messages": s.receive(name)}, ""
	case "SendMessage":
		s.queues[name] = append(s.queues[name], &message{body: in.MessageBody, attributes: in.MessageAttributes})
		if s.onSend != nil {
			s.onSend()
		}
		return map[string]any{"MessageId": "sent", "MD5OfMessageBody": sum(in.MessageBody)}, ""
	case "DeleteMessage":
		s.queues[name] = slices.DeleteFunc(s.queues[name], func(m *message) bool { return m.id == in.ReceiptHandle })
	case "ChangeMessageVisibilityBatch":
		for _, entry := range in.Entries {
			for _, m := range s.queues[name] {
				m.hidden = m.hidden && m.id != entry.ReceiptHandle
			}
		}
		return map[string]any{"Successful": []any{}, "Failed": []any{}}, ""
	default:
		s.t.Errorf("%s was called", operation)
	}
	return map[string]any{}, ""
}

func (s *server) receive(name string) []map[string]any {
	var messages []map[string]any
	for _, m := range s.queues[name] {
		if m.hidden || len(messages) == 10 {
			continue
		}
		m.hidden = true
		attributes := m.attributes
		if attributes == nil {
			attributes = quarantinedFor("schema-mismatch", `{"messageAttributes":{}}`)
		}
		messages = append(messages, map[string]any{
			"MessageId": m.id, "ReceiptHandle": m.id, "Body": m.body, "MD5OfBody": sum(m.body),
			"Attributes": map[string]string{
				"SentTimestamp": strconv.FormatInt(time.Now().Add(-time.Minute).UnixMilli(), 10), "ApproximateReceiveCount": "1",
			},
			"MessageAttributes": attributes,
		})
	}
	return messages
}

func sum(body string) string {
	digest := md5.Sum([]byte(body))
	return hex.EncodeToString(digest[:])
}
