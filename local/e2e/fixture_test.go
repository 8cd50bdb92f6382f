// Package e2e tries the product as a user would: the real Pulumi CLI, the real program and the real function, on the
// embedded cloud.
package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"cc-eventbridge/function/contract"
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
	downstream cloud.Downstream
	stack      *cloud.Stack
	outputs    map[string]string
	pipeline   *traffic.Pipeline
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
	c := &fixture{t: t, ctx: ctx, w: w, endpoint: e.Endpoint, account: cloud.Account(e.Endpoint, cloud.Region)}
	server := httptest.NewServer(&cloud.DownstreamServer{Token: cloud.Token})
	t.Cleanup(server.Close)
	c.downstream.URL = server.URL
	if c.stack, err = cloud.NewStack(w, tools, name, c.endpoint); err != nil {
		t.Fatal(err)
	}
	config := cloud.Config(c.downstream.Events())
	maps.Copy(config, set)
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
	if name := c.outputs[contract.OutputFunction]; name != "" {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		c.t.Log(cloud.FunctionLog(ctx, c.account, name))
	}
}

// up deploys, reads the outputs and opens the pipeline.
func (c *fixture) up() {
	c.t.Helper()
	c.must(c.stack.Up(c.ctx))
	outputs, err := c.stack.Outputs(c.ctx)
	c.must(err)
	c.outputs = outputs
	c.pipeline, err = traffic.Open(c.ctx, c.endpoint, outputs)
	c.must(err)
}

// step is what a preview says of one resource.
type step struct {
	Op           string                     `json:"op"`
	URN          string                     `json:"urn"`
	DetailedDiff map[string]json.RawMessage `json:"detailedDiff"`
}

// preview returns the steps that change something.
func (c *fixture) preview(options ...string) []step {
	c.t.Helper()
	out, err := c.stack.Run(c.ctx, append([]string{"preview", "--json", "--non-interactive"}, options...)...)
	c.must(err)
	var preview struct{ Steps []step }
	c.must(json.Unmarshal([]byte(out), &preview))
	return slices.DeleteFunc(preview.Steps, func(s step) bool { return s.Op == "same" || s.Op == "refresh" })
}

func (s step) String() string {
	name := s.URN[strings.LastIndex(s.URN, "::")+2:]
	kinds := strings.Split(strings.Split(s.URN, "::")[2], "$")
	return fmt.Sprintf("%s %s %s", s.Op, kinds[len(kinds)-1], name)
}

// send puts messages on the ingestion queue as the writer role, waits until the queue is quiet, and returns them as sent.
func (c *fixture) send(messages ...traffic.Message) []traffic.Sent {
	c.t.Helper()
	sent, err := c.pipeline.Send(c.ctx, messages...)
	c.must(err)
	c.quiet()
	return sent
}

func (c *fixture) quiet() {
	c.t.Helper()
	c.must(c.pipeline.AwaitQuiet(c.ctx, func(int) {}))
}

func (c *fixture) deliveries() []cloud.Delivery {
	c.t.Helper()
	deliveries, err := c.downstream.Deliveries(c.ctx)
	c.must(err)
	return deliveries
}

// onceEach wants so many events to have taken effect, each of them once.
func (c *fixture) onceEach(events int) {
	c.t.Helper()
	deliveries := c.deliveries()
	if len(deliveries) != events {
		c.t.Errorf("%d events were delivered, want all %d", len(deliveries), events)
	}
	for _, d := range deliveries {
		if d.Received != 1 {
			c.t.Errorf("%s took effect %d times, want once", d.Key, d.Received)
		}
	}
}

// oneMore waits until the downstream has one event more than before.
func (c *fixture) oneMore(before int) {
	c.t.Helper()
	for deadline := time.Now().Add(time.Minute); len(c.deliveries()) == before; time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatal("an event did not arrive downstream within a minute")
		}
	}
}
