package cloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

const startDeadline = 60 * time.Second

// Emulator is a running MiniStack.
type Emulator struct {
	// Endpoint is the URL of every AWS service.
	Endpoint string
	// PID is what Stop takes.
	PID int
	Log string
}

// StartEmulator runs the program with a data folder and a log that bear name, and returns when it answers. The process
// outlives the caller: call Stop with its PID. It keeps the files of held open for as long as it lives.
func StartEmulator(ctx context.Context, w *Workspace, program, name string, held ...*os.File) (*Emulator, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	home := w.Path("emulator", name)
	if err := errors.Join(os.RemoveAll(home), os.MkdirAll(home, 0o755)); err != nil {
		return nil, fmt.Errorf("making the emulator's folder: %w", err)
	}
	e := &Emulator{Endpoint: "http://127.0.0.1:" + strconv.Itoa(port), Log: home + ".log"}
	pid, ended, err := start(command{
		Program: program, Dir: home, Log: e.Log, Held: held,
		Env: []string{
			"BIND_HOST=127.0.0.1", "GATEWAY_PORT=" + strconv.Itoa(port), "MINISTACK_HOST=127.0.0.1",
			"TMPDIR=" + home, "STATE_DIR=" + home, "PERSIST_STATE=0",
			// The functions that it starts find it by this.
			"AWS_ENDPOINT_URL=" + e.Endpoint,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	e.PID = pid
	if err := e.await(ctx, ended); err != nil {
		Stop(e.PID)
		return nil, fmt.Errorf("starting the emulator: %w\n%s", err, Tail(e.Log))
	}
	return e, nil
}

func (e *Emulator) await(ctx context.Context, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, startDeadline)
	defer cancel()
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-ended:
			return fmt.Errorf("it ended at once: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("it did not answer within %s: %w", startDeadline, ctx.Err())
		case <-ticker.C:
			if healthy(ctx, e.Endpoint) {
				return nil
			}
		}
	}
}

func healthy(ctx context.Context, endpoint string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_ministack/health", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port on 127.0.0.1: %w; end programs that hold ports, or set AWS_ENDPOINT_URL to "+
			"an emulator that already runs", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
