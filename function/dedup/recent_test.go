package dedup

import (
	"strconv"
	"testing"
	"time"
)

func TestAKeyIsRememberedForFiveToTenMinutes(t *testing.T) {
	start := time.Unix(1767323045, 0)
	for _, c := range []struct {
		name  string
		looks []time.Duration // since the key was added; it is remembered at all but the last
	}{
		{"nobody looks", []time.Duration{10 * time.Minute}},
		{"nobody looks for less", []time.Duration{10*time.Minute - 1, 20 * time.Minute}},
		{"someone looks after five minutes", []time.Duration{5 * time.Minute, 10*time.Minute - 1, 10 * time.Minute}},
		{"someone looks just before", []time.Duration{5*time.Minute - 1, 10*time.Minute - 1, 15*time.Minute - 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			now := start
			r := newRecent(func() time.Time { return now })
			r.add("key")
			for i, look := range c.looks {
				now = start.Add(look)
				if got, want := r.has("key"), i < len(c.looks)-1; got != want {
					t.Errorf("after %v: remembered is %t", look, got)
				}
			}
			if r.has("another") {
				t.Error("a key that was never added is remembered")
			}
		})
	}
}

func TestNoMoreThanTwiceTenThousandKeysAreRemembered(t *testing.T) {
	r := newRecent(time.Now)
	most := 0
	for i := range 35_000 {
		r.add(strconv.Itoa(i))
		most = max(most, len(r.young))
	}
	if most != 10_000 || len(r.old) != 10_000 {
		t.Errorf("%d young keys and %d old ones", most, len(r.old))
	}
	for i, want := range map[int]bool{34_999: true, 20_000: true, 19_999: false, 0: false} {
		if got := r.has(strconv.Itoa(i)); got != want {
			t.Errorf("key %d: remembered is %t", i, got)
		}
	}
}
