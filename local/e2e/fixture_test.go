// Package e2e tries the product as a user would: the real Pulumi CLI, the real program and the real function, on the
// embedded cloud.
package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
)

// limit bounds one test; a deployment takes seconds, a dead letter waits for two back-offs.
const limit = 8 * time.Minute

// fixture is an emulator, a downstream and one stack of a test's own.
type fixture struct {
	t          *testing.T
	ctx        context.Context
	w          *cloud.Workspace
	endpoint   string
	account    aws.Config
	downstream *cloud.DownstreamServer
	base       string
	stack      *cloud.Stack
	outputs    map[string]string
}

// newFixture starts everything and initialises the stack name with the demo's configuration and set on top.
func newFixture(t *testing.T, name string, set map[string]string) *fixture {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the embedded cloud")
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	w, err := cloud.FindWorkspace(os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	tools, err := cloud.EnsureTools(ctx, w, true)
	if err != nil {
		t.Fatal(err)
	}
	e, err := cloud.StartEmulator(ctx, w, tools.MiniStack, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cloud.Stop(e.PID) })
	c := &fixture{t: t, ctx: ctx, w: w, endpoint: e.Endpoint, account: cloud.Account(e.Endpoint, cloud.Region), downstream: &cloud.DownstreamServer{Token: cloud.Token}}
	server := httptest.NewServer(c.downstream)
	t.Cleanup(server.Close)
	c.base = server.URL
	if c.stack, err = cloud.NewStack(w, tools, name, c.endpoint); err != nil {
		t.Fatal(err)
	}
	config := cloud.Config(server.URL + "/events")
	for key, value := range set {
		config[key] = value
	}
	c.must(c.stack.Init(ctx, config))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(cloud.Tail(e.Log))
			c.logFunction()
		}
	})
	return c
}

func (c *fixture) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// logFunction logs what the deployed function wrote, while its log group is there. The test's own context may be over.
func (c *fixture) logFunction() {
	if name := c.outputs["functionName"]; name != "" {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		c.t.Log(cloud.FunctionLog(ctx, c.account, name))
	}
}

// up deploys and reads the outputs.
func (c *fixture) up() {
	c.t.Helper()
	c.must(c.stack.Up(c.ctx))
	outputs, err := c.stack.Outputs(c.ctx)
	c.must(err)
	c.outputs = outputs
}

// step is what a preview says of one resource.
type step struct {
	Op           string                     `json:"op"`
	URN          string                     `json:"urn"`
	DetailedDiff map[string]json.RawMessage `json:"detailedDiff"`
}

// preview returns the steps that change something.
func (c *fixture) preview() []step {
	c.t.Helper()
	out, err := c.stack.Run(c.ctx, "preview", "--json", "--non-interactive")
	c.must(err)
	var preview struct{ Steps []step }
	c.must(json.Unmarshal([]byte(out), &preview))
	return slices.DeleteFunc(preview.Steps, func(s step) bool { return s.Op == "same" })
}

func (s step) String() string {
	name := s.URN[strings.LastIndex(s.URN, "::")+2:]
	kinds := strings.Split(strings.Split(s.URN, "::")[2], "$")
	return fmt.Sprintf("%s %s %s", s.Op, kinds[len(kinds)-1], name)
}

// send puts messages on the ingestion queue as the writer role, and waits until the queue is quiet.
func (c *fixture) send(messages []traffic.Message) []string {
	c.t.Helper()
	writer, err := traffic.AsWriter(c.ctx, c.account, c.outputs["writerRoleArn"], cloud.ExternalID)
	c.must(err)
	ids, err := traffic.Send(c.ctx, writer, c.outputs["ingestionQueueUrl"], messages)
	c.must(err)
	c.quiet()
	return ids
}

func (c *fixture) quiet() {
	c.t.Helper()
	c.must(traffic.AwaitQuiet(c.ctx, c.account, c.outputs["ingestionQueueUrl"], func(int) {}))
}

// payloads is where claim checks point to.
func (c *fixture) payloads() traffic.Payloads {
	return traffic.Payloads{Bucket: c.outputs["payloadBucket"], Endpoint: c.endpoint}
}

func (c *fixture) peek(output string) []traffic.Queued {
	c.t.Helper()
	messages, err := traffic.Peek(c.ctx, c.account, c.outputs[output])
	c.must(err)
	return messages
}

func (c *fixture) deliveries() []cloud.Delivery {
	c.t.Helper()
	state, err := cloud.ReadDownstream(c.ctx, c.base)
	c.must(err)
	if state.Unauthorised > 0 {
		c.t.Errorf("%d deliveries came without the bearer token", state.Unauthorised)
	}
	return state.Deliveries
}
