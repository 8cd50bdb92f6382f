package lambdatest

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// CPU returns the processor time, user and system, that the process has used so far in all its threads, ended ones
// included. It reads the process's CPU-time clock (clock_getcpuclockid(3)), which is the sum that /proc/<pid>/stat shows
// in ticks of 10 ms, in nanoseconds: a batch of ten costs this function less than one tick.
func (p *Process) CPU() (time.Duration, error) {
	// The kernel's encoding of another process's clock: the complemented id above three bits that choose the scheduler's
	// clock (CPUCLOCK_SCHED) of the whole thread group.
	const cpuClockSched = 2
	clock := int32(^p.cmd.Process.Pid<<3 | cpuClockSched)
	var used unix.Timespec
	if err := unix.ClockGettime(clock, &used); err != nil {
		return 0, fmt.Errorf("read the CPU-time clock of process %d: %w", p.cmd.Process.Pid, err)
	}
	return time.Duration(used.Nano()), nil
}

// PeakMemory returns the largest resident set the process has had, in bytes: VmHWM of /proc/<pid>/status.
func (p *Process) PeakMemory() (int64, error) {
	path := fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid)
	status, err := os.ReadFile(path)
	if err != nil {
		return 0, fmt.Errorf("read peak memory: %w", err)
	}
	peak, err := parsePeak(status)
	if err != nil {
		return 0, fmt.Errorf("read peak memory from %s: %w", path, err)
	}
	return peak, nil
}

// parsePeak finds VmHWM, which proc(5) gives in kB of 1,024 bytes.
func parsePeak(status []byte) (int64, error) {
	for line := range bytes.Lines(status) {
		value, found := bytes.CutPrefix(line, []byte("VmHWM:"))
		if !found {
			continue
		}
		fields := bytes.Fields(value)
		if len(fields) != 2 || string(fields[1]) != "kB" {
			return 0, fmt.Errorf("VmHWM is %q, want a number and kB", bytes.TrimSpace(value))
		}
		kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("VmHWM: %w", err)
		}
		return kib * 1024, nil
	}
	return 0, fmt.Errorf("no VmHWM line: the process has ended or is a kernel thread")
}
