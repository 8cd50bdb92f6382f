//go:build unix

package flags

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAPipeInPlaceOfTheFileHoldsNobodyUp(t *testing.T) {
	cache := newCache(t.TempDir(), nil)
	if err := syscall.Mkfifo(cache.path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.read(time.Now()); err == nil || !strings.Contains(err.Error(), "should be a regular file") {
		t.Errorf("%v", err)
	}
}
