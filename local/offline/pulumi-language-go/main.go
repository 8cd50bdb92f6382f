// Command pulumi-language-go is a Pulumi language host for Go programs, for machines that have no Pulumi installation to
// bring one along. The engine starts it from PATH; nobody else needs to.
//
// It runs programs (`runtime: go` in Pulumi.yaml) and source plugins (`runtime: go` in PulumiPlugin.yaml): it builds the
// folder with the Go toolchain, runs the binary with the environment that the Pulumi Go SDK reads, and reports how it
// ended. Code generation, templates, linking and debugging are refused as unimplemented: an installed Pulumi does those.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-go:", err)
		os.Exit(1)
	}
}

func run() error {
	// The engine passes these two to every language host; this one traces nothing and is told the root with each call.
	flag.String("tracing", "", "accepted and ignored")
	flag.String("root", "", "accepted and ignored")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: pulumi-language-go [flags] <engine address>\n\n"+
			"The project's own Go language host, for machines without an installed Pulumi. The Pulumi engine starts it.\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	cache, err := os.UserCacheDir()
	if err != nil {
		return fmt.Errorf("looking for a cache folder to compile programs into: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return serve(ctx, flag.Arg(0), filepath.Join(cache, "cc-eventbridge", "programs"))
}
