package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"cc-eventbridge/local/emulator"
	"cc-eventbridge/local/workspace"
)

// run notes which processes of a demo are up, so that the next one, or `make stop`, finds them.
type run struct {
	Started   time.Time `json:"started"`
	Processes []int     `json:"processes"`
	Endpoint  string    `json:"endpoint"`
}

func noteOf(w *workspace.Workspace) string { return w.Path("run.json") }

func readRun(w *workspace.Workspace) (run, bool, error) {
	data, err := os.ReadFile(noteOf(w))
	if errors.Is(err, os.ErrNotExist) {
		return run{}, false, nil
	}
	if err != nil {
		return run{}, false, fmt.Errorf("looking for a demo that is still up: %w", err)
	}
	var r run
	if err := json.Unmarshal(data, &r); err != nil {
		return run{}, false, fmt.Errorf("reading %s: %w; remove the file", noteOf(w), err)
	}
	return r, true, nil
}

func (r run) write(w *workspace.Workspace) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("noting what is up: %w", err)
	}
	if err := os.WriteFile(noteOf(w), data, 0o644); err != nil {
		return fmt.Errorf("noting what is up: %w", err)
	}
	return nil
}

func (r run) up() bool {
	for _, pid := range r.Processes {
		if syscall.Kill(pid, 0) == nil {
			return true
		}
	}
	return false
}

// refuseSecond refuses a second demo beside one that was kept or is running.
func refuseSecond(w *workspace.Workspace) error {
	r, found, err := readRun(w)
	if err != nil || !found {
		return err
	}
	if r.up() {
		return fmt.Errorf("a demo is still up since %s at %s: look at it as it told you, or end it with `make stop`",
			r.Started.Format(time.TimeOnly), r.Endpoint)
	}
	return os.Remove(noteOf(w))
}

// Stop ends what an earlier demo left running.
func Stop(w *workspace.Workspace) error {
	r, found, err := readRun(w)
	if err != nil {
		return err
	}
	if !found {
		w.Out.Step("nothing is running")
		return nil
	}
	for _, pid := range r.Processes {
		emulator.Stop(pid)
	}
	if err := os.Remove(noteOf(w)); err != nil {
		return fmt.Errorf("removing the note of what was up: %w", err)
	}
	w.Out.Step("stopped")
	return nil
}
