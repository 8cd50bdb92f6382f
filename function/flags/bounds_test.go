package flags

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheFileCountsUntilTheEndOfTheDay(t *testing.T) {
	fetched := time.Date(2026, 1, 2, 3, 4, 5, 678, time.UTC)
	cache := newCache(t.TempDir(), nil)
	if err := cache.write(kept{FetchedAt: fetched, Content: []byte(enforced)}); err != nil {
		t.Fatal(err)
	}
	for age, want := range map[time.Duration]bool{
		24 * time.Hour: true, 24*time.Hour + 1: false, 0: true, -time.Minute: true, -time.Minute - 1: false,
	} {
		if _, err := cache.read(fetched.Add(age)); (err == nil) != want {
			t.Errorf("%v old: %v", age, err)
		}
	}
}

// TestTheLargestFileIsThatOfTheLargestDocument: base64 makes four bytes of three, and the members beside it have their room.
func TestTheLargestFileIsThatOfTheLargestDocument(t *testing.T) {
	cache := newCache(t.TempDir(), nil)
	now := time.Now()
	if err := cache.write(kept{FetchedAt: now, Label: strings.Repeat("l", 3000), Content: make([]byte, 1<<20)}); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(cache.path)
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]bool{len(content): true, 1402196: true, 1402197: false} {
		padded := []byte(string(content) + strings.Repeat(" ", size-len(content)))
		if err := os.WriteFile(cache.path, padded, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := cache.read(now); (err == nil) != want {
			t.Errorf("a file of %d bytes: %v", size, err)
		}
	}
}

func TestTheFileIsWrittenAgainOnceAnHour(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		w := newWorld(serves(enforced, "v1"), WithCache(folder))
		fetched := func() time.Duration {
			kept, err := newCache(folder, nil).read(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return kept.FetchedAt.Sub(start)
		}
		w.live(time.Hour)
		if got := fetched(); got != 0 {
			t.Errorf("within the hour it is written after %v", got)
		}
		w.live(time.Second)
		if got := fetched(); got != time.Hour {
			t.Errorf("after the hour it is of %v", got)
		}
	})
}

func TestADocumentHasAMebibyteAtMost(t *testing.T) {
	for size, want := range map[int]bool{1 << 20: true, 1<<20 + 1: false} {
		if _, err := Parse([]byte(enforced + strings.Repeat(" ", size-len(enforced)))); (err == nil) != want {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

// TestOnlyAPollThatTookLongerThanItCouldWasFrozen: one that ends by its timeout is a failure like any other.
func TestOnlyAPollThatTookLongerThanItCouldWasFrozen(t *testing.T) {
	for name, c := range map[string]struct {
		fetch func(context.Context) (Fetched, error)
		polls int
	}{
		"it ends by its timeout":    {hangs, 1},
		"it ends a little later":    {frozen(6*time.Second - 1), 1},
		"it ends a second later":    {frozen(6 * time.Second), 2},
		"it was not even slow":      {fails, 1},
		"it was slow and succeeded": {func(context.Context) (Fetched, error) { time.Sleep(time.Minute); return Fetched{}, nil }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(c.fetch)
				w.poke()
				time.Sleep(2 * time.Minute)
				synctest.Wait()
				if w.source.count() != c.polls {
					t.Errorf("asked %d times, want %d", w.source.count(), c.polls)
				}
			})
		})
	}
}

// TestWaitsAfterFailuresDouble until the interval is reached, however many there were.
func TestWaitsAfterFailuresDouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(fails)
		w.live(15 * time.Minute)
		want := []time.Duration{5 * time.Second, 10 * time.Second, 20 * time.Second}
		for i := 1; i < len(w.source.calls); i++ {
			wait := w.source.calls[i].Sub(w.source.calls[i-1])
			if i <= len(want) && wait != want[i-1] || i > len(want) && wait != 30*time.Second {
				t.Errorf("poll %d comes after %v", i+1, wait)
			}
		}
		if len(w.source.calls) < 25 {
			t.Errorf("%d polls in 15 minutes", len(w.source.calls))
		}
	})
}

func TestAnInvocationWaitsForARecentReadForTwoSecondsAtMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(serves(enforced, "v1"))
		w.poke()
		// Each moment is counted from the read.
		read := time.Now()
		for _, c := range []struct {
			age  time.Duration
			want bool
		}{{0, true}, {time.Minute, true}, {time.Minute + 1, false}} {
			time.Sleep(time.Until(read.Add(c.age)))
			if got := w.Fresh(t.Context()); got != c.want {
				t.Errorf("after %v: fresh is %t", c.age, got)
			}
		}
		w.source.behave(func(context.Context) (Fetched, error) {
			time.Sleep(3 * time.Second)
			return Fetched{}, errors.New("too late")
		})
		w.Poke()
		start := time.Now()
		if w.Fresh(t.Context()) || time.Since(start) != 2*time.Second {
			t.Errorf("waited %v for a poll that hangs", time.Since(start))
		}
		time.Sleep(time.Minute)
	})
}

func TestErrorsShowAHundredBytesOfAValue(t *testing.T) {
	for length, want := range map[int]string{100: strings.Repeat("x", 100), 101: strings.Repeat("x", 100) + "…"} {
		if got := shortened(strings.Repeat("x", length)); got != want {
			t.Errorf("%d bytes become %q", length, got)
		}
	}
}

func TestTwentyFaultsAreNamedAndTheOthersCounted(t *testing.T) {
	for faults, want := range map[int]string{19: "", 20: "", 21: "and 1 more", 25: "and 5 more"} {
		var p problems
		for range faults {
			p.add(errors.New("fault"))
		}
		text := p.err().Error()
		if strings.Count(text, "fault") != min(faults, 20) || !strings.HasSuffix(text, want) || (want == "") == strings.Contains(text, "more") {
			t.Errorf("%d faults: %s", faults, text)
		}
	}
}

func TestNamesAndVersionsAreBounded(t *testing.T) {
	for name, want := range map[string]bool{
		"": false, "a": true, "!": true, "~": true, " ": false, "\x7f": false, "a b": false, "é": false, strings.Repeat("x", 256): true, strings.Repeat("x", 257): false,
	} {
		if got := topicName(name); got != want {
			t.Errorf("topic %q: %t", name, got)
		}
	}
	for version, want := range map[string]bool{
		"": false, "1": true, "9": true, "0": false, "01": false, "10": true, "999999999": true, "1000000000": false, "1/": false, "1:": false, "1a": false, "-1": false,
	} {
		if got := versionNumber(version); got != want {
			t.Errorf("version %q: %t", version, got)
		}
	}
}
