package bounded

import (
	"testing"
	"time"
)

func TestACallThatEndsIsWaitedFor(t *testing.T) {
	ended := false
	Run(func() { ended = true })
	if !ended {
		t.Error("Run returns before the call does")
	}
}

func TestACallThatTakesTooMuchEndsTheTests(t *testing.T) {
	for name, c := range map[string]struct {
		limit  time.Duration
		memory uint64
	}{
		"time": {20 * time.Millisecond, 1 << 40}, "memory": {time.Minute, 1 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			stop, done := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(done)
				var taken [][]byte
				for {
					select {
					case <-stop:
						return
					case <-time.After(time.Millisecond):
						if len(taken) < 64 {
							taken = append(taken, make([]byte, 1<<20))
						}
					}
				}
			}()
			defer func() {
				close(stop)
				<-done
				if recover() == nil {
					t.Error("nobody minds")
				}
			}()
			watch(done, c.limit, c.memory)
		})
	}
}
