package downstream

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Command is the subcommand under which a program that calls Start has to call Serve.
const Command = "downstream"

// tokenVariable hands the token to the process; a command line would show it to every user of the machine.
const tokenVariable = "DOWNSTREAM_TOKEN"

// Process is a downstream in a process of its own, which outlives the program that started it.
type Process struct {
	// URL takes events.
	URL string
	// Base is where State is read.
	Base string
	PID  int
}

// Serve runs the downstream on a free loopback port, prints its address and goes on until it is killed.
func Serve(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("looking for a free port on 127.0.0.1 for the downstream: %w; end programs that hold ports", err)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	server := &http.Server{
		Handler:           &Server{Token: os.Getenv(tokenVariable)},
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the downstream: %w", err)
	}
	return nil
}

// Start runs this program's subcommand Command in a process group of its own and returns when it listens. The process
// keeps the files of held open for as long as it lives.
func Start(program, token, log string, held ...*os.File) (*Process, error) {
	logFile, err := os.Create(log)
	if err != nil {
		return nil, fmt.Errorf("opening the downstream's log: %w", err)
	}
	defer logFile.Close()
	cmd := exec.Command(program, Command) //nolint:noctx // it outlives this program on purpose
	cmd.Env = append(os.Environ(), tokenVariable+"="+token)
	cmd.Stderr = logFile
	cmd.ExtraFiles = held
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the downstream: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the downstream: %w", err)
	}
	go func() { _ = cmd.Wait() }()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return nil, fmt.Errorf("starting the downstream: it ended without an address (see %s): %w", log, err)
	}
	base := strings.TrimSpace(line)
	return &Process{URL: base + "/events", Base: base, PID: cmd.Process.Pid}, nil
}

// Read asks a downstream what it received.
func Read(ctx context.Context, base string) (State, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/deliveries", nil)
	if err != nil {
		return State{}, fmt.Errorf("asking the downstream what it received: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return State{}, fmt.Errorf("asking the downstream what it received: %w", err)
	}
	defer resp.Body.Close()
	var state State
	if err := json.NewDecoder(resp.Body).Decode(&state); err != nil {
		return State{}, fmt.Errorf("reading what the downstream received: %w", err)
	}
	return state, nil
}
