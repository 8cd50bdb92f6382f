// Package demo shows the whole product on this machine: it deploys the program with the real Pulumi CLI on the embedded
// cloud, which also registers both intakes with a fake of Genesys Cloud, sends events over both at the same time, waits
// until the queues are quiet, changes flags while events flow, and says what became of every message.
package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"time"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
)

const (
	stackName = "local"
	// externalEndpoint names an emulator of the caller's that takes the place of the demo's own.
	externalEndpoint = "AWS_ENDPOINT_URL"
)

// Options are what the caller of the demo can choose.
type Options struct {
	// Events is a file with messages to send; empty sends the built-in mix.
	Events string
	// Keep leaves everything running.
	Keep bool
	// Program is this program's own path, which is run again as the downstream and as Genesys Cloud.
	Program string
}

// Run runs the demo. Its error is not nil when a message was lost, an event was delivered twice or a step failed.
func Run(ctx context.Context, w *cloud.Workspace, o Options) (err error) {
	var file messages
	if o.Events != "" {
		if file, err = fromFile(o.Events, func(reason string) { w.Out.Step("left out: %s", reason) }); err != nil {
			return err
		}
	}
	place, err := takePlace(w)
	if err != nil {
		return err
	}
	defer place.Close()
	tools, err := cloud.EnsureTools(ctx, w, os.Getenv(externalEndpoint) == "")
	if err != nil {
		return err
	}
	c, err := start(ctx, w, tools, o.Program, place)
	if err != nil {
		return err
	}
	kept := false
	defer func() {
		if !kept {
			err = errors.Join(err, end(w))
		}
	}()
	deployed, err := deploy(ctx, w, tools, c)
	destroyed := false
	defer func() {
		// An emulator of our own takes everything with it. The caller's keeps what is not destroyed.
		if deployed != nil && deployed.stack.Lasting && !kept && !destroyed {
			err = errors.Join(err, deployed.stack.Destroy(context.WithoutCancel(ctx)))
		}
	}()
	if err != nil {
		return err
	}
	result, expected, err := exercise(ctx, w, c, deployed, file)
	if err != nil {
		return err
	}
	if o.Keep {
		kept = true
		if err := explain(w, c, deployed); err != nil {
			return err
		}
	} else {
		destroyed = true
		if err := w.Out.During("destroying the stack", func() error { return deployed.stack.Destroy(ctx) }); err != nil {
			return err
		}
		if err := c.genesys.Unregistered(ctx); err != nil {
			return err
		}
	}
	result.Seconds = w.Out.Seconds()
	if err := result.Write(w.Path("report.json")); err != nil {
		return err
	}
	summarize(w, result)
	return errors.Join(result.Err(), asExpected(result, expected))
}

// exercise sends what the file has, or the built-in mix and after that events during which flags change. It says what
// became of it, and for the built-in events what must become of them.
func exercise(ctx context.Context, w *cloud.Workspace, c *embedded, d *deployment, file messages) (traffic.Report, *traffic.Expected, error) {
	s, err := newSession(ctx, w, c, d)
	if err != nil {
		return traffic.Report{}, nil, err
	}
	if len(file.direct) > 0 {
		if err := s.sendAll(ctx, file); err != nil {
			return traffic.Report{}, nil, err
		}
		result, err := s.report(ctx)
		return result, nil, err
	}
	mix := builtIn(s.Payloads)
	if err := s.sendAll(ctx, mix); err != nil {
		return traffic.Report{}, nil, err
	}
	change, err := s.changeFlags(ctx)
	if err != nil {
		return traffic.Report{}, nil, err
	}
	expected := *mix.expected
	expected.Delivered += change.Sent
	result, err := s.report(ctx)
	result.FlagChange = change
	return result, &expected, err
}

// asExpected compares the result of the built-in mix with what is known of it: a function that fails everything loses
// nothing either.
func asExpected(r traffic.Report, expected *traffic.Expected) error {
	got := traffic.Expected{Delivered: r.Delivered, Duplicates: r.Duplicates, Quarantined: r.Quarantined, DeadLettered: r.DeadLettered}
	if expected == nil || got == *expected {
		return nil
	}
	return fmt.Errorf("the built-in events became %+v; they should become %+v", got, *expected)
}

