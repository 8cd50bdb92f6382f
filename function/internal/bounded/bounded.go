// Package bounded is for tests of code with a loop that has to end. A loop that doesn't keeps a test from ever failing, and
// may take all of the machine's memory before the test binary's own timeout.
package bounded

import (
	"runtime"
	"time"
)

// What a call may take: thousands of times of what those of this module's tests need.
const (
	mostTime   = 5 * time.Second
	mostMemory = 256 << 20 // bytes
)

// Run runs f in a goroutine of its own. It ends the whole test binary when f takes more than 5 seconds or 256 MiB, as
// nothing else can end f. A test that uses synctest calls it outside of the bubble.
func Run(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	watch(done, mostTime, mostMemory)
}

// watch waits for done. It panics when that takes longer than limit, or when the heap grows by more than memory bytes.
func watch(done <-chan struct{}, limit time.Duration, memory uint64) {
	before := heap()
	deadline := time.After(limit)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-done:
			return
		case <-deadline:
			panic("bounded: the call doesn't end")
		case <-look.C:
			if now := heap(); now > before && now-before > memory {
				panic("bounded: the call takes too much memory")
			}
		}
	}
}

func heap() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
