// Command pulumi-language-go is the Go language host for machines without an installed Pulumi. The engine starts it
// from PATH; nobody else needs to.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"cc-eventbridge/local/offline/golanghost"
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
	return golanghost.Serve(ctx, flag.Arg(0), filepath.Join(cache, "cc-eventbridge", "programs"))
}
