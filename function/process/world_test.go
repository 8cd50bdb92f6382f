package process_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/flags"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/metrics"
	"cc-eventbridge/function/payload"
	"cc-eventbridge/function/process"
	"cc-eventbridge/function/schema"
)

// world is everything around a processor: a table, the queues and a downstream, all with behaviour of their own.
type world struct {
	config     process.Config
	table      *dynamofake.Table
	queues     *queues
	downstream *downstream
	payloads   payloads
	flags      *flagsSet
	staleFlags bool
	metrics    lines
	log        lines
	processes  uint64
	// wrap changes what a processor is made from.
	wrap func(*process.Config)
}

func newWorld() *world {
	return &world{
		config: process.Config{
			TableName: "dedup", IngestionQueueURL: "ingestion", ValidationQueueURL: "validation",
			DedupRetention: 14 * 24 * time.Hour, QueueVisibilityTimeout: 725 * time.Second,
			MessageRetention: 7 * 24 * time.Hour, MaxReceiveCount: 3,
			ClaimChecks: decode.ClaimCheckRules{Bucket: "bucket", Region: "eu-central-1", Prefixes: []string{contract.ProducerPrefix, contract.QuarantinePrefix}},
		},
		table:      dynamofake.New("dedup", "eventId"),
		queues:     &queues{visibility: map[string][]int32{}},
		downstream: &downstream{runs: map[string]int{}},
		payloads:   payloads{},
	}
}

type flagsSet = flags.Set[*schema.Registry]

// set puts a flags document into effect.
func (w *world) set(t testing.TB, document string) {
	t.Helper()
	parsed, err := flags.Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	registry, err := schema.New().With(parsed.Schemas())
	if err != nil {
		t.Fatal(err)
	}
	w.flags = &flagsSet{Document: parsed, Registry: registry}
}

// fixedFlags are flags that nobody changes.
type fixedFlags struct {
	set   *flagsSet
	stale bool
}

func (f fixedFlags) Current() *flagsSet         { return f.set }
func (fixedFlags) Poke()                        {}
func (f fixedFlags) Fresh(context.Context) bool { return !f.stale }
func (fixedFlags) Settle(context.Context)       {}

// payloads are the objects of the payload bucket, by key.
type payloads map[string]func(ctx context.Context) ([]byte, error)

func (p payloads) Read(ctx context.Context, key string, limit int) ([]byte, error) {
	object, ok := p[key]
	if !ok {
		return nil, &payload.Error{Reason: payload.MissingObject, Detail: "it is not there"}
	}
	body, err := object(ctx)
	if len(body) > limit {
		return nil, &payload.Error{Reason: payload.ObjectTooLarge, Detail: "it is too large"}
	}
	return body, err
}

// holds puts an object into the bucket.
func (p payloads) holds(key, body string) {
	p[key] = func(context.Context) ([]byte, error) { return []byte(body), nil }
}

// lines is what several invocations write at the same time.
type lines struct {
	mutex sync.Mutex
	text  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.Write(p)
}

func (l *lines) Reset() {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.text.Reset()
}

func (l *lines) String() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.text.String()
}

// processor is a process of its own: another one draws other tokens.
func (w *world) processor() *process.Processor {
	w.processes++
	config := w.config
	config.DynamoDB, config.SQS, config.Downstream, config.Payloads = w.table, w.queues, w.downstream, w.payloads
	config.Random, config.Log = rand.NewPCG(1, w.processes), slog.New(slog.NewJSONHandler(&w.log, nil))
	config.Metrics = metrics.NewWriter(&w.metrics, "processor")
	if w.flags != nil {
		config.Flags = fixedFlags{w.flags, w.staleFlags}
	}
	if w.wrap != nil {
		w.wrap(&config)
	}
	return process.New(config)
}

// invoke runs one invocation with a timeout of two minutes and returns the failed message ids.
func (w *world) invoke(t *testing.T, messages ...message) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	return w.invokeWith(ctx, t, w.processor(), messages...)
}

func (w *world) invokeWith(ctx context.Context, t *testing.T, p *process.Processor, messages ...message) []string {
	t.Helper()
	response, err := p.Invoke(ctx, batchOf(t, messages...))
	if err != nil {
		t.Fatalf("Invoke: %v", err)
	}
	var parsed struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(response, &parsed); err != nil || parsed.BatchItemFailures == nil {
		t.Fatalf("response %s: %v", response, err)
	}
	failed := []string{}
	for _, failure := range parsed.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}
	return failed
}

