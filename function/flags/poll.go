package flags

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// frozenAfter tells a poll that was caught in a freeze from one that failed: that one has ended by its timeout.
const frozenAfter = pollTimeout + time.Second

// poll does one poll, and says when the next is due.
func (p *Poller[R]) poll() {
	wait := Interval
	defer func() {
		p.mutex.Lock()
		defer p.mutex.Unlock()
		p.due = wallClock().Add(wait)
		close(p.done)
		p.done = nil
	}()
	defer func() {
		// An unrecovered panic here would end the process, and with it the batch that is being handled.
		if value := recover(); value != nil {
			wait = p.failed(fmt.Errorf("panic: %v\n%s", value, debug.Stack()))
		}
	}()
	fetched, err := p.fetch()
	if err != nil {
		wait = p.failed(err)
		return
	}
	if p.failures > 0 {
		p.options.log.Info("flags can be read again", slog.Int("failures", p.failures))
		p.failures = 0
	}
	wait = min(max(Interval, fetched.Wait), longestWait)
	p.take(fetched)
	p.mutex.Lock()
	p.confirmed = wallClock()
	p.mutex.Unlock()
	p.keep()
}

// fetch asks the source, a second time at once if the first was caught in a freeze: the process has only just thawed, and
// what broke says nothing about the service.
func (p *Poller[R]) fetch() (Fetched, error) {
	started := wallClock()
	fetched, err := p.ask()
	if err == nil || wallClock().Sub(started) < frozenAfter {
		return fetched, err
	}
	p.options.log.Debug("a poll of the flags was caught in a freeze", slog.Any("error", err))
	p.mutex.Lock()
	p.settled = time.Now().Add(settleLimit)
	p.mutex.Unlock()
	return p.ask()
}

// wallClock is the time without its monotonic reading, which may stand still while the process is frozen.
func wallClock() time.Time { return time.Now().Round(0) }

func (p *Poller[R]) ask() (Fetched, error) {
	ctx, cancel := context.WithTimeout(context.Background(), pollTimeout)
	defer cancel()
	return p.source.Fetch(ctx)
}

// failed counts a failure and returns how long to wait. The first in a row is a warning; a line for each would be thousands
// a day.
func (p *Poller[R]) failed(err error) time.Duration {
	wait := Interval
	if p.failures < 10 {
		wait = min(firstBackoff<<p.failures, Interval)
	}
	p.failures++
	level := slog.LevelDebug
	if p.failures == 1 {
		level = slog.LevelWarn
	}
	p.options.log.LogAttrs(context.Background(), level, "flags can't be read; the last good ones stay in effect",
		slog.Any("error", err), slog.Int("failures", p.failures), slog.String("version", p.Current().Label))
	return wait
}

// take puts a fetched document into effect, if it is another one and a good one.
func (p *Poller[R]) take(fetched Fetched) {
	switch {
	case len(fetched.Content) == 0, bytes.Equal(fetched.Content, p.refused):
		return
	case bytes.Equal(fetched.Content, p.Current().content):
		p.refused = nil
		return
	}
	set, err := p.compile.load(fetched.Content, fetched.Label)
	if err != nil {
		p.refused = fetched.Content
		p.options.refusal()
		p.options.log.Error("flags are refused; the last good ones stay in effect", slog.Any("error", err),
			slog.String("refused", labelOf(fetched.Label, fetched.Content)), slog.String("version", p.Current().Label))
		return
	}
	p.refused = nil
	p.effect(set, slog.LevelInfo)
	p.written = time.Time{}
}

// effect puts a set into effect. The line that says so is there if either the level before or the one after lets it.
func (p *Poller[R]) effect(set *Set[R], as slog.Level) {
	before, after := p.options.level.Level(), p.level(set.Document)
	p.options.level.Set(min(before, after))
	p.current.Store(set)
	p.options.log.LogAttrs(context.Background(), as, "flags are in effect",
		slog.String("version", set.Label), slog.String("logLevel", after.String()), slog.Int("topics", len(set.topics)),
		slog.Any("decodersOff", set.decodersOff), slog.Bool("replaysAgain", set.replaysAgain))
	p.options.level.Set(after)
}
