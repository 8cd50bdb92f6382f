package flags

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// Interval is the time between polls. Half a minute, and a poll's own time, leave a change in effect within a minute.
	Interval = 30 * time.Second
	// longestWait bounds what a source can ask for: a wrong figure must not leave the function deaf.
	longestWait = 10 * time.Minute
	// pollTimeout bounds one poll, which takes tens of milliseconds.
	pollTimeout = 5 * time.Second
	// firstBackoff is the wait after the first failure; every further one doubles it, up to Interval.
	firstBackoff = 5 * time.Second
	// freshFor is how long the flags of a read are acted on without a word. A process that is used reads every Interval; one
	// that stood still, or cannot reach the source, knows old flags.
	freshFor = 2 * Interval
	// freshLimit is how long an invocation waits for a read at most when the flags in effect are old.
	freshLimit = 2 * time.Second
	// settleLimit is how long an invocation stays for a poll at most, counted from the poll's start: enough for a new
	// connection and two calls.
	settleLimit = 500 * time.Millisecond
)

// Poller holds the flags in effect and keeps them up to date. It is safe for concurrent use. R is the registry of schemas
// that is compiled for each document.
type Poller[R Registry] struct {
	source  Source
	compile Compile[R]
	options options
	// ownLevel is what is logged from where a document does not say.
	ownLevel slog.Level

	current atomic.Pointer[Set[R]]

	mutex sync.Mutex
	// due is when the next poll may start.
	due time.Time
	// done is closed when the poll that is under way ends; nil when there is none.
	done chan struct{}
	// settled is until when an invocation stays for that poll.
	settled time.Time
	// confirmed is when a poll last found the flags in effect to be the source's, or was told something worse.
	confirmed time.Time

	// The rest belongs to the poll under way.

	failures int
	// refused is the bad document that was seen last; nil: none since the last good one.
	refused []byte
	// written is when the file was written last.
	written time.Time
}

type options struct {
	log   *slog.Logger
	level *slog.LevelVar
	cache *cache
	// refusal is called for each document that is refused.
	refusal func()
}

// Option changes something about a Poller.
type Option func(*options)

// WithLogger sets where the poller logs to.
func WithLogger(log *slog.Logger) Option { return func(o *options) { o.log = log } }

// WithLevel sets the variable that follows the document's logLevel. What it holds when New is called applies wherever the
// document has none.
func WithLevel(level *slog.LevelVar) Option { return func(o *options) { o.level = level } }

// WithCache keeps the last good document in a file of a folder. The identity tells apart what may share the folder: the ids of
// application, environment and profile, and what else makes them unique.
func WithCache(folder string, identity ...string) Option {
	return func(o *options) { o.cache = newCache(folder, identity) }
}

// WithRefusal has a function called for each document that is fetched and refused, once a process.
func WithRefusal(call func()) Option { return func(o *options) { o.refusal = call } }

// New returns a poller that has initial in effect, or the document that an earlier process left in the file. It makes no
// call; the first Poke does. A nil source leaves the initial flags in effect for good.
func New[R Registry](source Source, initial Set[R], compile Compile[R], choices ...Option) *Poller[R] {
	p := &Poller[R]{source: source, compile: compile, options: options{log: slog.New(slog.DiscardHandler), level: new(slog.LevelVar), refusal: func() {}}}
	for _, choose := range choices {
		choose(&p.options)
	}
	p.ownLevel = p.options.level.Level()
	p.current.Store(&initial)
	p.options.level.Set(p.level(initial.Document))
	if source != nil {
		p.resume()
	}
	return p
}

// Current returns the flags in effect. An invocation asks once and works by what it got to its end.
func (p *Poller[R]) Current() *Set[R] { return p.current.Load() }

// Level is the level from which on is logged. It follows the flags in effect.
func (p *Poller[R]) Level() slog.Leveler { return p.options.level }

// Poke starts a poll if one is due and none is under way. It never waits for it.
func (p *Poller[R]) Poke() {
	if p.source == nil {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.done != nil || wallClock().Before(p.due) {
		return
	}
	p.done = make(chan struct{})
	p.settled = time.Now().Add(settleLimit)
	go p.poll()
}

// Fresh reports whether the flags in effect are those of a read within the last minute. Where they are not, it waits for the
// poll under way first, two seconds at most. The built-in flags count as fresh: they stop and drop nothing.
func (p *Poller[R]) Fresh(ctx context.Context) bool {
	if done := p.stale(); done != nil {
		timer := time.NewTimer(freshLimit)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	return p.stale() == nil
}

// stale returns nil where the flags in effect are fresh, and otherwise what is closed when the poll under way ends. Where
// there is none, it is closed already.
func (p *Poller[R]) stale() <-chan struct{} {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	switch {
	case p.source == nil, p.Current().content == nil, wallClock().Sub(p.confirmed) <= freshFor:
		return nil
	case p.done == nil:
		return ended
	default:
		return p.done
	}
}

// ended is closed.
var ended = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// Settle stays until the poll under way has ended, if there is one, but at most until half a second after its start. It is
// called at the end of an invocation, before Lambda freezes the process: where events are few, an invocation is shorter
// than a poll, and without it no poll would ever end. At most one invocation in half a minute waits, for tens of
// milliseconds.
func (p *Poller[R]) Settle(ctx context.Context) {
	p.mutex.Lock()
	done, left := p.done, time.Until(p.settled)
	p.mutex.Unlock()
	if done == nil {
		return
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// level is what is logged from with a document.
func (p *Poller[R]) level(document *Document) slog.Level {
	if level, ok := document.Level(); ok {
		return level
	}
	return p.ownLevel
}