// states are the states of the table's items.
func (w *world) states() []string {
	states := []string{}
	for _, item := range w.table.Items() {
		states = append(states, item["state"].(*types.AttributeValueMemberS).Value)
	}
	return states
}

type message struct {
	id, body string
	receives int
}

// event is a message with a direct event of the given number.
func event(n int) message {
	return message{id: "m" + strconv.Itoa(n), body: directBody(n, "hello")}
}

func directBody(n int, text string) string {
	return fmt.Sprintf(`{"event":{"type":"telephony.call.created","data":{"id":"c%d","text":%q}},"timestamp":"2026-01-02T03:04:05.678Z"}`, n, text)
}

func keyOf(n int) string {
	return fmt.Sprintf(`direct["telephony.call.created","2026-01-02T03:04:05.678Z","c%d"]`, n)
}

func events(from, to int) []message {
	var messages []message
	for n := from; n < to; n++ {
		messages = append(messages, event(n))
	}
	return messages
}

func batchOf(t testing.TB, messages ...message) []byte {
	t.Helper()
	type record struct {
		MessageID     string            `json:"messageId"`
		ReceiptHandle string            `json:"receiptHandle"`
		Body          string            `json:"body"`
		Attributes    map[string]string `json:"attributes"`
	}
	var batch struct{ Records []record }
	batch.Records = []record{}
	for _, m := range messages {
		batch.Records = append(batch.Records, record{
			MessageID: m.id, ReceiptHandle: "r-" + m.id, Body: m.body,
			Attributes: map[string]string{
				"ApproximateReceiveCount": strconv.Itoa(max(m.receives, 1)),
				"SentTimestamp":           strconv.FormatInt(time.Now().UnixMilli(), 10),
			},
		})
	}
	payload, err := json.Marshal(batch)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

// queues are both queues.
type queues struct {
	mutex       sync.Mutex
	quarantined []sqstypes.SendMessageBatchRequestEntry
	visibility  map[string][]int32 // by receipt handle
	sendErr     error
	changeErr   error
	rejectSend  bool
}

func (q *queues) SendMessageBatch(_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.sendErr != nil {
		return nil, q.sendErr
	}
	out := &sqs.SendMessageBatchOutput{}
	for _, entry := range in.Entries {
		if q.rejectSend {
			out.Failed = append(out.Failed, sqstypes.BatchResultErrorEntry{Id: entry.Id, Code: aws.String("InternalError")})
			continue
		}
		q.quarantined = append(q.quarantined, entry)
		out.Successful = append(out.Successful, sqstypes.SendMessageBatchResultEntry{Id: entry.Id})
	}
	return out, nil
}

func (q *queues) ChangeMessageVisibilityBatch(_ context.Context, in *sqs.ChangeMessageVisibilityBatchInput, _ ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.changeErr != nil {
		return nil, q.changeErr
	}
	for _, entry := range in.Entries {
		q.visibility[*entry.ReceiptHandle] = append(q.visibility[*entry.ReceiptHandle], entry.VisibilityTimeout)
	}
	return &sqs.ChangeMessageVisibilityBatchOutput{}, nil
}

// reasons are the quarantined messages' reasons, sorted.
func (q *queues) reasons() []string {
	reasons := []string{}
	for _, entry := range q.quarantined {
		reasons = append(reasons, *entry.MessageAttributes["reason"].StringValue)
	}
	slices.Sort(reasons)
	return reasons
}

// downstream counts runs by key and answers as told.
type downstream struct {
	mutex  sync.Mutex
	runs   map[string]int
	answer func(ctx context.Context, delivery deliver.Delivery) error
}

func (d *downstream) Deliver(ctx context.Context, delivery deliver.Delivery) error {
	d.mutex.Lock()
	d.runs[delivery.IdempotencyKey]++
	answer := d.answer
	d.mutex.Unlock()
	if answer == nil {
		return nil
	}
	return answer(ctx, delivery)
}

// answers changes what is answered, while a delivery that was left behind may still be under way.
func (d *downstream) answers(answer func(context.Context, deliver.Delivery) error) {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	d.answer = answer
}

func (d *downstream) total() int {
	d.mutex.Lock()
	defer d.mutex.Unlock()
	total := 0
	for _, runs := range d.runs {
		total += runs
	}
	return total
}
