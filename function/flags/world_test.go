package flags

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// fakeSource answers as it is told to, and counts.
type fakeSource struct {
	mutex   sync.Mutex
	fetch   func(ctx context.Context) (Fetched, error)
	calls   []time.Time
	running atomic.Int32
	overlap atomic.Bool
}

func (s *fakeSource) Fetch(ctx context.Context) (Fetched, error) {
	if s.running.Add(1) > 1 {
		s.overlap.Store(true)
	}
	defer s.running.Add(-1)
	s.mutex.Lock()
	s.calls = append(s.calls, time.Now())
	fetch := s.fetch
	s.mutex.Unlock()
	return fetch(ctx)
}

func (s *fakeSource) behave(fetch func(ctx context.Context) (Fetched, error)) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.fetch = fetch
}

func (s *fakeSource) count() int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.calls)
}

// serves is a source that always has this document.
func serves(document, label string) func(context.Context) (Fetched, error) {
	return func(context.Context) (Fetched, error) { return Fetched{Content: []byte(document), Label: label}, nil }
}

// hangs is a source that answers when its time is over.
func hangs(ctx context.Context) (Fetched, error) {
	<-ctx.Done()
	return Fetched{}, ctx.Err()
}

// frozen is a source whose answer is lost in a freeze.
func frozen(sleep time.Duration) func(context.Context) (Fetched, error) {
	return func(context.Context) (Fetched, error) {
		time.Sleep(sleep)
		return Fetched{}, errors.New("connection reset by peer")
	}
}

func fails(context.Context) (Fetched, error) { return Fetched{}, errors.New("service unavailable") }

// topicsWithSchemas is a registry that shows what it was compiled of.
type topicsWithSchemas []string

func (t topicsWithSchemas) Versions(topic string) []string {
	var versions []string
	for _, name := range t {
		if of, version, _ := strings.Cut(name, " "); of == topic {
			versions = append(versions, version)
		}
	}
	return versions
}

func compileNames(schemas Schemas) (topicsWithSchemas, error) {
	var names topicsWithSchemas
	for topic, versions := range schemas {
		for version, schema := range versions {
			if strings.Contains(string(schema), "panic") {
				panic("a library trips")
			}
			if strings.Contains(string(schema), "broken") {
				return nil, fmt.Errorf("schema %s of %s does not compile", version, topic)
			}
			names = append(names, topic+" "+version)
		}
	}
	slices.Sort(names)
	return names, nil
}

// world is a poller with all that is around it.
type world struct {
	*Poller[topicsWithSchemas]
	source   *fakeSource
	log      *bytes.Buffer
	compiled int
}

func newWorld(fetch func(context.Context) (Fetched, error), choices ...Option) *world {
	w := &world{source: &fakeSource{fetch: fetch}, log: new(bytes.Buffer)}
	level := new(slog.LevelVar)
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: level}))
	compile := func(schemas Schemas) (topicsWithSchemas, error) {
		w.compiled++
		return compileNames(schemas)
	}
	w.Poller = New(w.source, Set[topicsWithSchemas]{Document: Default()}, compile, slices.Concat([]Option{WithLogger(log), WithLevel(level)}, choices)...)
	return w
}

// poke pokes and lets the poll get as far as it can without time passing.
func (w *world) poke() {
	w.Poke()
	synctest.Wait()
}

// live lets invocations come once a second for some time.
func (w *world) live(span time.Duration) {
	for end := time.Now().Add(span); time.Now().Before(end); {
		w.poke()
		time.Sleep(time.Second)
	}
	synctest.Wait()
}

func (w *world) lines(t *testing.T, text string, want int) {
	t.Helper()
	if got := strings.Count(w.log.String(), text); got != want {
		t.Errorf("%q is logged %d times, want %d:\n%s", text, got, want, w.log)
	}
}
