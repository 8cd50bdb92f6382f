package lambdatest

import (
	"context"
	"errors"
	"slices"
)

// Function is a function's process behind a Runtime API of its own.
type Function struct {
	*Process
	*Server
	// Context ends when the process does, with the reason as its cause.
	Context context.Context
	cancel  context.CancelCauseFunc
}

// Launch starts a function as Lambda would. The command's environment needs no address of the Runtime API.
func Launch(ctx context.Context, functionName string, command Command) (*Function, error) {
	server, err := Listen(functionName)
	if err != nil {
		return nil, err
	}
	command.Env = append(slices.Clone(command.Env), "AWS_LAMBDA_RUNTIME_API="+server.Addr())
	ctx, cancel := context.WithCancelCause(ctx)
	process, err := StartProcess(ctx, command)
	if err != nil {
		cancel(err)
		return nil, errors.Join(err, server.Close())
	}
	f := &Function{Process: process, Server: server, Context: ctx, cancel: cancel}
	go func() {
		<-process.Exited()
		cancel(process.ExitError())
	}()
	return f, nil
}

// Stop ends the process and its Runtime API.
func (f *Function) Stop() error {
	defer f.cancel(nil)
	return errors.Join(f.Process.Stop(), f.Close())
}
