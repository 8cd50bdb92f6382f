package e2e

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddbtypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/local/traffic"
)

// killVariable has the kill tests run at full size: 1,000 messages, at least 30 kills.
const killVariable = "E2E_KILLS"

// TestKilledFunctions kills the function's processes at random moments while they work. With ten receives nothing is lost or
// dead-lettered, and an event takes effect twice only where a kill fell between its effect and its record.
func TestKilledFunctions(t *testing.T) {
	t.Parallel()
	messages, kills := 300, 8
	if os.Getenv(killVariable) != "" {
		messages, kills = 1000, 40
	}
	k := newKills(t, "local-kill", 10, 250*time.Millisecond)
	report := k.run(messages, kills)
	if report.killed < kills {
		t.Errorf("%d processes were killed, should be %d", report.killed, kills)
	}
	if report.cut == 0 {
		t.Error("no kill cut off a call: the test proves little")
	}
	if report.deadLettered > 0 {
		t.Errorf("%d messages were dead-lettered, should be none with ten receives", report.deadLettered)
	}
}

// TestKillsSpendReceives kills as many processes as it can, with three receives. A kill spends a receive of all messages
// of its batch, so that some are dead-lettered: as many as a model says.
func TestKillsSpendReceives(t *testing.T) {
	if os.Getenv(killVariable) == "" {
		t.Skip("set " + killVariable + "=1 to run it")
	}
	t.Parallel()
	const receives = 3
	k := newKills(t, "local-kill-few", receives, 200*time.Millisecond)
	report := k.run(1000, math.MaxInt)
	share := float64(report.failed) / float64(report.batches)
	model := float64(report.messages) * math.Pow(share, receives)
	// Messages share their batch's fate ten at a time, so that what is dead-lettered comes in tens.
	spread := math.Sqrt(10 * model)
	t.Logf("%d of %d batches were killed; with %d receives the model has %.0f ± %.0f of %d dead-lettered, and %d were",
		report.failed, report.batches, receives, model, spread, report.messages, report.deadLettered)
	if off := math.Abs(float64(report.deadLettered) - model); off > 4*spread+10 {
		t.Errorf("%d were dead-lettered, should be %.0f ± %.0f", report.deadLettered, model, spread)
	}
}

// kills is a stack whose function is killed.
type kills struct {
	*fixture
	random   *rand.Rand
	receiver *receiver
	pause    time.Duration
	table    *dynamodb.Client
	// recorded are the events whose completion the table has. unrecorded took effect and were not completed when their process
	// was killed.
	recorded, unrecorded map[string]bool
}

// killReport is what came of a run.
type killReport struct {
	messages, killed, cut, deadLettered int
	batches, failed                     int
}

func newKills(t *testing.T, name string, receives int, pause time.Duration) *kills {
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv(killVariable + "_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%s_SEED=%d", killVariable, seed)
	k := &kills{
		random: rand.New(rand.NewPCG(seed, 0)), receiver: newReceiver(seed), pause: pause,
		recorded: map[string]bool{}, unrecorded: map[string]bool{},
	}
	server := httptest.NewUnstartedServer(k.receiver)
	server.Config.ConnState = k.receiver.connection
	server.Start()
	t.Cleanup(server.Close)
	k.fixture = newFixture(t, name, map[string]string{
		"downstreamUrl": server.URL, "maxReceiveCount": strconv.Itoa(receives), "maximumConcurrency": "2", "batchingWindowSeconds": "0",
		// A lease ends 3 s after the invocation's deadline: before its messages are visible again.
		"functionTimeoutSeconds": "4", "visibilityTimeoutSeconds": "8",
	})
	k.up()
	k.table = dynamodb.NewFromConfig(k.account)
	return k
}

