package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"cc-eventbridge/local/cloud"
)

// run notes which processes of a demo are up, so that the next one, or `make stop`, finds them.
type run struct {
	Started   time.Time `json:"started"`
	Processes []int     `json:"processes"`
	Endpoint  string    `json:"endpoint"`
}

func noteOf(w *cloud.Workspace) string { return w.Path("run.json") }

func readRun(w *cloud.Workspace) (run, bool, error) {
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

func (r run) write(w *cloud.Workspace) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("noting what is up: %w", err)
	}
	if err := os.WriteFile(noteOf(w), data, 0o644); err != nil {
		return fmt.Errorf("noting what is up: %w", err)
	}
	return nil
}

// takePlace takes the checkout's one place for a demo. The place is a locked file that the demo's processes inherit: it stays
// taken for as long as any of them lives, whatever becomes of this program, and a process id that another program got
// later means nothing.
func takePlace(w *cloud.Workspace) (*os.File, error) {
	place, taken, err := lock(w)
	if err != nil {
		return nil, err
	}
	if !taken {
		return place, nil
	}
	if r, found, err := readRun(w); err == nil && found {
		return nil, fmt.Errorf("a demo is still up since %s at %s: look at it as it told you, or end it with `make stop`",
			r.Started.Format(time.TimeOnly), r.Endpoint)
	}
	return nil, errors.New("another demo is starting in this checkout: wait for it")
}

func lock(w *cloud.Workspace) (place *os.File, taken bool, err error) {
	if err := os.MkdirAll(w.Local, 0o755); err != nil {
		return nil, false, fmt.Errorf("making the folder for everything local: %w", err)
	}
	place, err = os.OpenFile(w.Path("run.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, false, fmt.Errorf("looking for a demo that is still up: %w", err)
	}
	switch err := syscall.Flock(int(place.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, true, place.Close()
	case err != nil:
		return nil, false, fmt.Errorf("looking for a demo that is still up: %w", err)
	}
	return place, false, nil
}

// Stop ends what an earlier demo left running.
func Stop(w *cloud.Workspace) error {
	place, up, err := lock(w)
	if err != nil {
		return err
	}
	if !up {
		w.Out.Step("nothing is running")
		return place.Close()
	}
	return end(w)
}

// end ends the processes of the demo that holds the place.
func end(w *cloud.Workspace) error {
	r, found, err := readRun(w)
	if err != nil || !found {
		return err
	}
	for _, pid := range r.Processes {
		cloud.Stop(pid)
	}
	if err := os.Remove(noteOf(w)); err != nil {
		return fmt.Errorf("removing the note of what was up: %w", err)
	}
	w.Out.Step("stopped")
	return nil
}
