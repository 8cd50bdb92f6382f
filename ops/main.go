// Command ops is for those who operate a stack, with their own credentials: "ops --help" says what it does.
package main

import (
	"os"

	"golang.org/x/term"

	"cc-eventbridge/ops/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Terminal: term.IsTerminal(int(os.Stdin.Fd())), Screen: term.IsTerminal(int(os.Stdout.Fd())),
		Bars: term.IsTerminal(int(os.Stderr.Fd())),
	}))
}