// embedded is what the demo runs on.
type embedded struct {
	endpoint   string
	downstream cloud.Downstream
	genesys    cloud.Genesys
}

func start(ctx context.Context, w *cloud.Workspace, tools cloud.Tools, program string, place *os.File) (*embedded, error) {
	c := &embedded{endpoint: os.Getenv(externalEndpoint)}
	noted := run{Started: time.Now(), Endpoint: c.endpoint}
	if c.endpoint == "" {
		e, err := cloud.StartEmulator(ctx, w, tools.MiniStack, stackName, place)
		if err != nil {
			return nil, err
		}
		c.endpoint, noted.Endpoint = e.Endpoint, e.Endpoint
		noted.Processes = append(noted.Processes, e.PID)
	}
	var (
		pid int
		err error
	)
	if c.downstream, pid, err = cloud.StartDownstream(program, w.Path("downstream.log"), place); err == nil {
		noted.Processes = append(noted.Processes, pid)
		c.genesys, pid, err = cloud.StartGenesys(program, cloud.Organization(), c.endpoint, w.Path("genesyscloud.log"), place)
	}
	if err == nil {
		noted.Processes = append(noted.Processes, pid)
		err = noted.write(w)
	}
	if err != nil {
		for _, pid := range noted.Processes {
			cloud.Stop(pid)
		}
		return nil, err
	}
	w.Out.Step("the embedded cloud is up at %s, Genesys Cloud at %s, the downstream at %s", c.endpoint, c.genesys.URL, c.downstream.URL)
	return c, nil
}

// deployment is the stack that the demo made.
type deployment struct {
	stack   *cloud.Stack
	outputs map[string]string
	took    traffic.Deployment
}

// deploy returns what there is of the deployment also when it failed.
func deploy(ctx context.Context, w *cloud.Workspace, tools cloud.Tools, c *embedded) (*deployment, error) {
	s, err := cloud.NewStack(w, tools, stackName, c.endpoint)
	if err != nil {
		return nil, err
	}
	s.Lasting = os.Getenv(externalEndpoint) != ""
	config := cloud.Config(c.downstream.Events())
	maps.Copy(config, cloud.Credentials(c.genesys.URL))
	if err := s.Init(ctx, config); err != nil {
		return nil, err
	}
	if err := cloud.Register(ctx, s); err != nil {
		return nil, err
	}
	d := &deployment{stack: s}
	begin := time.Now()
	if err := w.Out.During("deploying stack "+stackName+" with pulumi up", func() error { return s.Up(ctx) }); err != nil {
		return d, err
	}
	d.took = traffic.Deployment{Stack: stackName, Seconds: time.Since(begin).Seconds()}
	if d.outputs, err = s.Outputs(ctx); err != nil {
		return d, err
	}
	return d, c.genesys.Registered(ctx)
}

func summarize(w *cloud.Workspace, r traffic.Report) {
	w.Out.Step("sent %d = %d delivered + %d duplicates + %d quarantined + %d dead-lettered + %d lost; %d delivered twice",
		r.Sent, r.Delivered, r.Duplicates, r.Quarantined, r.DeadLettered, r.Lost, r.DeliveredTwice)
	w.Out.Step("deployed in %.1f s, all of it took %.1f s; the report is in %s", r.Deployments[0].Seconds, r.Seconds, w.Path("report.json"))
}

// explain says how to reach what was left running, and writes a script that points a terminal there.
func explain(w *cloud.Workspace, c *embedded, d *deployment) error {
	script := w.Path("env.sh")
	if err := os.WriteFile(script, []byte(d.stack.Exports()), 0o600); err != nil {
		return fmt.Errorf("writing how to reach what is running: %w", err)
	}
	w.Out.Step(`left running; end it with: make stop
  AWS API     %s
  Genesys     %s/_state
  downstream  %s/deliveries
  queue       %s
  payloads    %s
  function    %s
  For pulumi and the AWS CLI: . %s
    pulumi preview --stack %s
    aws sqs receive-message --queue-url %s`,
		c.endpoint, c.genesys.URL, c.downstream.URL,
		d.outputs[contract.OutputIngestionQueueURL], d.outputs[contract.OutputPayloadBucket], d.outputs[contract.OutputFunction],
		script, stackName, d.outputs[contract.OutputDeadLetterQueueURL])
	return nil
}
