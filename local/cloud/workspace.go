package cloud

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Workspace is a checkout of the project. Everything that commands make in it is below Local, which git ignores.
type Workspace struct {
	Root string
	// Local is <root>/.local.
	Local string
	// Bin holds the tools that were built: the Pulumi CLI, its Go language host and the stand-in provider.
	Bin string
	Out *Progress
}

// FindWorkspace returns the workspace around the working directory: the nearest folder at or above it with a Pulumi.yaml.
func FindWorkspace(progress io.Writer) (*Workspace, error) {
	start, err := os.Getwd()
	if err != nil {
		return nil, fmt.Errorf("looking for the project: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "Pulumi.yaml")); err == nil {
			local := filepath.Join(dir, ".local")
			out := &Progress{w: progress, start: time.Now()}
			return &Workspace{Root: dir, Local: local, Bin: filepath.Join(local, "bin"), Out: out}, nil
		}
		if dir == filepath.Dir(dir) {
			return nil, fmt.Errorf("no Pulumi.yaml in %s or above it: run this inside a checkout of the project", start)
		}
	}
}

// Path joins names below the ignored folder.
func (w *Workspace) Path(names ...string) string {
	return filepath.Join(append([]string{w.Local}, names...)...)
}

// Progress prints a line for each step, with the seconds since it was made.
type Progress struct {
	mu    sync.Mutex
	w     io.Writer
	start time.Time
}

// Step prints what is being done.
func (p *Progress) Step(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, "[%6.1fs] %s\n", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
}

// Seconds is the time since the Progress was made.
func (p *Progress) Seconds() float64 { return time.Since(p.start).Seconds() }

// stillEvery is how often a long step says that it goes on.
const stillEvery = 15 * time.Second

// During runs a step that may take long: it says what is done and, until it ends, that it still is.
func (p *Progress) During(what string, step func() error) error {
	p.Step("%s …", what)
	start, done := time.Now(), make(chan error, 1)
	go func() { done <- step() }()
	ticker := time.NewTicker(stillEvery)
	defer ticker.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-ticker.C:
			p.Step("  still %s, %.0f s so far", what, time.Since(start).Seconds())
		}
	}
}
