package cli

import (
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/progress"
)

const (
	// progressEvery is how often a long command says how far it is where there is no terminal.
	progressEvery = 2 * time.Second
	// barEvery is how often a bar is drawn.
	barEvery = 200 * time.Millisecond
)

// meter says how far a command is.
type meter struct {
	// at is told how many are done, and how to say so in words.
	at func(done int, words string)
	// note writes a line that stays.
	note func(line string)
	// end is called once, when nothing more is said.
	end func()
}

// meter is a bar on a terminal, and elsewhere a line now and then.
func (a *app) meter(what string, of int) meter {
	note := func(line string) { fmt.Fprintln(a.Err, line) }
	if !a.Bars {
		said := time.Now()
		return meter{note: note, end: func() {}, at: func(_ int, words string) {
			if time.Since(said) >= progressEvery {
				said = time.Now()
				note("so far: " + words)
			}
		}}
	}
	bars := progress.NewWriter()
	bars.SetOutputWriter(a.Err)
	bars.SetUpdateFrequency(barEvery)
	bars.Style().Visibility.Value = true
	tracker := &progress.Tracker{Message: what, Total: int64(of)}
	bars.AppendTracker(tracker)
	drawn := make(chan struct{})
	go func() {
		defer close(drawn)
		bars.Render()
	}()
	return meter{
		at:   func(done int, _ string) { tracker.SetValue(int64(min(done, of))) },
		note: func(line string) { bars.Log("%s", line) },
		end: func() {
			for {
				bars.Stop() // does nothing before the drawing has begun
				select {
				case <-drawn:
					return
				case <-time.After(barEvery / 10):
				}
			}
		},
	}
}
