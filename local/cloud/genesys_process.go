package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"cc-eventbridge/genesys/genesystest"
)

// GenesysCommand is the subcommand under which a program that calls StartGenesys has to call ServeGenesys.
const GenesysCommand = "genesyscloud"

// optionsVariable hands the options to the process; a command line would show the client's secret to every user.
const optionsVariable = "GENESYS_DOUBLE_OPTIONS"

// GenesysOptions say what the double of Genesys Cloud is like.
type GenesysOptions struct {
	OrganizationID string `json:"organizationId"`
	ClientID       string `json:"clientId"`
	ClientSecret   string `json:"clientSecret"`
	// AWSEndpoint is where events are published.
	AWSEndpoint string `json:"awsEndpoint"`
	// Activation is how long an integration takes to become active.
	Activation time.Duration `json:"activation"`
}

// GenesysProcess is a double in a process of its own, which outlives the program that started it.
type GenesysProcess struct {
	// URL is the address of the API and of the login service: apiBaseUrl and loginBaseUrl of the provider.
	URL string
	PID int
}

// ServeGenesys runs the double until it is killed.
func ServeGenesys(ctx context.Context) error {
	var o GenesysOptions
	if err := json.Unmarshal([]byte(os.Getenv(optionsVariable)), &o); err != nil {
		return errors.New("reading the options of the double of Genesys Cloud: " + optionsVariable + " should hold them as JSON")
	}
	double := NewGenesysServer(genesystest.Options{
		OrganizationID: o.OrganizationID, ClientID: o.ClientID, ClientSecret: o.ClientSecret, Activation: o.Activation,
	}, o.AWSEndpoint)
	if err := serve(ctx, double); err != nil {
		return fmt.Errorf("serving the double of Genesys Cloud: %w", err)
	}
	return nil
}

// StartGenesys runs this program's subcommand GenesysCommand and returns when it listens. The process keeps the files of held open
// for as long as it lives.
func StartGenesys(program string, o GenesysOptions, log string, held ...*os.File) (*GenesysProcess, error) {
	options, err := json.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("encoding the options of the double of Genesys Cloud: %w", err)
	}
	url, pid, err := startServer(command{
		Program: program, Args: []string{GenesysCommand}, Env: []string{optionsVariable + "=" + string(options)}, Log: log, Held: held,
	})
	if err != nil {
		return nil, fmt.Errorf("starting the double of Genesys Cloud: %w", err)
	}
	return &GenesysProcess{URL: url, PID: pid}, nil
}
