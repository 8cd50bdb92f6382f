package harness

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// fullCoreMB is the memory with which a Lambda function has one processor core (AWS Lambda developer guide, "Configure Lambda
// function memory").
const fullCoreMB = 1769

// Share is the part of a core that Lambda gives the contenders, by their memory.
const Share = float64(memoryMB) / fullCoreMB

// slicePeriod is how often a process gets its share anew: Lambda's, as observed from within functions.
const slicePeriod = 20 * time.Millisecond

// Slice is a control group in which processes have no more of a core than a function has on Lambda.
type Slice struct{ dir string }

// NewSlice makes a control group of the share, or says why it can't be had here. name must be new.
func NewSlice(name string) (*Slice, error) {
	quota := strconv.FormatInt(int64(Share*float64(slicePeriod.Microseconds())), 10)
	period := strconv.FormatInt(slicePeriod.Microseconds(), 10)
	versions := []struct {
		root  string
		files [][2]string
	}{
		{"/sys/fs/cgroup/cpu", [][2]string{{"cpu.cfs_period_us", period}, {"cpu.cfs_quota_us", quota}}}, // version 1
		{"/sys/fs/cgroup", [][2]string{{"cpu.max", quota + " " + period}}},                              // version 2
	}
	var reasons error
	for _, v := range versions {
		s := &Slice{dir: filepath.Join(v.root, fmt.Sprintf("cc-eventbridge-%d-%s", os.Getpid(), name))}
		err := os.Mkdir(s.dir, 0o755)
		for _, file := range v.files {
			if err == nil {
				err = s.write(file[0], file[1])
			}
		}
		if err == nil {
			return s, nil
		}
		reasons = errors.Join(reasons, err, ignoreAbsent(os.Remove(s.dir)))
	}
	return nil, fmt.Errorf("make a control group: %w", reasons)
}

// Add puts a process into the slice, with all its threads.
func (s *Slice) Add(pid int) error { return s.write("cgroup.procs", strconv.Itoa(pid)) }

// Close removes the slice, once its processes have ended.
func (s *Slice) Close() error {
	if err := os.Remove(s.dir); err != nil {
		return fmt.Errorf("remove a control group: %w", err)
	}
	return nil
}

// write writes a file that the kernel has made. Where it has not, the folder is none of a control group.
func (s *Slice) write(name, value string) error {
	file, err := os.OpenFile(filepath.Join(s.dir, name), os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("set %s: %w", name, err)
	}
	_, err = file.WriteString(value)
	if err = errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("set %s to %s: %w", name, strings.TrimSpace(value), err)
	}
	return nil
}

func ignoreAbsent(err error) error {
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
