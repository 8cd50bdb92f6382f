//go:build !linux

package lambdatest

import (
	"errors"
	"fmt"
	"runtime"
	"time"
)

// errUsage is what reading another process's usage gives where it is not implemented.
var errUsage = fmt.Errorf("reading a process's CPU time and peak memory on %s: %w (use Linux)", runtime.GOOS, errors.ErrUnsupported)

// CPU is implemented on Linux only.
func (p *Process) CPU() (time.Duration, error) { return 0, errUsage }

// PeakMemory is implemented on Linux only.
func (p *Process) PeakMemory() (int64, error) { return 0, errUsage }
