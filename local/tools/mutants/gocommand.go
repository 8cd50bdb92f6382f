package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// realGo is the variable that tells this program, when it is run as go, where the go command is.
const realGo = "MUTANTS_GO"

// goEnvironment returns an environment in which this program is the go command. remove ends that.
func goEnvironment() (environment []string, remove func(), err error) {
	real, err := exec.LookPath("go")
	if err != nil {
		return nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	folder, err := os.MkdirTemp("", "mutants")
	if err != nil {
		return nil, nil, err
	}
	if err := os.Symlink(self, filepath.Join(folder, "go")); err != nil {
		return nil, nil, errors.Join(err, os.RemoveAll(folder))
	}
	return append(
		os.Environ(), realGo+"="+real, "GOWORK=off", "PATH="+folder+string(filepath.ListSeparator)+os.Getenv("PATH"),
	), func() { _ = os.RemoveAll(folder) }, nil
}

// notCompiled is the exit code by which gremlins recognizes that a mutant is not viable.
const notCompiled = 2

// leastFirstRun is how long gremlins sees the first run take, of which all others get ten times as much: enough for what
// they compile beside others on a busy machine.
const leastFirstRun = 2 * time.Second

// actAsGo runs the go command, with go test changed as the package's documentation says, and returns its exit code.
func actAsGo(arguments []string) int {
	testing := len(arguments) > 0 && arguments[0] == "test"
	if testing {
		// Only tests kill, and the time of the first run is not that of a cache.
		arguments = slices.Insert(slices.Clone(arguments), 1, "-vet=off", "-count=1")
	}
	start := time.Now()
	var output bytes.Buffer
	cmd := exec.Command(os.Getenv(realGo), arguments...) //nolint:noctx // gremlins ends it
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, io.MultiWriter(os.Stdout, &output), os.Stderr
	err := cmd.Run()
	exit, isExit := errors.AsType[*exec.ExitError](err)
	switch {
	case isExit && testing && strings.Contains(output.String(), "[build failed]"):
		return notCompiled
	case isExit:
		return exit.ExitCode()
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if at := slices.Index(arguments, "-coverprofile"); testing && at >= 0 && at+2 < len(arguments) {
		if err := widen(arguments[at+1], arguments[at+2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		time.Sleep(leastFirstRun - time.Since(start))
	}
	return 0
}
