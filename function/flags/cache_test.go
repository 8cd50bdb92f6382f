package flags

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheNextProcessBeginsWithTheLastGoodFlags(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		first := newWorld(serves(enforced, "strict"), WithCache(folder, "app", "env", "profile"))
		first.poke()
		first.source.behave(serves(bad, "bad"))
		first.live(time.Minute)

		second := newWorld(serves(enforced, "strict"), WithCache(folder, "app", "env", "profile"))
		if set := second.Current(); set.Topic("a").Schema != Enforce || set.Label != "strict" || len(set.Registry) != 1 {
			t.Errorf("the next process begins with %q, %+v", set.Label, set.Topic("a"))
		}
		if second.source.count() > 0 {
			t.Error("it asked before the first poke")
		}
		second.poke()
		if second.source.count() != 1 {
			t.Error("it does not look whether they still are the last")
		}
		second.lines(t, "flags are in effect", 0) // nothing has changed

		for _, identity := range [][]string{{"app", "env"}, {"app", "env", "another"}, {"app", "envprofile"}, {}} {
			if set := newWorld(hangs, WithCache(folder, identity...)).Current(); set.Topic("a").Schema != Warn {
				t.Errorf("the flags of %q begin with another's", identity)
			}
		}
	})
	files, err := os.ReadDir(folder)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v; want one file", files, err)
	}
	if info, err := files[0].Info(); err != nil || info.Mode() != 0o600 {
		t.Errorf("%v, %v; want mode 0600", info.Mode(), err)
	}
}

func TestAChangeIsInTheFileAtOnce(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(serves(enforced, "first"), WithCache(folder))
		w.poke()
		w.source.behave(serves(offed, "second"))
		w.live(Interval + time.Second)
		if next := newWorld(hangs, WithCache(folder)).Current(); next.Label != "second" {
			t.Errorf("the next process begins with %q, want the second", next.Label)
		}
	})
}

func TestTheFileCountsForADay(t *testing.T) {
	for _, c := range []struct {
		name string
		age  time.Duration
		want Mode
	}{
		{"almost a day old", keptFor - time.Minute, Enforce},
		{"more than a day old", keptFor + time.Minute, Warn},
		{"of a clock that is a little ahead", -clockSkew / 2, Enforce},
		{"of the future", -time.Hour, Warn},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache := newCache(t.TempDir(), nil)
			if err := cache.write(kept{FetchedAt: time.Now().Add(-c.age), Content: []byte(enforced)}); err != nil {
				t.Fatal(err)
			}
			if got := newWorld(hangs, WithCache(cache.folder)).Current().Topic("a").Schema; got != c.want {
				t.Errorf("begins with %s, want %s", got, c.want)
			}
		})
	}
}

func TestFlagsThatStayTheSameDoNotGrowOld(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(serves(enforced, ""), WithCache(folder))
		w.poke()
		cache := newCache(folder, nil)
		var writings int
		var last time.Time
		for range 30 * 60 {
			w.live(time.Minute)
			k, err := cache.read(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if k.FetchedAt != last {
				last = k.FetchedAt
				writings++
			}
		}
		if writings != 30 {
			t.Errorf("the file is written %d times in 30 hours, want once an hour", writings)
		}
	})
}

