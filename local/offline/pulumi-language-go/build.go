package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// stopGrace is how long a program may take to end after an interrupt before it is killed.
const stopGrace = 5 * time.Second

// build compiles the main package in dir and returns a binary that stays valid until release is called, whatever
// another build of the same folder does meanwhile. The compiled file has a name of its own for each folder, because
// the Go toolchain leaves an up-to-date binary alone: the second run of a program then costs no link.
func build(ctx context.Context, dir, builds string) (binary string, release func(), err error) {
	sum := sha256.Sum256([]byte(dir))
	home := filepath.Join(builds, hex.EncodeToString(sum[:8]))
	if err := os.MkdirAll(home, 0o755); err != nil {
		return "", nil, fmt.Errorf("making a folder for the compiled program: %w", err)
	}
	unlock, err := lock(filepath.Join(home, "lock"))
	if err != nil {
		return "", nil, err
	}
	defer unlock()

	target := filepath.Join(home, "program")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", target, ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", nil, fmt.Errorf("compiling the Go program in %s: %w\n%s", dir, err, bytes.TrimSpace(out))
	}
	run, err := os.CreateTemp(home, "run-")
	if err != nil {
		return "", nil, fmt.Errorf("making a name for the running program: %w", err)
	}
	binary = run.Name()
	if err := run.Close(); err != nil {
		return "", nil, fmt.Errorf("making a name for the running program: %w", err)
	}
	if err := os.Remove(binary); err != nil {
		return "", nil, fmt.Errorf("freeing the name of the running program: %w", err)
	}
	if err := os.Link(target, binary); err != nil {
		return "", nil, fmt.Errorf("keeping the compiled program while it runs: %w", err)
	}
	return binary, func() { _ = os.Remove(binary) }, nil
}

// lock holds an advisory lock on a file until the returned function is called.
func lock(path string) (func(), error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("opening the build lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return func() { _ = file.Close() }, nil
}

// command runs binary in dir and interrupts it, then kills it, when ctx ends.
func command(ctx context.Context, binary, dir string, args, env []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopGrace
	return cmd
}

func jsonObject(m map[string]string) (string, error) {
	if m == nil {
		return "{}", nil
	}
	b, err := json.Marshal(m)
	return string(b), err
}

func jsonList(l []string) (string, error) {
	if l == nil {
		return "[]", nil
	}
	b, err := json.Marshal(l)
	return string(b), err
}
