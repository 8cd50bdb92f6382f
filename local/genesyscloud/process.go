package genesyscloud

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

	"cc-eventbridge/genesys/genesystest"
)

// Command is the subcommand under which a program that calls Start has to call Serve.
const Command = "genesyscloud"

// optionsVariable hands the options to the process; a command line would show the client's secret to every user.
const optionsVariable = "GENESYS_DOUBLE_OPTIONS"

// Options say what the double of Genesys Cloud is like.
type Options struct {
	OrganizationID string `json:"organizationId"`
	ClientID       string `json:"clientId"`
	ClientSecret   string `json:"clientSecret"`
	// AWSEndpoint is where events are published.
	AWSEndpoint string `json:"awsEndpoint"`
	// Activation is how long an integration takes to become active.
	Activation time.Duration `json:"activation"`
}

// Process is a double in a process of its own, which outlives the program that started it.
type Process struct {
	// URL is the address of the API and of the login service: apiBaseUrl and loginBaseUrl of the provider.
	URL string
	PID int
}

// Serve runs the double on a free loopback port, prints its address and goes on until it is killed.
func Serve(ctx context.Context) error {
	var o Options
	if err := json.Unmarshal([]byte(os.Getenv(optionsVariable)), &o); err != nil {
		return errors.New("reading the options of the double of Genesys Cloud: " + optionsVariable + " should hold them as JSON")
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("looking for a free port on 127.0.0.1 for the double of Genesys Cloud: %w; end programs that hold ports", err)
	}
	if _, err := fmt.Printf("http://%s\n", listener.Addr()); err != nil {
		return fmt.Errorf("printing the address: %w", err)
	}
	server := &http.Server{
		Handler: New(genesystest.Options{
			OrganizationID: o.OrganizationID, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Activation: o.Activation,
		}, o.AWSEndpoint),
		ReadHeaderTimeout: 10 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
	}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the double of Genesys Cloud: %w", err)
	}
	return nil
}

// Start runs this program's subcommand Command in a process group of its own and returns when it listens.
func Start(ctx context.Context, program string, o Options, log string) (*Process, error) {
	options, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encoding the options of the double of Genesys Cloud: %w", err)
	}
	logFile, err := os.Create(log)
	if err != nil {
		return nil, fmt.Errorf("opening the log of the double of Genesys Cloud: %w", err)
	}
	defer logFile.Close()
	// It outlives the caller, and so the caller's context.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), program, Command)
	cmd.Env = append(os.Environ(), optionsVariable+"="+string(options))
	cmd.Stderr = logFile
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("starting the double of Genesys Cloud: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the double of Genesys Cloud: %w", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	go func() { _ = cmd.Wait() }()
	if err != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		return nil, fmt.Errorf("starting the double of Genesys Cloud: it ended without an address (see %s): %w", log, err)
	}
	return &Process{URL: strings.TrimSpace(line), PID: cmd.Process.Pid}, nil
}
