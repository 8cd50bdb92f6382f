package flags

import (
	"context"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	enforced = `{"defaults":{"schema":"enforce"},"schemas":{"a":{"2":{}}}}`
	offed    = `{"defaults":{"schema":"off"},"logLevel":"debug"}`
	bad      = `{"defaults":{"schema":"strict"}}`
)

func TestNothingIsCalledBeforeTheFirstPoke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(serves(enforced, ""))
		time.Sleep(time.Hour)
		if w.source.count() != 0 || w.Current().Topic("a").Schema != Warn {
			t.Errorf("%d calls, %+v", w.source.count(), w.Current().Topic("a"))
		}
	})
}

func TestADocumentTakesEffectAsAWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(serves(enforced, "strict"))
		w.poke()
		set := w.Current()
		if set.Topic("a").Schema != Enforce || !reflect.DeepEqual(set.Registry, topicsWithSchemas{"a 2"}) || set.Label != "strict" {
			t.Errorf("%+v, %v, %q", set.Topic("a"), set.Registry, set.Label)
		}
		w.lines(t, `level=INFO msg="flags are in effect" version=strict`, 1)
		w.source.behave(serves(offed, ""))
		w.live(Interval + time.Second)
		if set.Topic("a").Schema != Enforce {
			t.Error("what an invocation holds has changed")
		}
		set = w.Current()
		if set.Topic("a").Schema != Off || set.Registry != nil || !strings.HasPrefix(set.Label, "sha256:") {
			t.Errorf("%+v, %v, %q", set.Topic("a"), set.Registry, set.Label)
		}
	})
}

func TestPollsComeAtTheInterval(t *testing.T) {
	for _, c := range []struct {
		name     string
		wait     time.Duration
		interval time.Duration
	}{
		{"the source asks for nothing", 0, Interval},
		{"the source asks for less", 15 * time.Second, Interval},
		{"the source asks for more", 2 * time.Minute, 2 * time.Minute},
		{"the source asks for nonsense", 1000 * time.Hour, longestWait},
		{"the source asks for less than nothing", -time.Hour, Interval},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(func(context.Context) (Fetched, error) {
					return Fetched{Content: []byte(enforced), Wait: c.wait}, nil
				})
				w.live(10*c.interval - time.Second)
				if w.source.count() != 10 {
					t.Errorf("%d polls in ten times %s: %v", w.source.count(), c.interval, w.source.calls)
				}
				w.lines(t, "flags are in effect", 1)
				if w.compiled != 1 {
					t.Errorf("one document is compiled %d times", w.compiled)
				}
			})
		})
	}
}

func TestASourceThatHangsHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(hangs)
		started := time.Now()
		for range 1000 {
			w.poke()
			if w.Current().Topic("a").Schema != Warn {
				t.Fatal("the flags changed")
			}
		}
		if passed := time.Since(started); passed != 0 || w.source.count() != 1 {
			t.Errorf("%d polls under way after %s", w.source.count(), passed)
		}
		time.Sleep(pollTimeout)
		w.source.behave(serves(enforced, ""))
		w.live(firstBackoff + time.Second)
		if w.Current().Topic("a").Schema != Enforce {
			t.Errorf("it did not recover after %s:\n%s", time.Since(started), w.log)
		}
	})
}

func TestFailuresLeaveTheLastGoodFlagsAndBackOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(serves(enforced, "good"))
		w.poke()
		w.source.behave(fails)
		w.live(10 * time.Minute)
		if w.Current().Label != "good" {
			t.Errorf("the last good flags are gone: %q", w.Current().Label)
		}
		var gaps []time.Duration
		for i := range w.source.calls[1:] {
			gaps = append(gaps, w.source.calls[i+1].Sub(w.source.calls[i]))
		}
		want := []time.Duration{Interval, 5 * time.Second, 10 * time.Second, 20 * time.Second, Interval, Interval}
		if !reflect.DeepEqual(gaps[:len(want)], want) {
			t.Errorf("polls are %v apart, want %v and so on", gaps, want)
		}
		w.lines(t, "flags can't be read", 1) // a line for each would be thousands a day
		w.source.behave(serves(offed, ""))
		w.live(Interval)
		if w.Current().Topic("a").Schema != Off {
			t.Errorf("it did not recover:\n%s", w.log)
		}
		w.lines(t, "flags can be read again", 1)
		w.source.behave(fails)
		w.live(Interval)
		w.lines(t, "level=WARN msg=\"flags can't be read", 2)
	})
}

