package downstream

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"cc-eventbridge/local/background"
)

// Command is the subcommand under which a program that calls Start has to call Serve.
const Command = "downstream"

// tokenVariable hands the token to the process.
const tokenVariable = "DOWNSTREAM_TOKEN"

// Process is a downstream in a process of its own, which outlives the program that started it.
type Process struct {
	// URL takes events.
	URL string
	// Base is where State is read.
	Base string
	PID  int
}

// Serve runs the downstream until it is killed.
func Serve(ctx context.Context) error {
	if err := background.Serve(ctx, &Server{Token: os.Getenv(tokenVariable)}); err != nil {
		return fmt.Errorf("serving the downstream: %w", err)
	}
	return nil
}

// Start runs this program's subcommand Command and returns when it listens. The process keeps the files of held open
// for as long as it lives.
func Start(program, token, log string, held ...*os.File) (*Process, error) {
	base, pid, err := background.StartServer(background.Command{
		Program: program, Args: []string{Command}, Env: []string{tokenVariable + "=" + token}, Log: log, Held: held,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the downstream: %w", err)
	}
	return &Process{URL: base + "/events", Base: base, PID: pid}, nil
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
