package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/local/traffic"
)

// opsSeed is the variable that repeats the moments of TestOps.
const opsSeed = "E2E_OPS_SEED"

// TestOps has an operator clean up after an outage: half of the events are dead letters, half are quarantined, and all of them can
// succeed now. The operator's command is killed at random moments; in the end each event has taken effect once.
func TestOps(t *testing.T) {
	t.Parallel()
	const each = 60
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(opsSeed); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s=%d", opsSeed, seed)
	random := rand.New(rand.NewPCG(seed, 0))
	c := newFixture(t, "local-ops", map[string]string{"maxReceiveCount": "1", "batchingWindowSeconds": "0"})
	c.up()
	o := newOperator(c)
	var bodies []string
	for range each {
		bodies = append(bodies,
			traffic.Direct(random, map[string]any{"demoFail": 1}), traffic.Direct(random, map[string]any{"demoFail": 1, "demoStatus": 422}))
	}
	c.send(traffic.Bare(bodies...)...)
	if got := o.waiting("dlq", "list", "--limit", "0"); got != each {
		t.Fatalf("%d dead letters are listed, want %d", got, each)
	}
	if got := o.waiting("quarantine", "list", "--reason", "downstream-422", "--limit", "0"); got != each {
		t.Fatalf("%d quarantined messages are listed, want %d", got, each)
	}
	for _, command := range [][]string{{"dlq", "redrive"}, {"quarantine", "replay"}} {
		command = append(command, "--yes", "--sample", "0", "--rate", "20", "--hide", "12s")
		for range 2 {
			o.killed(time.Duration(500+random.IntN(1500))*time.Millisecond, command...)
			o.nothingHidden()
		}
		o.run(command...)
	}
	c.quiet()
	c.onceEach(2 * each)
	o.pausesAndResumes()
	before := len(c.deliveries())
	o.run("probe", "--yes")
	if got := len(c.deliveries()) - before; got != 1 {
		t.Errorf("a probe delivered %d events", got)
	}
	o.run("promote", "--yes", "1")
	o.run("capacity", "--duration", "100ms", "--events-per-batch", "5")
	began := time.Now()
	queues := o.queues()
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("ops status took %s, should be less than 2 s", took)
	}
	for i, q := range queues {
		if q.Waiting+q.InFlight > 0 {
			t.Errorf("queue %d has %d messages left", i, q.Waiting+q.InFlight)
		}
	}
}

// pausesAndResumes wants the stack to know of it as the command says: not in a preview, but in one that refreshes.
func (o *operator) pausesAndResumes() {
	o.t.Helper()
	const topic = "telephony.call.created"
	o.run("pause", "consumer", "--yes")
	o.run("pause", "topic", "--yes", "--now", topic)
	if steps := o.preview(); len(steps) > 0 {
		o.t.Errorf("a preview shows %v, should show nothing", steps)
	}
	if steps := o.preview("--refresh"); len(steps) != 1 || !strings.HasPrefix(steps[0].String(), "update aws:lambda/eventSourceMapping:") {
		o.t.Errorf("a preview that refreshes shows %v, should show the mapping alone", steps)
	}
	before := len(o.deliveries())
	_, err := o.pipeline.Send(o.ctx, traffic.Bare(traffic.Direct(rand.New(rand.NewPCG(7, 7)), nil))...)
	o.must(err)
	o.run("resume", "topic", "--yes", "--now", topic)
	if got := len(o.deliveries()); got != before {
		o.t.Errorf("%d events were delivered while the consumer was stopped", got-before)
	}
	o.run("resume", "consumer", "--yes")
	o.oneMore(before)
	o.quiet()
}

// operator runs the operator's command on a fixture's stack.
type operator struct {
	*fixture
	program, outputs string
}

func newOperator(c *fixture) *operator {
	c.t.Helper()
	folder := c.t.TempDir()
	o := &operator{fixture: c, program: filepath.Join(folder, "ops"), outputs: filepath.Join(folder, "outputs.json")}
	build := exec.CommandContext(c.ctx, "go", "build", "-o", o.program, "./ops")
	build.Dir = c.w.Root
	if out, err := build.CombinedOutput(); err != nil {
		c.t.Fatalf("building ops: %v: %s", err, out)
	}
	text, err := json.Marshal(c.outputs)
	c.must(err)
	c.must(os.WriteFile(o.outputs, text, 0o600))
	return o
}

func (o *operator) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, o.program, append(args, "--outputs", o.outputs)...)
	command.Env = append(os.Environ(), "AWS_ENDPOINT_URL="+o.endpoint, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test")
	return command
}

// run returns what a command writes to standard output, and wants it to succeed.
func (o *operator) run(args ...string) string {
	o.t.Helper()
	command := o.command(o.ctx, args...)
	var problems strings.Builder
	command.Stderr = &problems
	out, err := command.Output()
	if err != nil {
		o.t.Fatalf("ops %s: %v: %s", strings.Join(args, " "), err, problems.String())
	}
	return string(out)
}

// killed runs a command that is killed after a time.
func (o *operator) killed(after time.Duration, args ...string) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.ctx, after)
	defer cancel()
	out, err := o.command(ctx, args...).CombinedOutput() // exec kills it when the time is up
	if ended, ok := errors.AsType[*exec.ExitError](err); !ok || ended.ExitCode() != -1 {
		o.t.Errorf("ops %s was not killed after %s: %v: %s", strings.Join(args, " "), after, err, out)
	}
}

// waiting is how many messages a list says there are.
func (o *operator) waiting(args ...string) int {
	o.t.Helper()
	lines := strings.Split(strings.TrimSpace(o.run(append(args, "--json")...)), "\n")
	var end struct{ Matched int }
	o.must(json.Unmarshal([]byte(lines[len(lines)-1]), &end))
	return end.Matched
}

// queues are the stack's queues as the status has them.
func (o *operator) queues() (queues []struct{ Waiting, InFlight int }) {
	o.t.Helper()
	var status struct {
		Queues *[]struct{ Waiting, InFlight int }
	}
	status.Queues = &queues
	o.must(json.Unmarshal([]byte(o.run("status", "--json")), &status))
	return queues
}

// nothingHidden waits until the queues give out what a killed run had hidden.
func (o *operator) nothingHidden() {
	o.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		hidden := 0
		for _, q := range o.queues() {
			hidden += q.InFlight
		}
		if hidden == 0 {
			return
		}
		if time.Now().After(deadline) {
			o.t.Fatalf("%d messages are still hidden after a minute", hidden)
		}
	}
}
