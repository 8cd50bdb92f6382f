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

	"cc-eventbridge/local/background"
	"cc-eventbridge/local/demo"
	"cc-eventbridge/local/downstream"
	"cc-eventbridge/local/emulator"
	"cc-eventbridge/local/events"
	"cc-eventbridge/local/intake"
	"cc-eventbridge/local/stack"
	"cc-eventbridge/local/toolchain"
	"cc-eventbridge/local/workspace"
)

// limit bounds one test; a deployment takes seconds, a dead letter waits for two back-offs.
const limit = 8 * time.Minute

// cloud is an emulator, a downstream and one stack of a test's own.
type cloud struct {
	t          *testing.T
	ctx        context.Context
	w          *workspace.Workspace
	endpoint   string
	account    aws.Config
	downstream *downstream.Server
	base       string
	stack      *stack.Stack
	outputs    map[string]string
}

// newCloud starts everything and initialises the stack name with the demo's configuration and set on top.
func newCloud(t *testing.T, name string, set map[string]string) *cloud {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the embedded cloud")
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	w, err := workspace.Find(os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	tools, err := toolchain.Ensure(ctx, w, true)
	if err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Start(ctx, w, tools.MiniStack, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { background.Stop(e.PID) })
	c := &cloud{t: t, ctx: ctx, w: w, endpoint: e.Endpoint, account: intake.Account(e.Endpoint, stack.Region), downstream: &downstream.Server{Token: demo.Token}}
	server := httptest.NewServer(c.downstream)
	t.Cleanup(server.Close)
	c.base = server.URL
	if c.stack, err = stack.New(w, tools, name, c.endpoint); err != nil {
		t.Fatal(err)
	}
	config := demo.Config(server.URL + "/events")
	for key, value := range set {
		config[key] = value
	}
	c.must(c.stack.Init(ctx, config))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(workspace.Tail(e.Log))
		}
	})
	return c
}

func (c *cloud) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// up deploys and reads the outputs.
func (c *cloud) up() {
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
func (c *cloud) preview() []step {
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
func (c *cloud) send(messages []events.Message) []string {
	c.t.Helper()
	writer, err := intake.AsWriter(c.ctx, c.account, c.outputs["writerRoleArn"], demo.ExternalID)
	c.must(err)
	ids, err := intake.Send(c.ctx, writer, c.outputs["ingestionQueueUrl"], messages)
	c.must(err)
	c.quiet()
	return ids
}

func (c *cloud) quiet() {
	c.t.Helper()
	c.must(intake.AwaitQuiet(c.ctx, c.account, c.outputs["ingestionQueueUrl"], func(int) {}))
}

// payloads is where claim checks point to.
func (c *cloud) payloads() events.Payloads {
	return events.Payloads{Bucket: c.outputs["payloadBucket"], Endpoint: c.endpoint}
}

func (c *cloud) peek(output string) []intake.Message {
	c.t.Helper()
	messages, err := intake.Peek(c.ctx, c.account, c.outputs[output])
	c.must(err)
	return messages
}

func (c *cloud) deliveries() []downstream.Delivery {
	c.t.Helper()
	state, err := downstream.Read(c.ctx, c.base)
	c.must(err)
	if state.Unauthorised > 0 {
		c.t.Errorf("%d deliveries came without the bearer token", state.Unauthorised)
	}
	return state.Deliveries
}