// run sends messages, kills up to so many processes while there are messages on the queue, and balances the account.
func (k *kills) run(messages, most int) killReport {
	k.t.Helper()
	var bodies []string
	for range messages {
		bodies = append(bodies, traffic.Direct(k.random, nil))
	}
	quiet, cancel := context.WithCancel(k.ctx)
	defer cancel()
	killed := make(chan int, 1)
	go func() { killed <- k.kill(quiet, most) }()
	_, err := k.pipeline.Send(k.ctx, traffic.Bare(bodies...)...)
	k.must(err)
	k.quiet()
	cancel()
	report := killReport{messages: messages, killed: <-killed}

	deadLetters, err := k.pipeline.DeadLettered(k.ctx)
	k.must(err)
	quarantined, err := k.pipeline.Quarantined(k.ctx)
	k.must(err)
	report.deadLettered = len(deadLetters)
	dead := map[string]bool{}
	for _, letter := range deadLetters {
		key, err := k.pipeline.Key(k.ctx, traffic.Message{Body: letter.Body})
		k.must(err)
		dead[key] = true
	}
	lost := 0
	for _, body := range bodies {
		key, err := k.pipeline.Key(k.ctx, traffic.Message{Body: body})
		k.must(err)
		if !k.receiver.tookEffect(key) && !dead[key] {
			lost++
		}
	}
	if lost > 0 || len(quarantined) > 0 {
		k.t.Errorf("%d events are lost and %d quarantined, should be none", lost, len(quarantined))
	}
	twice, cutOff, between := k.twice()
	report.cut = k.receiver.cutOff()
	report.batches, report.failed = k.batches()
	k.t.Logf("%d messages, %d kills, %d of %d batches killed, %d calls cut off: %d lost, %d dead-lettered, %d took effect more than once "+
		"(%d cut off in their call, %d killed between the answer and the record)",
		messages, report.killed, report.failed, report.batches, report.cut, lost, report.deadLettered, twice, cutOff, between)
	k.must(k.stack.Destroy(k.ctx))
	return report
}

// twice counts the events that took effect more than once. Each of their effects but the last must be excused: its call was under
// way when its process was killed, or its completion was not recorded yet.
func (k *kills) twice() (twice, cutOff, between int) {
	for key, calls := range k.receiver.effects() {
		if len(calls) == 1 {
			continue
		}
		twice++
		for _, c := range calls[:len(calls)-1] {
			switch {
			case c.cutOff:
				cutOff++
				k.t.Logf("%s: cut off in its call", key)
			case k.unrecorded[key]:
				between++
				k.t.Logf("%s: killed between its answer and its record", key)
			default:
				k.t.Errorf("%s took effect %d times, though no kill fell between its effect and its record", key, len(calls))
			}
		}
	}
	return twice, cutOff, between
}

// kill kills processes of the function until there have been enough, and goes on looking at what the table has until the queue
// is quiet. It returns how many it has killed.
func (k *kills) kill(quiet context.Context, most int) (killed int) {
	for wait(quiet, time.Duration(k.random.Int64N(int64(2*k.pause)))) {
		if processes := k.processes(); killed < most && len(processes) > 0 && k.receiver.busy() {
			if syscall.Kill(processes[k.random.IntN(len(processes))], syscall.SIGKILL) == nil { // it may have ended
				killed++
			}
		}
		k.lookUp()
	}
	return killed
}

// processes are those of the function that the emulator has started.
func (k *kills) processes() (pids []int) {
	home := k.w.Path("emulator", k.stack.Name)
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		program, err := os.Readlink(link)
		if err != nil || filepath.Base(program) != contract.Entrypoint || !strings.HasPrefix(program, home) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(link))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// noticed is how long the receiver may take to notice that the connections of a process have ended.
const noticed = 100 * time.Millisecond

// lookUp asks the table for the events that were answered over connections that have ended since. No message of a killed
// batch is visible again as soon as that.
func (k *kills) lookUp() {
	wait(k.ctx, noticed)
	for _, key := range k.receiver.answeredOverEnded() {
		if k.recorded[key] || k.unrecorded[key] {
			continue
		}
		item, err := k.table.GetItem(k.ctx, &dynamodb.GetItemInput{
			TableName: aws.String(k.outputs[contract.OutputDedupTable]), ConsistentRead: aws.Bool(true),
			Key: map[string]ddbtypes.AttributeValue{contract.TableKey: &ddbtypes.AttributeValueMemberS{Value: key}},
		})
		if err != nil {
			k.t.Errorf("reading the record of %s: %v", key, err)
			continue
		}
		state, _ := item.Item[contract.TableState].(*ddbtypes.AttributeValueMemberS)
		if state != nil && state.Value == contract.StateCompleted {
			k.recorded[key] = true
		} else {
			k.unrecorded[key] = true
		}
	}
}

