// Package cli is the command line of ops: the commands, where they find the stack and the account, and how they ask, report
// and fail.
//
// Standard output has results only, and nothing else with --json; progress, questions and errors go to standard error. An
// error is one line. The exit status is 0, 1 if something failed, and 2 if the command line is wrong: then nothing was done.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	statusFailed = 1
	statusUsage  = 2
)

// Streams are what a command reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// Terminal reports whether somebody can answer questions on In. Screen and Bars report whether Out and Err are terminals.
	Terminal, Screen, Bars bool
}

// Main runs the command that the arguments name and returns the exit status.
func Main(args []string, streams Streams) int { return run(args, &app{Streams: streams}) }

func run(args []string, a *app) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second interrupt ends the program at once
	a.Err = &inTurn{Writer: a.Err}
	root := a.root()
	root.SetArgs(args)
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	command, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	fmt.Fprintln(a.Err, "error:", oneLine(err))
	// cobra checks the command line before it runs anything.
	if _, ok := errors.AsType[usageError](err); ok || !a.running {
		fmt.Fprintf(a.Err, "See %q.\n", command.CommandPath()+" --help")
		return statusUsage
	}
	return statusFailed
}

// inTurn is a writer for several goroutines: an interrupt is reported while a command reports progress.
type inTurn struct {
	io.Writer
	mutex sync.Mutex
}

// Write writes once nobody else does.
func (w *inTurn) Write(p []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.Writer.Write(p)
}

// usageError is one of the command line: nothing was done.
type usageError struct{ error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// oneLine is an error's text without line breaks, which joined errors and tools that were called have.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}

// app is the state of one run: the global flags, and what they lead to.
type app struct {
	Streams
	account account
	stack   stack
	json    bool
	dryRun  bool
	yes     bool
	running bool
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "ops",
		Short: "Operate a cc-eventbridge stack",
		Long: `Operates a deployed cc-eventbridge stack: what the alarms and the runbook (docs/runbook.md) ask a person to do.

Queues and buckets come from the outputs of a stack (--stack or --outputs) or from a command's own flags, which win.
Credentials and region are found as by the AWS CLI: environment, --profile, single sign-on, the machine's role.
AWS_ENDPOINT_URL leads to an emulator.

It prints the body of a message only where --body or a file asks for it, and never sends, deletes or switches anything before
you have said yes, at the question or with --yes.`,
		Example: `  ops status --stack prod
  ops quarantine replay --stack prod --dry-run
  ops send-large --stack prod event.json`,
		SilenceUsage: true, SilenceErrors: true,
	}
	flags := root.PersistentFlags()
	flags.StringVar(&a.account.profile, "profile", "", "`name` of the profile in ~/.aws to use (AWS_PROFILE)")
	flags.StringVar(&a.account.region, "region", "", "AWS `region`; by default that of the queue's URL, then AWS_REGION")
	flags.StringVar(&a.stack.name, "stack", "", "`name` of the stack whose outputs to use, read with the Pulumi CLI")
	flags.StringVar(&a.stack.project, "project", "", "`folder` of the Pulumi project (default: the nearest one upwards with Pulumi.yaml)")
	flags.StringVar(&a.stack.file, "outputs", "", "`file` with the stack's outputs, for machines without Pulumi: pulumi stack output --json > file")
	flags.BoolVar(&a.json, "json", false, "print results as JSON, one object a line")
	flags.BoolVar(&a.dryRun, "dry-run", false, "say what would be done and change nothing")
	flags.BoolVar(&a.yes, "yes", false, "do not ask before sending or deleting")
	root.MarkFlagsMutuallyExclusive("stack", "outputs")
	// These fail for unknown flags only.
	_ = root.MarkPersistentFlagDirname("project")
	_ = root.MarkPersistentFlagFilename("outputs", "json")
	_ = root.RegisterFlagCompletionFunc("stack", a.stack.complete)
	_ = root.RegisterFlagCompletionFunc("profile", cobra.NoFileCompletions)
	_ = root.RegisterFlagCompletionFunc("region", cobra.NoFileCompletions)
	root.AddCommand(a.status(), a.watch(), a.dlq(), a.quarantine(), a.pause(), a.resume(), a.capacity(),
		a.probe(), a.promote(), a.rollback(), a.send(), a.sendLarge(), a.replay())
	document(root)
	return root
}

// runs has a command's errors known as its own, not as those of its command line.
func (a *app) runs(do func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		a.running = true
		a.account.guard.allowed = permissions[nameOf(command)]
		return do(command.Context(), args)
	}
}
