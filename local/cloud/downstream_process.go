package cloud

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

// DownstreamCommand is the subcommand under which a program that calls StartDownstream has to call ServeDownstream.
const DownstreamCommand = "downstream"

// tokenVariable hands the token to the process.
const tokenVariable = "DOWNSTREAM_TOKEN"

// DownstreamProcess is a downstream in a process of its own, which outlives the program that started it.
type DownstreamProcess struct {
	// URL takes events.
	URL string
	// Base is where DownstreamState is read.
	Base string
	PID  int
}

// ServeDownstream runs the downstream until it is killed.
func ServeDownstream(ctx context.Context) error {
	if err := serve(ctx, &DownstreamServer{Token: os.Getenv(tokenVariable)}); err != nil {
		return fmt.Errorf("serving the downstream: %w", err)
	}
	return nil
}

// StartDownstream runs this program's subcommand DownstreamCommand and returns when it listens. The process keeps the files of held open
// for as long as it lives.
func StartDownstream(program, token, log string, held ...*os.File) (*DownstreamProcess, error) {
	base, pid, err := startServer(command{
		Program: program, Args: []string{DownstreamCommand}, Env: []string{tokenVariable + "=" + token}, Log: log, Held: held,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the downstream: %w", err)
	}
	return &DownstreamProcess{URL: base + "/events", Base: base, PID: pid}, nil
}

// ReadDownstream asks a downstream what it received.
func ReadDownstream(ctx context.Context, base string) (DownstreamState, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/deliveries", nil)
	if err != nil {
		return DownstreamState{}, fmt.Errorf("asking the downstream what it received: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return DownstreamState{}, fmt.Errorf("asking the downstream what it received: %w", err)
	}
	defer resp.Body.Close()
	var state DownstreamState
	if err := json.NewDecoder(resp.Body).Decode(&state); err != nil {
		return DownstreamState{}, fmt.Errorf("reading what the downstream received: %w", err)
	}
	return state, nil
}
