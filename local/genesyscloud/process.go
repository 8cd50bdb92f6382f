package genesyscloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"cc-eventbridge/genesys/genesystest"
	"cc-eventbridge/local/background"
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

// Serve runs the double until it is killed.
func Serve(ctx context.Context) error {
	var o Options
	if err := json.Unmarshal([]byte(os.Getenv(optionsVariable)), &o); err != nil {
		return errors.New("reading the options of the double of Genesys Cloud: " + optionsVariable + " should hold them as JSON")
	}
	double := New(genesystest.Options{
		OrganizationID: o.OrganizationID, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Activation: o.Activation,
	}, o.AWSEndpoint)
	if err := background.Serve(ctx, double); err != nil {
		return fmt.Errorf("serving the double of Genesys Cloud: %w", err)
	}
	return nil
}

// Start runs this program's subcommand Command and returns when it listens. The process keeps the files of held open
// for as long as it lives.
func Start(program string, o Options, log string, held ...*os.File) (*Process, error) {
	options, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encoding the options of the double of Genesys Cloud: %w", err)
	}
	url, pid, err := background.StartServer(background.Command{
		Program: program, Args: []string{Command}, Env: []string{optionsVariable + "=" + string(options)}, Log: log, Held: held,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the double of Genesys Cloud: %w", err)
	}
	return &Process{URL: url, PID: pid}, nil
}
