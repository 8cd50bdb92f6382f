// Command cloud runs the embedded cloud: the demo, and the parts of it that need a process of their own.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/demo"
)

const usage = `usage: cloud <command>

  demo [-events FILE] [-keep]   deploy on the embedded cloud, send events, report, destroy
  stop                          end what "demo -keep", or a demo that was killed, left running
  setup                         build and install the tools that the embedded cloud needs, and nothing else
  chart                         draw the figures that "make bench" wrote; -h says more
  downstream                    the receiver of events; the demo starts it
  genesyscloud                  the fake of Genesys Cloud; the demo starts it
`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no command\n\n%s", usage)
	}
	switch args[0] {
	case "chart":
		return chart(args[1:])
	case cloud.DownstreamCommand:
		return cloud.ServeDownstream(ctx)
	case cloud.GenesysCommand:
		return cloud.ServeGenesys(ctx)
	}
	w, err := cloud.FindWorkspace(os.Stderr)
	if err != nil {
		return err
	}
	switch args[0] {
	case "demo":
		program, err := os.Executable()
		if err != nil {
			return fmt.Errorf("looking for this program: %w", err)
		}
		o := demo.Options{Program: program}
		flags := flag.NewFlagSet("demo", flag.ContinueOnError)
		flags.StringVar(&o.Events, "events", "", "JSON Lines `file` to send instead of the built-in mix: an object is a body, a string is a raw body")
		flags.BoolVar(&o.Keep, "keep", false, "leave everything running and say how to reach it")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return demo.Run(ctx, w, o)
	case "stop":
		return demo.Stop(w)
	case "setup":
		_, err := cloud.EnsureTools(ctx, w, true)
		return err
	default:
		return fmt.Errorf("no command %q\n\n%s", args[0], usage)
	}
}
