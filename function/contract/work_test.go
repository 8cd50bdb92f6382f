package contract

import (
	"testing"
	"time"
)

func TestTimeForWork(t *testing.T) {
	for timeout, want := range map[time.Duration]time.Duration{
		15 * time.Minute: 897 * time.Second,
		6 * time.Second:  3 * time.Second,
		4 * time.Second:  2 * time.Second,
		time.Second:      500 * time.Millisecond,
	} {
		if got := TimeForWork(timeout); got != want {
			t.Errorf("of %v there are %v for work, want %v", timeout, got, want)
		}
	}
}

func TestStarted(t *testing.T) {
	for _, c := range []struct {
		each, timeout time.Duration
		memoryMB      int
		want          int
	}{
		{30 * time.Second, 2 * time.Minute, 512, 32 + 64 + 128 + 256},
		{117 * time.Second, 2 * time.Minute, 512, 32}, // the second round would begin when work ends
		{116 * time.Second, 2 * time.Minute, 512, 32 + 64},
		{30 * time.Second, 2 * time.Minute, 128, 32 + 64 + 64 + 64},
		{30 * time.Second, 2 * time.Minute, 40, 4 * 32},
		{time.Second, time.Second, 512, 32},
	} {
		if got := Started(c.each, c.timeout, c.memoryMB); got != c.want {
			t.Errorf("%v each within %v and %d MB: %d are started, want %d", c.each, c.timeout, c.memoryMB, got, c.want)
		}
	}
}
