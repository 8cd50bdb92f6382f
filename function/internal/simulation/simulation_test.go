package simulation

import (
	"context"
	"fmt"
	"maps"
	"os"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// defaultDeliveries is how many messages the function is handed in an ordinary run of the tests; SIM_DELIVERIES asks
// for more. Under the race detector, which makes everything slower, a tenth must do.
const defaultDeliveries = 200_000

// TestMain sees to it that a panic in a goroutine of the function, which ends the tests at once, shows the seed of its
// world: it is a label of the goroutines.
func TestMain(m *testing.M) {
	if err := os.Setenv("GODEBUG", strings.Trim(os.Getenv("GODEBUG")+",tracebacklabels=1", ",")); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// play runs one world in a bubble of its own.
func play(t *testing.T, seed uint64, m mutation, tracing bool) result {
	t.Helper()
	var r result
	pprof.Do(t.Context(), pprof.Labels("seed", strconv.FormatUint(seed, 10)), func(context.Context) {
		synctest.Test(t, func(*testing.T) { r = run(seed, m, tracing) })
	})
	return r
}

// fromEnvironment reads a number from an environment variable; it says whether there is one.
func fromEnvironment(t *testing.T, name string) (n uint64, found bool) {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s is %q, should be a number", name, text)
	}
	return n, true
}

func fail(t *testing.T, r result) {
	t.Helper()
	t.Errorf("seed %d breaks a promise:\n  %s\nreplay it with: %s", r.seed, strings.Join(r.violations, "\n  "), replay(r.seed))
}

// replay is the command that plays the world of a seed again.
func replay(seed uint64) string {
	return fmt.Sprintf("cd function && SIM_SEED=%d go test ./internal/simulation -run 'TestPromises$' -v", seed)
}

// total sums up results.
type total struct {
	mu                           sync.Mutex
	worlds, messages, deliveries int
	counts                       map[string]int
	failed                       []uint64 // seeds
}

func (s *total) add(r result) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.worlds++
	s.messages += r.messages
	s.deliveries += r.deliveries
	for what, n := range r.counts {
		s.counts[what] += n
	}
	if len(r.violations) > 0 {
		s.failed = append(s.failed, r.seed)
	}
}

// enough reports whether no more worlds are needed: there were enough deliveries, or enough failures to look at.
func (s *total) enough(deliveries, failures int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deliveries >= deliveries || len(s.failed) >= failures
}

func (s *total) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf("%d deliveries of %d messages in %d worlds, %d of them red", s.deliveries, s.messages, s.worlds, len(s.failed))
}

// progress logs every few seconds how far a long run is. It returns what ends that.
func (s *total) progress(t *testing.T, began time.Time) (stop func()) {
	t.Helper()
	ticker, done := time.NewTicker(5*time.Second), make(chan struct{})
	var logging sync.WaitGroup
	logging.Go(func() {
		for {
			select {
			case <-ticker.C:
				t.Logf("%v: %v", time.Since(began).Round(time.Second), s)
			case <-done:
				return
			}
		}
	})
	return func() {
		ticker.Stop()
		close(done)
		logging.Wait()
	}
}

func TestPromises(t *testing.T) {
	if seed, found := fromEnvironment(t, "SIM_SEED"); found {
		r := play(t, seed, mutation{}, true)
		t.Logf("seed %d\n%s", seed, strings.Join(r.traces, "\n"))
		if len(r.violations) > 0 {
			fail(t, r)
		}
		return
	}
	first := uint64(1)
	if n, found := fromEnvironment(t, "SIM_FIRST_SEED"); found {
		first = n
	}
	deliveries, failures := defaultDeliveries, 3
	n, long := fromEnvironment(t, "SIM_DELIVERIES")
	switch {
	case long:
		deliveries, failures = int(n), 30
	case underRaceDetector || testing.Short():
		deliveries /= 10
	}
	began := time.Now()
	sum := &total{counts: map[string]int{}}
	workers := runtime.GOMAXPROCS(0)
	stop := func() {}
	if long {
		t.Logf("worlds from seed %d on, %d deliveries", first, deliveries)
		stop = sum.progress(t, began)
	}
	t.Run("worlds", func(t *testing.T) {
		for worker := range workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				for seed := first + uint64(worker); !sum.enough(deliveries, failures); seed += uint64(workers) {
					r := play(t, seed, mutation{}, false)
					sum.add(r)
					if len(r.violations) > 0 {
						fail(t, r)
					}
				}
			})
		}
	})
	stop()
	t.Log(sum.table())
	t.Logf("worlds from seed %d on: %v, %v", first, sum, time.Since(began).Round(time.Second))
	for _, seed := range sum.failed {
		t.Logf("red: %s", replay(seed))
	}
	if len(sum.failed) == 0 && deliveries >= defaultDeliveries { // what is rare does not happen in a few
		sum.checkCoverage(t)
	}
}

func (s *total) table() string {
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(s.counts)) {
		fmt.Fprintf(&b, "\n%9d  %s", s.counts[what], what)
	}
	return b.String()
}

// TestSeedReplays runs worlds again: the same seed must tell the same story, to the nanosecond. Where two things happen at
// one instant the scheduler chooses which is first, and the story may fork, more than once where a process wakes with several
// calls and deadlines at a time: one of its ends must come again then. Seed 25 has ends of which each comes in an eighth to a half
// of its tellings.
func TestSeedReplays(t *testing.T) {
	const tellings = 30
	for seed := uint64(1); seed <= 100; seed++ {
		stories := [][]string{play(t, seed, mutation{}, true).traces}
		for again := false; !again; {
			story := play(t, seed, mutation{}, true).traces
			for _, told := range stories {
				again = again || same(told, story)
			}
			if stories = append(stories, story); len(stories) == tellings && !again {
				t.Fatalf("seed %d tells another story each time; one has:\n%s\nthe next:\n%s",
					seed, firstMissing(stories[0], stories[1]), firstMissing(stories[1], stories[0]))
			}
		}
	}
}

func same(story, other []string) bool {
	return firstMissing(story, other) == "" && firstMissing(other, story) == ""
}

// firstMissing is the first line of a story that another does not have. What happens at one instant may be noted in any
// order.
func firstMissing(story, other []string) string {
	left := map[string]int{}
	for _, line := range other {
		left[line]++
	}
	for _, line := range story {
		if left[line]--; left[line] < 0 {
			return line
		}
	}
	if len(other) > len(story) {
		return "nothing more"
	}
	return ""
}
