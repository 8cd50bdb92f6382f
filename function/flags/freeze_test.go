package flags

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestAPollThatWasFrozenBeginsAnewWhenTheProcessThaws(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(frozen(time.Hour))
		w.poke()
		w.source.behave(serves(enforced, ""))
		time.Sleep(time.Hour)
		synctest.Wait()
		if w.Current().Topic("a").Schema != Enforce || w.source.count() != 2 {
			t.Errorf("after the thaw: %+v, %d polls", w.Current().Topic("a"), w.source.count())
		}
		w.lines(t, "can't be read", 0)
	})
}

func TestSourceThatIsAlwaysSlowIsNotAskedWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(frozen(20 * time.Second))
		w.poke()
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if w.source.count() != 2 {
			t.Errorf("asked %d times with one poke, want twice", w.source.count())
		}
		w.lines(t, "can't be read", 1)
		time.Sleep(time.Hour)
	})
}

func TestSettle(t *testing.T) {
	for _, c := range []struct {
		name        string
		late, poll  time.Duration // how long after the poke it is called, and how long the poll takes
		limit, want time.Duration
	}{
		{"the poll ends", 10 * time.Millisecond, 60 * time.Millisecond, time.Hour, 50 * time.Millisecond},
		{"the poll has ended", 100 * time.Millisecond, 60 * time.Millisecond, time.Hour, 0},
		{"the poll hangs", 100 * time.Millisecond, time.Second, time.Hour, 400 * time.Millisecond},
		{"the poll has hung long enough", time.Second, 2 * time.Second, time.Hour, 0},
		{"the invocation has no more time", 0, time.Second, 30 * time.Millisecond, 30 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(func(context.Context) (Fetched, error) {
					time.Sleep(c.poll)
					return Fetched{Content: []byte(enforced)}, nil
				})
				w.Poke()
				time.Sleep(c.late)
				ctx, cancel := context.WithTimeout(t.Context(), c.limit)
				defer cancel()
				started := time.Now()
				w.Settle(ctx)
				if took := time.Since(started); took != c.want {
					t.Errorf("it stayed %s, want %s", took, c.want)
				}
				time.Sleep(c.poll)
			})
		})
	}
	t.Run("no poll", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			newWorld(hangs).Settle(t.Context())
			if time.Since(started) != 0 {
				t.Error("it stayed for nothing")
			}
		})
	})
}

// TestOldFlagsAreReadBeforeTheyAreUsed has a process stand still for hours after flags were read, or begin with those that
// an earlier process kept. An operator has changed them meanwhile.
func TestOldFlagsAreReadBeforeTheyAreUsed(t *testing.T) {
	const dropped = `{"topics":{"a":{"state":"dropped"}}}`
	for _, c := range []struct {
		name  string
		fetch func(context.Context) (Fetched, error)
		fresh bool
		took  time.Duration
	}{
		{"the source answers", func(context.Context) (Fetched, error) {
			time.Sleep(80 * time.Millisecond)
			return Fetched{Content: []byte(`{}`)}, nil
		}, true, 80 * time.Millisecond},
		{"the source fails", fails, false, 0},
		{"the source hangs", hangs, false, 2 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(serves(dropped, ""))
				if w.poke(); !w.Fresh(t.Context()) || w.Current().Topic("a").State != Dropped {
					t.Fatal("flags that were just read are not fresh")
				}
				time.Sleep(3 * time.Hour)
				w.source.behave(c.fetch)
				w.Poke()
				started := time.Now()
				fresh := w.Fresh(t.Context())
				if took := time.Since(started); fresh != c.fresh || took != c.took {
					t.Errorf("fresh: %v after %v, want %v after %v", fresh, took, c.fresh, c.took)
				}
				if c.fresh && w.Current().Topic("a").State != Active {
					t.Error("the flags in effect are the old ones")
				}
				time.Sleep(time.Minute)
			})
		})
	}
	t.Run("a kept file", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			folder := t.TempDir()
			first := newWorld(serves(dropped, ""), WithCache(folder))
			first.poke()
			time.Sleep(20 * time.Hour)
			next := newWorld(fails, WithCache(folder))
			if next.Current().Topic("a").State != Dropped {
				t.Fatal("the kept file is not in effect")
			}
			if next.poke(); next.Fresh(t.Context()) {
				t.Error("flags of 20 hours ago are fresh")
			}
		})
	})
	t.Run("built-in flags", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(fails)
			if w.poke(); !w.Fresh(t.Context()) {
				t.Error("the built-in flags are not fresh")
			}
		})
	})
}