func TestBadDocumentsLeaveTheLastGoodFlags(t *testing.T) {
	for _, c := range []struct{ name, document, line string }{
		{"an unknown value", bad, `/defaults/schema is \"strict\", should be one of enforce, warn, off`},
		{"not JSON", `{`, "unexpected EOF"},
		{"too large", strings.Repeat(" ", MaxBytes+1), "should have at most 1048576"},
		{"a schema that does not compile", `{"schemas":{"b":{"1":{"x":"broken"}}}}`, "schema 1 of b does not compile"},
		{"a version that is not there", `{"topics":{"b":{"version":"99"}},"schemas":{"b":{"1":{}}}}`, `/topics/b/version is \"99\", but the topic's schema has the versions 1`},
		{"a topic to enforce that has no schema", `{"topics":{"b":{"schema":"enforce"}}}`, `/topics/b/schema is \"enforce\", but there is no schema of this topic`},
		{"a schema that its library trips over", `{"schemas":{"b":{"1":{"x":"panic"}}}}`, "panic: a library trips"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				refusals := 0
				w := newWorld(serves(enforced, "good"), WithRefusal(func() { refusals++ }))
				w.poke()
				w.source.behave(serves(c.document, "bad"))
				w.live(time.Hour)
				if refusals != 1 {
					t.Errorf("told of %d refusals, want one", refusals)
				}
				if w.Current().Label != "good" || w.Current().Topic("a").Schema != Enforce {
					t.Errorf("the last good flags are gone: %q", w.Current().Label)
				}
				w.lines(t, "level=ERROR", 1)
				w.lines(t, c.line, 1)
				w.lines(t, "refused=bad version=good", 1)
				if w.compiled > 2 {
					t.Errorf("one bad document is compiled %d times", w.compiled-1)
				}
				if polls := w.source.count(); polls != 120 {
					t.Errorf("%d polls in an hour, want one in half a minute", polls)
				}
				w.source.behave(serves(enforced, "good"))
				w.live(time.Minute)
				w.source.behave(serves(c.document, "bad"))
				w.live(time.Minute)
				w.lines(t, "level=ERROR", 2) // it was taken back and deployed once more
				w.source.behave(serves(offed, ""))
				w.live(time.Minute)
				if w.Current().Topic("a").Schema != Off {
					t.Error("a good document after a bad one is not taken")
				}
			})
		})
	}
}

func TestAnEmptyAnswerChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(func(context.Context) (Fetched, error) { return Fetched{}, nil })
		w.poke()
		if w.Current().Topic("a").Schema != Warn || w.log.Len() > 0 {
			t.Errorf("%+v\n%s", w.Current().Topic("a"), w.log)
		}
		w.source.behave(serves(enforced, ""))
		w.live(Interval + time.Second)
		w.source.behave(func(context.Context) (Fetched, error) { return Fetched{}, nil })
		w.live(Interval + time.Second)
		if w.Current().Topic("a").Schema != Enforce {
			t.Error("the flags are gone")
		}
	})
}

func TestAPanicInTheSourceIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(func(context.Context) (Fetched, error) { panic("a source trips") })
		w.poke()
		w.lines(t, "panic: a source trips", 1)
		w.source.behave(serves(enforced, ""))
		w.live(firstBackoff + time.Second)
		if w.Current().Topic("a").Schema != Enforce {
			t.Errorf("it did not recover:\n%s", w.log)
		}
	})
}

func TestPollsNeverOverlap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(func(ctx context.Context) (Fetched, error) {
			time.Sleep(3 * time.Second)
			return Fetched{Content: []byte(enforced)}, nil
		})
		for range 20 {
			go func() {
				for range 200 {
					w.Poke()
					_ = w.Current().Topic("a")
					time.Sleep(time.Second / 2)
				}
			}()
		}
		time.Sleep(200 * time.Second)
		synctest.Wait()
		if w.source.overlap.Load() || w.source.count() < 3 {
			t.Errorf("overlap: %t, %d polls", w.source.overlap.Load(), w.source.count())
		}
	})
}

func TestLevelFollowsTheDocument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		level := new(slog.LevelVar)
		level.Set(slog.LevelWarn)
		var log strings.Builder
		logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: level}))
		w := newWorld(serves(`{}`, "unset"), WithLevel(level), WithLogger(logger))
		for _, c := range []struct {
			document string
			want     slog.Level
			told     bool
		}{
			{`{}`, slog.LevelWarn, false},
			{`{"logLevel":"debug"}`, slog.LevelDebug, true},
			{`{"logLevel":"error"}`, slog.LevelError, true},
			{`{"logLevel":"info"}`, slog.LevelInfo, true},
			{`{"topics":{}}`, slog.LevelWarn, true},
		} {
			log.Reset()
			w.source.behave(serves(c.document, ""))
			w.live(Interval + time.Second)
			if level.Level() != c.want || w.Level().Level() != c.want {
				t.Errorf("%s: level is %s, want %s", c.document, level, c.want)
			}
			if told := strings.Contains(log.String(), "flags are in effect"); told != c.told {
				t.Errorf("%s: the change is logged: %t, want %t", c.document, told, c.told)
			}
		}
	})
}

func TestWithoutASourceTheInitialFlagsStay(t *testing.T) {
	document, err := Parse([]byte(`{"logLevel":"error"}`))
	if err != nil {
		t.Fatal(err)
	}
	p := New(nil, Set[topicsWithSchemas]{Document: document}, compileNames)
	p.Poke()
	p.Settle(t.Context())
	if p.Current().Document != document || p.Level().Level() != slog.LevelError {
		t.Errorf("%+v, %s", p.Current(), p.Level())
	}
}
