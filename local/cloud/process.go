package cloud

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	headerTimeout = 10 * time.Second
	stopGrace     = 5 * time.Second
	pollEvery     = 100 * time.Millisecond
)

// command is what to run.
type command struct {
	Program string
	Args    []string
	// Env is added to the caller's. Secrets go here: a command line is there for every user of the machine to see.
	Env []string
	Dir string
	// Log gets what the process prints to standard error, and to standard output after its address.
	Log string
	// Held are files that the process keeps open for as long as it lives.
	Held []*os.File
}

func (c command) command(log *os.File) *exec.Cmd {
	cmd := exec.Command(c.Program, c.Args...) //nolint:noctx // it outlives this program on purpose
	cmd.Dir, cmd.Env, cmd.ExtraFiles = c.Dir, append(os.Environ(), c.Env...), c.Held
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

// start starts a process and returns its id and a channel that says when it ends.
func start(c command) (pid int, ended <-chan error, err error) {
	log, err := os.Create(c.Log)
	if err != nil {
		return 0, nil, fmt.Errorf("opening the log: %w", err)
	}
	defer log.Close()
	cmd := c.command(log)
	cmd.Stdout = log
	if err := cmd.Start(); err != nil {
		return 0, nil, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	return cmd.Process.Pid, done, nil
}

// startServer starts a process that calls serve and returns the address that it listens on.
func startServer(c command) (address string, pid int, err error) {
	log, err := os.Create(c.Log)
	if err != nil {
		return "", 0, fmt.Errorf("opening the log: %w", err)
	}
	defer log.Close()
	cmd := c.command(log)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", 0, err
	}
	if err := cmd.Start(); err != nil {
		return "", 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() { _ = cmd.Wait() }()
	if err != nil {
		Stop(cmd.Process.Pid)
		return "", 0, fmt.Errorf("it ended without an address (see %s): %w", c.Log, err)
	}
	return strings.TrimSpace(line), cmd.Process.Pid, nil
}

// serve serves on a free loopback port, prints the address for startServer to read, and goes on until ctx ends.
func serve(ctx context.Context, handler http.Handler) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("looking for a free port on 127.0.0.1: %w; end programs that hold ports", err)
	}
	if _, err := fmt.Printf("http://%s\n", listener.Addr()); err != nil {
		return fmt.Errorf("printing the address: %w", err)
	}
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout,
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// ask sends a request with in as JSON, if that is not nil, and reads the answer into out.
func ask(ctx context.Context, method, url string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return fmt.Errorf("encoding a request to %s: %w", url, err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return fmt.Errorf("making a request: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("asking %s: %w", url, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10)) // what there is of it
		return fmt.Errorf("%s %s was answered with %d: %s", method, url, resp.StatusCode, strings.TrimSpace(string(text)))
	}
	if out == nil {
		return nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return fmt.Errorf("reading the answer to %s %s: %w", method, url, err)
	}
	return nil
}

// Stop ends a process that was started here, and all that it started itself.
func Stop(pid int) {
	if syscall.Kill(-pid, syscall.SIGTERM) != nil {
		return
	}
	for deadline := time.Now().Add(stopGrace); time.Now().Before(deadline); time.Sleep(pollEvery) {
		if syscall.Kill(-pid, 0) != nil {
			return
		}
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}
