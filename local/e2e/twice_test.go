package e2e

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/lambdatest"
	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
)

// TestTwoProcessesDeliverEachEventOnce gives the same 1,000 events to two processes of the deployed function at the same
// time, in batches of 100 in the same order, as SQS does when it delivers everything twice. They share the stack's dedup
// table and downstream and nothing else.
func TestTwoProcessesDeliverEachEventOnce(t *testing.T) {
	t.Parallel()
	const total, size = 1000, 100
	c := newFixture(t, "local-twice", map[string]string{"consumerEnabled": "false"})
	c.up()
	r := rand.New(rand.NewPCG(3, 3))
	var records []record
	for i := range total {
		// The delay makes the run longer than what one process may start behind the other on a busy machine.
		records = append(records, c.record(i, traffic.Direct(r, map[string]any{"demoDelayMs": 50})))
	}

	var all sync.WaitGroup
	duplicates := make([]int, 2)
	for i, worker := range []*lambdatest.Server{c.startFunction(), c.startFunction()} {
		all.Go(func() {
			for batch := range slices.Chunk(records, size) {
				duplicates[i] += c.processed(worker, batch)
			}
		})
	}
	all.Wait()

	c.onceEach(total)
	if duplicates[0]+duplicates[1] == 0 {
		t.Error("no message came back because its event was in progress elsewhere: the processes did not run at the same time")
	}
	c.must(c.stack.Destroy(c.ctx))
}

// record is a message as an event source mapping hands it over.
type record struct {
	MessageID      string            `json:"messageId"`
	ReceiptHandle  string            `json:"receiptHandle"`
	Body           string            `json:"body"`
	Attributes     map[string]string `json:"attributes"`
	EventSource    string            `json:"eventSource"`
	EventSourceARN string            `json:"eventSourceARN"`
}

func (c *fixture) record(i int, body string) record {
	return record{
		MessageID: fmt.Sprintf("m-%d", i), ReceiptHandle: fmt.Sprintf("r-%d", i), Body: body,
		Attributes: map[string]string{
			"ApproximateReceiveCount": "1", "SentTimestamp": strconv.FormatInt(time.Now().UnixMilli(), 10),
		},
		EventSource: "aws:sqs", EventSourceARN: c.outputs[contract.OutputIngestionQueueARN],
	}
}

// startFunction runs the deployed function as Lambda does, with the environment that the stack gave it.
func (c *fixture) startFunction() *lambdatest.Server {
	c.t.Helper()
	function, err := lambda.NewFromConfig(c.account).GetFunctionConfiguration(c.ctx,
		&lambda.GetFunctionConfigurationInput{FunctionName: aws.String(c.outputs[contract.OutputFunction])})
	c.must(err)
	server, err := lambdatest.Listen(c.outputs[contract.OutputFunction])
	c.must(err)
	c.t.Cleanup(func() { c.must(server.Close()) })
	env := []string{
		"AWS_LAMBDA_RUNTIME_API=" + server.Addr(), "AWS_ENDPOINT_URL=" + c.endpoint, "AWS_REGION=" + cloud.Region,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(int(aws.ToInt32(function.MemorySize))),
	}
	for name, value := range function.Environment.Variables {
		env = append(env, name+"="+value)
	}
	bootstrap := c.w.Path("function", string(function.Architectures[0]), "bootstrap")
	process, err := lambdatest.StartProcess(c.ctx, lambdatest.Command{Path: bootstrap, Dir: filepath.Dir(bootstrap), Env: env})
	c.must(err)
	c.t.Cleanup(func() {
		c.must(process.Stop())
		if c.t.Failed() {
			c.t.Log(process.ExitError())
		}
	})
	return server
}

// TestWhatTheDeadlineCutsOffComesBackAtOnce hands a batch to the deployed function that its downstream is too slow for:
// 32 events are delivered at a time, so that some are not started when the deadline nears and some are cut off. None is
// lost, none takes effect twice, and what comes back can be processed by the next invocation at once.
func TestWhatTheDeadlineCutsOffComesBackAtOnce(t *testing.T) {
	t.Parallel()
	c := newFixture(t, "local-deadline", map[string]string{"consumerEnabled": "false"})
	c.up()
	r := rand.New(rand.NewPCG(4, 4))
	var records []record
	for i := range 100 {
		records = append(records, c.record(i, traffic.Direct(r, map[string]any{"demoDelayMs": 800})))
	}
	function := c.startFunction()
	function.Timeout = 4 * time.Second
	if cameBack := c.processed(function, records); cameBack == 0 {
		t.Error("all of the batch was done before its deadline: it cut off nothing")
	}
	c.onceEach(len(records))
	c.must(c.stack.Destroy(c.ctx))
}

// processed hands a batch to a function until every message of it is acknowledged, and returns how many came back.
func (c *fixture) processed(function *lambdatest.Server, batch []record) (cameBack int) {
	for attempt := 0; len(batch) > 0; attempt++ {
		payload, err := json.Marshal(map[string]any{"Records": batch})
		if err != nil {
			c.t.Error(err)
			return cameBack
		}
		result, err := function.Invoke(c.ctx, fmt.Sprintf("%s-%d", batch[0].MessageID, attempt), payload)
		if err != nil {
			c.t.Error(err)
			return cameBack
		}
		var response struct {
			BatchItemFailures []struct{ ItemIdentifier string }
		}
		if err := json.Unmarshal(result.Body, &response); err != nil {
			c.t.Errorf("the response is %s: %v", result.Body, err)
			return cameBack
		}
		cameBack += len(response.BatchItemFailures)
		batch = slices.DeleteFunc(slices.Clone(batch), func(r record) bool {
			return !slices.ContainsFunc(response.BatchItemFailures, func(f struct{ ItemIdentifier string }) bool { return f.ItemIdentifier == r.MessageID })
		})
	}
	return cameBack
}