func TestAFileThatCannotBeUsedIsNoMoreThanAMissingOne(t *testing.T) {
	good := func(change func(*kept)) []byte {
		k := kept{Identity: newCache("", nil).identity, FetchedAt: time.Now(), Content: []byte(enforced)}
		change(&k)
		content, err := json.Marshal(k)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	whole := good(func(*kept) {})
	for _, c := range []struct {
		name string
		make func(path string) error
		want Mode
	}{
		{"a good file", func(path string) error { return os.WriteFile(path, whole, 0o600) }, Enforce},
		{"no file", func(string) error { return nil }, Warn},
		{"an empty file", func(path string) error { return os.WriteFile(path, nil, 0o600) }, Warn},
		{"half a file", func(path string) error { return os.WriteFile(path, whole[:len(whole)/2], 0o600) }, Warn},
		{"noise", func(path string) error { return os.WriteFile(path, []byte("\x00\xff{"), 0o600) }, Warn},
		{"another function's file", func(path string) error {
			return os.WriteFile(path, good(func(k *kept) { k.Identity = "x" }), 0o600)
		}, Warn},
		{"a bad document", func(path string) error {
			return os.WriteFile(path, good(func(k *kept) { k.Content = []byte(bad) }), 0o600)
		}, Warn},
		{"a schema that its library trips over", func(path string) error {
			return os.WriteFile(path, good(func(k *kept) { k.Content = []byte(`{"defaults":{"schema":"off"},"schemas":{"b":{"1":{"x":"panic"}}}}`) }), 0o600)
		}, Warn},
		{"a file that is too large", func(path string) error {
			return os.WriteFile(path, append(whole, strings.Repeat(" ", maxFile)...), 0o600)
		}, Warn},
		{"a folder", func(path string) error { return os.Mkdir(path, 0o700) }, Warn},
		{"a link", func(path string) error {
			if err := os.WriteFile(path+".target", whole, 0o600); err != nil {
				return err
			}
			return os.Symlink(path+".target", path)
		}, Warn},
	} {
		t.Run(c.name, func(t *testing.T) {
			cache := newCache(t.TempDir(), nil)
			if err := c.make(cache.path); err != nil {
				t.Fatal(err)
			}
			if got := newWorld(hangs, WithCache(cache.folder)).Current().Topic("a").Schema; got != c.want {
				t.Errorf("begins with %s, want %s", got, c.want)
			}
		})
	}
}

func TestFileOfOthersIsNotTaken(t *testing.T) {
	for _, mode := range []os.FileMode{0o602, 0o620, 0o644} {
		cache := newCache(t.TempDir(), nil)
		if err := cache.write(kept{FetchedAt: time.Now(), Content: []byte(enforced)}); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(cache.path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := cache.read(time.Now()); err == nil || !strings.Contains(err.Error(), "should be a regular file of 0600") {
			t.Errorf("mode %s: %v", mode, err)
		}
	}
}

func TestAFileThatCannotBeWrittenCostsOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(serves(enforced, ""), WithCache(filepath.Join(t.TempDir(), "missing")))
		w.live(10 * time.Minute)
		if w.Current().Topic("a").Schema != Enforce {
			t.Error("the flags are not in effect")
		}
		w.lines(t, "flags can't be kept", 1)
	})
}

// TestProcessesShareTheFile has many write and read at the same time: none may see half a file.
func TestProcessesShareTheFile(t *testing.T) {
	folder := t.TempDir()
	documents := make([]string, 4)
	for i := range documents {
		documents[i] = fmt.Sprintf(`{"topics":{"t":{"version":"%d"}},"schemas":{"t":{"%[1]d":{"title":%[2]q}}}}`, i+1, strings.Repeat("x", i*50000))
	}
	write := func(i int) error {
		return newCache(folder, nil).write(kept{FetchedAt: time.Now(), Content: []byte(documents[i%len(documents)])})
	}
	if err := write(0); err != nil {
		t.Fatal(err)
	}
	var work sync.WaitGroup
	for i := range 4 {
		work.Go(func() {
			for range 50 {
				if err := write(i); err != nil {
					t.Error(err)
				}
			}
		})
		work.Go(func() {
			for range 50 {
				p := New(&fakeSource{}, Set[topicsWithSchemas]{Document: Default()}, compileNames, WithCache(folder), WithLogger(slog.New(slog.DiscardHandler)))
				if p.Current().Topic("t").Version == "" {
					t.Error("a process found no flags")
				}
			}
		})
	}
	work.Wait()
	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("%v, %v; want one file", files, err)
	}
}
