package flags

import (
	"log/slog"
	"time"
)

// rewriteAfter is how old the time in the file may become. The file counts for a day: with an hour less it does nearly as
// well, and is written once an hour rather than with every poll.
const rewriteAfter = time.Hour

// resume puts the document into effect that an earlier process left in the file. What can't be used is no more than a
// missing file: the first poll brings the flags.
func (p *Poller[R]) resume() {
	if p.options.cache == nil {
		return
	}
	kept, err := p.options.cache.read(time.Now())
	if err != nil {
		p.options.log.Debug("no kept flags to begin with", slog.Any("error", err))
		return
	}
	set, err := p.compile.load(kept.Content, kept.Label)
	if err != nil {
		p.options.log.Warn("kept flags are refused", slog.Any("error", err), slog.String("refused", kept.Label))
		return
	}
	p.written = kept.FetchedAt
	p.effect(set, slog.LevelDebug)
}

// keep writes the flags in effect to the file, if it does not have them as of late.
func (p *Poller[R]) keep() {
	set := p.Current()
	now := time.Now()
	if p.options.cache == nil || set.content == nil || now.Sub(p.written) < rewriteAfter {
		return
	}
	// Whether or not it works: a full disk is not tried again with every poll.
	p.written = now
	if err := p.options.cache.write(kept{FetchedAt: now, Label: set.Label, Content: set.content}); err != nil {
		p.options.log.Warn("flags can't be kept for the next process", slog.Any("error", err))
	}
}