// batches are how many batches the emulator has handed to the function, and how many of them ended without a response. It has no
// metrics of what comes over an event source mapping.
func (k *kills) batches() (all, failed int) {
	k.t.Helper()
	log, err := os.ReadFile(k.w.Path("emulator", k.stack.Name) + ".log")
	k.must(err)
	failed = strings.Count(string(log), "failed processing SQS batch")
	all = failed + len(processedBatch.FindAll(log, -1))
	if all == 0 {
		k.t.Error("the emulator's log names no batches: it has other words for them now")
	}
	return all, failed
}

var processedBatch = regexp.MustCompile(`processed \d+ SQS messages`)

// receiver is a downstream that knows which calls were under way when a process was killed.
type receiver struct {
	mutex sync.Mutex
	// random is what its delays are drawn from.
	random *rand.Rand
	calls  []*call
	ended  map[string]bool // connections, by the sender's address
	begun  time.Time       // of the last call
}

// call is one delivery.
type call struct {
	key, sender              string
	effect, answered, cutOff bool
}

func newReceiver(seed uint64) *receiver {
	return &receiver{random: rand.New(rand.NewPCG(seed, 1)), ended: map[string]bool{}}
}

// longestDelay is how long it takes to take effect at most, and as long again to answer.
const longestDelay = 150 * time.Millisecond

// ServeHTTP takes an event: after a while it takes effect, and after another the call is answered.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	_, readErr := io.Copy(io.Discard, request.Body)
	key, err := url.PathUnescape(request.Header.Get("Idempotency-Key"))
	if err != nil || readErr != nil || key == "" {
		http.Error(w, "an event has an Idempotency-Key", http.StatusBadRequest)
		return
	}
	c := &call{key: key, sender: request.RemoteAddr}
	r.mutex.Lock()
	r.calls, r.begun = append(r.calls, c), time.Now()
	before, after := time.Duration(r.random.Int64N(int64(longestDelay))), time.Duration(r.random.Int64N(int64(longestDelay)))
	r.mutex.Unlock()

	arrived := wait(request.Context(), before)
	r.mutex.Lock()
	c.effect, c.cutOff = arrived, !arrived
	r.mutex.Unlock()
	if !arrived {
		return
	}
	there := wait(request.Context(), after)
	r.mutex.Lock()
	c.answered, c.cutOff = there, !there
	r.mutex.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// connection notes when a connection ends.
func (r *receiver) connection(conn net.Conn, state http.ConnState) {
	if state == http.StateClosed {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		r.ended[conn.RemoteAddr().String()] = true
	}
}

// busy reports whether events have come lately.
func (r *receiver) busy() bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return time.Since(r.begun) < time.Second
}

// answeredOverEnded are the events that were answered over connections that have ended since.
func (r *receiver) answeredOverEnded() (keys []string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, c := range r.calls {
		if c.answered && r.ended[c.sender] {
			keys = append(keys, c.key)
		}
	}
	return keys
}

func (r *receiver) tookEffect(key string) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.ContainsFunc(r.calls, func(c *call) bool { return c.key == key && c.effect })
}

// cutOff is how many calls ended before they were answered.
func (r *receiver) cutOff() (n int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, c := range r.calls {
		if c.cutOff {
			n++
		}
	}
	return n
}

// effects are the calls that took effect, in order, by event.
func (r *receiver) effects() map[string][]call {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	effects := map[string][]call{}
	for _, c := range r.calls {
		if c.effect {
			effects[c.key] = append(effects[c.key], *c)
		}
	}
	return effects
}

// wait lets time pass, and reports whether the context is still alive.
func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
