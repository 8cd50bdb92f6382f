package e2e

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
)

const (
	killedMessages = 1000
	kills          = 30
	killTimeout    = 3 * time.Second // of the function
)

// TestKilled kills the function's processes at random moments, 30 times in 1,000 messages. With ten receives nothing is lost or
// dead-lettered. With three some are dead-lettered, since a kill spends a receive of its whole batch. An event is delivered
// twice only if its process was killed in the call, or before the invocation could write down that it was over.
func TestKilled(t *testing.T) {
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skip("finds the function's processes in /proc")
	}
	for _, receives := range []int{10, 3} {
		t.Run(fmt.Sprintf("maxReceiveCount %d", receives), func(t *testing.T) {
			t.Parallel()
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			r := rand.New(rand.NewPCG(seed, 0))
			called := &calls{DownstreamServer: cloud.DownstreamServer{Token: cloud.Token}, events: map[net.Conn][]call{}, cut: map[string]bool{}}
			server := called.serve(t)
			c := newFixture(t, fmt.Sprintf("local-killed-%d", receives), map[string]string{
				"downstreamUrl": server + "/events", "maxReceiveCount": strconv.Itoa(receives), "maximumConcurrency": "4", "batchingWindowSeconds": "0",
				"functionTimeoutSeconds": strconv.Itoa(int(killTimeout.Seconds())),
			})
			c.downstream.URL = server
			c.up()
			var messages []traffic.Message
			for range killedMessages {
				extra := map[string]any{"demoDelayMs": r.IntN(400)}
				messages = append(messages, traffic.Bare(traffic.Direct(r, extra))...)
			}
			killed := make(chan int)
			go func() { killed <- c.kill(r) }()
			c.send(messages...)
			if n := <-killed; n < kills {
				t.Errorf("killed %d times, want %d: there was no process left to kill", n, kills)
			}
			c.survived(called, receives)
			c.must(c.stack.Destroy(c.ctx))
		})
	}
}

// survived says what became of the messages.
func (c *fixture) survived(called *calls, receives int) {
	report, err := c.pipeline.Report(c.ctx, c.deliveries())
	c.must(err)
	twice, named := 0, 0
	for _, d := range c.deliveries() {
		if d.Received < 2 {
			continue
		}
		twice++
		if called.wasCut(d.Key) {
			named++
			c.t.Logf("delivered %d times, its process was killed in between: %s", d.Received, d.Key)
		} else {
			c.t.Errorf("%s was delivered %d times, and no call of it was cut off", d.Key, d.Received)
		}
	}
	// Every kill spends a receive of up to ten messages. A message is dead-lettered when that happens at each of its receives.
	spent := float64(kills*10) / float64(killedMessages+kills*10)
	c.t.Logf("maxReceiveCount %d: %d messages, %d kills: %d lost, %d dead-lettered (model: %.1f), %d of %d twice named",
		receives, report.Sent, kills, report.Lost, report.DeadLettered, killedMessages*math.Pow(spent, float64(receives)), named, twice)
	if report.Lost > 0 || report.Quarantined > 0 || receives > 3 && report.DeadLettered > 0 {
		c.t.Errorf("%+v, want nothing lost, quarantined or dead-lettered", report)
	}
}

// kill kills a process of the function every now and then, in the midst of its work, and returns how often it did.
func (c *fixture) kill(r *rand.Rand) (killed int) {
	const most = 600 * time.Millisecond
	for killed < kills && c.ctx.Err() == nil {
		select {
		case <-c.ctx.Done():
		case <-time.After(time.Duration(r.Int64N(int64(most)))): // a moment is what is drawn, not what is waited for
		}
		waiting, err := c.pipeline.Waiting(c.ctx)
		if processes := functionProcesses(c.outputs[contract.OutputFunction], c.endpoint); err == nil && len(processes) > 0 && waiting > 0 {
			if syscall.Kill(processes[r.IntN(len(processes))], syscall.SIGKILL) == nil {
				killed++
			}
		}
	}
	return killed
}

// functionProcesses are the processes of a function that an emulator runs. Their environment says so.
func functionProcesses(name, endpoint string) (pids []int) {
	environments, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range environments {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended, or is somebody else's
		}
		variables := bytes.Split(content, []byte{0})
		has := func(variable string) bool {
			return slices.ContainsFunc(variables, func(v []byte) bool { return string(v) == variable })
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil && has("AWS_LAMBDA_FUNCTION_NAME="+name) && has("AWS_ENDPOINT_URL="+endpoint) {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	return pids
}

// call is one call of the downstream.
type call struct {
	key   string
	ended time.Time // zero while it is under way
}

// calls is a downstream that knows which of its calls were cut off: those on a connection that closed while they were under way,
// or before the invocation that made them was over.
type calls struct {
	cloud.DownstreamServer

	mutex  sync.Mutex
	events map[net.Conn][]call
	cut    map[string]bool
}

type connectionKey struct{}

func (c *calls) serve(t *testing.T) (address string) {
	server := httptest.NewUnstartedServer(c)
	server.Config.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		return context.WithValue(ctx, connectionKey{}, conn)
	}
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			c.closed(conn)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}

func (c *calls) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, _ := r.Context().Value(connectionKey{}).(net.Conn)
	key, err := url.PathUnescape(r.Header.Get("Idempotency-Key"))
	if conn == nil || err != nil || key == "" {
		c.DownstreamServer.ServeHTTP(w, r)
		return
	}
	c.mutex.Lock()
	c.events[conn] = append(c.events[conn], call{key: key})
	c.mutex.Unlock()
	c.DownstreamServer.ServeHTTP(w, r)
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if all := c.events[conn]; len(all) > 0 {
		all[len(all)-1].ended = time.Now()
	}
}

func (c *calls) closed(conn net.Conn) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, call := range c.events[conn] {
		if call.ended.IsZero() || time.Since(call.ended) < killTimeout {
			c.cut[call.key] = true
		}
	}
	delete(c.events, conn)
}

func (c *calls) wasCut(key string) bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.cut[key]
}
