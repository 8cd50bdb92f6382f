package harness

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// sleep blocks the thread, to within the kernel's timer slack of 50 µs.
func sleep(d time.Duration) {
	left := unix.NsecToTimespec(d.Nanoseconds())
	for errors.Is(unix.Nanosleep(&left, &left), unix.EINTR) { // interrupted: sleep what is left
	}
}
