package cloud

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"

	"cc-eventbridge/genesys/genesystest"
)

// GenesysCommand is the subcommand under which a program that calls StartGenesys has to call ServeGenesys.
const GenesysCommand = "genesyscloud"

// genesysVariable hands the options to the process; a command line would show the client's secret to every user.
const genesysVariable = "GENESYS_FAKE_OPTIONS"

// genesysOptions is what the process is told.
type genesysOptions struct {
	Genesys genesystest.Options
	// Endpoint is the AWS endpoint where events are published.
	Endpoint string
}

// ServeGenesys runs Genesys Cloud until it is killed.
func ServeGenesys(ctx context.Context) error {
	var o genesysOptions
	if err := json.Unmarshal([]byte(os.Getenv(genesysVariable)), &o); err != nil {
		return errors.New("reading the options of the fake of Genesys Cloud: " + genesysVariable + " should hold them as JSON")
	}
	if err := serve(ctx, NewGenesysServer(o.Genesys, o.Endpoint)); err != nil {
		return fmt.Errorf("serving the fake of Genesys Cloud: %w", err)
	}
	return nil
}

// Genesys is Genesys Cloud as its clients see it.
type Genesys struct {
	// URL is the address of the API and of the login service.
	URL string
}

// StartGenesys runs this program's subcommand GenesysCommand, which publishes to an AWS endpoint, and returns when it
// listens. The process outlives this program, see Stop, and keeps the files of held open for as long as it lives.
func StartGenesys(program string, o genesystest.Options, endpoint, log string, held ...*os.File) (g Genesys, pid int, err error) {
	options, err := json.Marshal(genesysOptions{o, endpoint})
	if err != nil {
		return g, 0, fmt.Errorf("encoding the options of the fake of Genesys Cloud: %w", err)
	}
	g.URL, pid, err = startServer(command{
		Program: program, Args: []string{GenesysCommand}, Env: []string{genesysVariable + "=" + string(options)}, Log: log, Held: held,
	})
	if err != nil {
		return g, 0, fmt.Errorf("starting the fake of Genesys Cloud: %w", err)
	}
	return g, pid, nil
}

// Publish has Genesys Cloud publish events.
func (g Genesys) Publish(ctx context.Context, events []GenesysEvent) (Published, error) {
	var result Published
	err := ask(ctx, http.MethodPost, g.URL+"/_events", events, &result)
	return result, err
}

// State asks what there is in Genesys Cloud.
func (g Genesys) State(ctx context.Context) (genesystest.State, error) {
	var state genesystest.State
	err := ask(ctx, http.MethodGet, g.URL+"/_state", nil, &state)
	return state, err
}

// Drift changes the state of an object in Genesys Cloud.
func (g Genesys) Drift(ctx context.Context, d genesystest.Drift) error {
	return ask(ctx, http.MethodPost, g.URL+"/_drift", d, nil)
}

// Registered wants Genesys Cloud to have exactly what a deployment registers, in working order.
func (g Genesys) Registered(ctx context.Context) error {
	state, err := g.State(ctx)
	if err != nil {
		return err
	}
	got := standing(state)
	if want := (registration{1, 1, 1, 3}); got != want {
		return fmt.Errorf("the deployment left %v in Genesys Cloud, want %v", got, want)
	}
	if source := state.Integrations[0].EventSource; source != Source {
		return fmt.Errorf("the integration sends to the event source %s, want %s", source, Source)
	}
	return nil
}

// Unregistered wants Genesys Cloud to have nothing.
func (g Genesys) Unregistered(ctx context.Context) error {
	state, err := g.State(ctx)
	if err != nil {
		return err
	}
	if got := standing(state); got != (registration{}) {
		return fmt.Errorf("destroying the stack left %v in Genesys Cloud", got)
	}
	return nil
}

// registration counts what there is in Genesys Cloud, and what of it works.
type registration struct{ destinations, subscriptions, integrations, working int }

func (r registration) String() string {
	return fmt.Sprintf("%d destinations, %d subscriptions and %d integrations, %d of them in working order",
		r.destinations, r.subscriptions, r.integrations, r.working)
}

func standing(state genesystest.State) registration {
	r := registration{destinations: len(state.Destinations), subscriptions: len(state.Subscriptions), integrations: len(state.Integrations)}
	count := func(status, good string) {
		if status == good {
			r.working++
		}
	}
	for _, d := range state.Destinations {
		count(d.Status, "ENABLED")
	}
	for _, s := range state.Subscriptions {
		count(s.Status, "ENABLED")
	}
	for _, i := range state.Integrations {
		count(i.Status, "ACTIVE")
	}
	return r
}
