package process_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/internal/dynamofake"
	"cc-eventbridge/function/process"
)

// trap panics below one method, at its first call that matches.
type trap struct {
	method, match string
	sprung        atomic.Int64
}

func (p *trap) step(method, argument string) {
	if method == p.method && strings.Contains(argument, p.match) && p.sprung.Add(1) == 1 {
		panic("alice@example.com")
	}
}

type trappedTable struct {
	*dynamofake.Table
	trap *trap
}

func (c trappedTable) BatchExecuteStatement(ctx context.Context, in *dynamodb.BatchExecuteStatementInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchExecuteStatementOutput, error) {
	c.trap.step("BatchExecuteStatement", *in.Statements[0].Statement)
	return c.Table.BatchExecuteStatement(ctx, in, o...)
}

func (c trappedTable) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, o ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	c.trap.step("BatchGetItem", "")
	return c.Table.BatchGetItem(ctx, in, o...)
}

type trappedQueues struct {
	*queues
	trap *trap
}

func (c trappedQueues) SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, o ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error) {
	c.trap.step("SendMessageBatch", "")
	return c.queues.SendMessageBatch(ctx, in, o...)
}

func (c trappedQueues) ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, o ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error) {
	c.trap.step("ChangeMessageVisibilityBatch", "")
	return c.queues.ChangeMessageVisibilityBatch(ctx, in, o...)
}

type trappedStore struct{ trap *trap }

func (c trappedStore) Put(context.Context, string, []byte) error {
	c.trap.step("Put", "")
	return nil
}

func (c trappedStore) Read(context.Context, string, int) ([]byte, error) {
	c.trap.step("Read", "")
	return []byte(directBody(1000, "hello")), nil
}

// TestAPanicBelowAnyClientFailsItsCallAlone has each method of each client panic once, in a batch of new events, a
// duplicate, bad messages, one of them too large for the validation queue, a failing one and a claim check. The process
// survives, the log has no text of the panic, and everything ends as it should when what failed comes again.
func TestAPanicBelowAnyClientFailsItsCallAlone(t *testing.T) {
	const news = 60
	for _, p := range []*trap{
		{method: "BatchExecuteStatement", match: "INSERT"},
		{method: "BatchExecuteStatement", match: `SET "state"`},
		{method: "BatchExecuteStatement", match: "DELETE"},
		{method: "BatchGetItem"},
		{method: "SendMessageBatch"},
		{method: "ChangeMessageVisibilityBatch"},
		{method: "Put"},
		{method: "Read"},
		{method: "Deliver"},
	} {
		t.Run(p.method+" "+p.match, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				w.invoke(t, event(0))
				batch := append(events(0, news),
					message{id: "bad", body: "{"}, message{id: "large", body: strings.Repeat("{", 262144)},
					message{id: "check", body: `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"bucket","s3Key":"payloads/1"}]`})
				failing := keyOf(news - 1)
				w.downstream.answer = func(_ context.Context, d deliver.Delivery) error {
					p.step("Deliver", "")
					if d.IdempotencyKey == failing {
						return errors.New("not now")
					}
					return nil
				}
				w.wrap = func(c *process.Config) {
					c.DynamoDB, c.SQS = trappedTable{w.table, p}, trappedQueues{w.queues, p}
					c.Payloads, c.Oversize = trappedStore{p}, trappedStore{p}
				}
				failed := w.invoke(t, batch...)
				if p.sprung.Load() == 0 {
					t.Fatal("the method was not called")
				}
				if len(failed) > 1+25 {
					t.Errorf("%d messages failed, want those of one call at most", len(failed))
				}
				if strings.Contains(w.log.String(), "alice") {
					t.Error("the log has the text of the panic")
				}
				failing = ""
				time.Sleep(10 * time.Minute) // past every lease
				again := slices.DeleteFunc(slices.Clone(batch), func(m message) bool { return !slices.Contains(failed, m.id) })
				if failed := w.invoke(t, again...); len(failed) > 0 {
					t.Errorf("the second time failed: %v", failed)
				}
				for n := range news {
					if runs := w.downstream.runs[keyOf(n)]; runs == 0 {
						t.Errorf("event %d was not delivered", n)
					}
				}
				if w.downstream.runs[keyOf(1000)] == 0 {
					t.Error("the event behind the claim check was not delivered")
				}
				if got := len(w.queues.quarantined); got != 2 {
					t.Errorf("%d messages are in the validation queue, want 2: %v", got, w.queues.reasons())
				}
				for _, state := range w.states() {
					if state != "completed" {
						t.Errorf("a record is %s", state)
					}
				}
				if got := len(w.states()); got != news+1 {
					t.Errorf("%s records, want %d", strconv.Itoa(got), news+1)
				}
			})
		})
	}
}
