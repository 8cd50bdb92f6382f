package lambdatest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// stopGrace is how long a process may take to end once it has been told to.
const stopGrace = 2 * time.Second

// Command is what to run. Env is the whole environment: nothing leaks in from this machine.
type Command struct {
	Path string
	Args []string
	Env  []string
	Dir  string
}

// Process is one that was started and not yet stopped.
type Process struct {
	// Started is the moment just before the process was executed.
	Started time.Time

	cmd    *exec.Cmd
	output *tail
	exited chan struct{}
	err    error
}

// StartProcess executes a command; the process is killed when ctx ends.
func StartProcess(ctx context.Context, command Command) (*Process, error) {
	cmd := exec.CommandContext(ctx, command.Path, command.Args...)
	cmd.Env, cmd.Dir, cmd.WaitDelay = command.Env, command.Dir, stopGrace
	p := &Process{cmd: cmd, output: &tail{}, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = p.output, p.output
	p.Started = time.Now()
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Path, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Exited is closed when the process has ended, whoever ended it.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// ExitError says how the process ended and what it printed last. Call it after Exited is closed.
func (p *Process) ExitError() error {
	reason := "exit status 0"
	if p.err != nil {
		reason = p.err.Error()
	}
	if printed := strings.TrimSpace(p.output.String()); printed != "" {
		return fmt.Errorf("the process ended by itself (%s), having printed:\n%s", reason, printed)
	}
	return fmt.Errorf("the process ended by itself (%s) without printing anything", reason)
}

// Stop kills the process and waits until it is gone. None of them has anything to save.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Kill(); err != nil && !p.gone() {
		return fmt.Errorf("stop process %d: %w", p.cmd.Process.Pid, err)
	}
	select {
	case <-p.exited:
		return nil
	case <-time.After(2 * stopGrace):
		return errors.New("stop process: it was killed but has not ended")
	}
}

// gone reports whether the process has ended.
func (p *Process) gone() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}
