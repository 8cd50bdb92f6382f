package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

const (
	// watchEvery is how often the screen is drawn anew; a second is the least.
	watchEvery = 5 * time.Second
	// history is how many depths of a queue are drawn.
	history = 60
	// home leads the cursor to the screen's beginning, and rest clears what is below it.
	home, rest = "\x1b[H", "\x1b[J"
)

func (a *app) watch() *cobra.Command {
	window, every := defaultWindow, watchEvery
	command := &cobra.Command{
		Use:   "watch (--stack NAME | --outputs FILE)",
		Short: "Show the status again and again, with the depth of each queue as it goes",
		Long: `Shows what "ops status" shows, again and again until Ctrl-C, and below it a line for each queue with the messages that waited
at each look.

Use it while a backlog drains, or while a stack is stopped and started. It asks for about ten metrics once a minute, since they
change no more often; CloudWatch charges 0.01 USD for 1,000 of them. All else is asked for at each look.

It never reads a message and never changes anything.`,
		Example: `  ops watch --stack prod
  ops watch --stack prod --every 30s --json`,
		Args: cobra.NoArgs,
		RunE: a.runs(func(ctx context.Context, _ []string) error { return a.runWatch(ctx, window, every) }),
	}
	flags := command.Flags()
	flags.DurationVar(&window, "window", window, "how far back \"lately\" goes, whole minutes")
	flags.DurationVar(&every, "every", every, "how long to wait between two looks, a second or more")
	for _, name := range []string{"window", "every"} {
		_ = command.RegisterFlagCompletionFunc(name, cobra.NoFileCompletions) // fails for unknown flags only
	}
	return command
}

func (a *app) runWatch(ctx context.Context, window, every time.Duration) error {
	if every < time.Second {
		return usagef("--every is %s, should be a second or more", every)
	}
	w, err := a.watcher(ctx, window)
	if err != nil {
		return err
	}
	waited := make([][]int, len(w.queues))
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for first := true; ; first = false {
		r := w.read(ctx)
		if ctx.Err() != nil {
			return nil // Ctrl-C is how it ends
		}
		for i, q := range r.Queues {
			if q.Error == "" {
				waited[i] = append(waited[i], q.Waiting)
				waited[i] = waited[i][max(0, len(waited[i])-history):]
			}
		}
		if a.json {
			if err := a.printJSON(r); err != nil {
				return err
			}
		} else {
			a.draw(r, waited, first)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
		}
	}
}

// draw shows a report over the one before, or below it where that is no screen.
func (a *app) draw(r statusReport, waited [][]int, first bool) {
	var screen strings.Builder
	screen.WriteString(r.table() + "\n")
	t := newTable()
	for i, q := range r.Queues {
		line, most := sparkline(waited[i])
		t.AppendRow([]any{q.Name, fmt.Sprintf("up to %d waiting", most), line})
	}
	screen.WriteString(t.Render() + "\n")
	text := screen.String()
	if a.Screen {
		if first {
			text = home + rest + text
		} else {
			text = home + strings.ReplaceAll(text, "\n", "\x1b[K\n") + rest
		}
	}
	fmt.Fprint(a.Out, text)
}

// sparkline draws numbers, the most of them as the highest block.
func sparkline(numbers []int) (line string, most int) {
	const blocks = "▁▂▃▄▅▆▇█"
	levels := []rune(blocks)
	if len(numbers) == 0 {
		return "", 0
	}
	most = slices.Max(numbers)
	var out strings.Builder
	for _, n := range numbers {
		level := 0
		if most > 0 {
			level = (n*(len(levels)-1) + most - 1) / most // what is not 0 shows
		}
		out.WriteRune(levels[level])
	}
	return out.String(), most
}
