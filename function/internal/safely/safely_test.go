package safely_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"cc-eventbridge/function/internal/safely"
)

func TestAPanicIsAnError(t *testing.T) {
	var (
		group sync.WaitGroup
		errs  [3]error
	)
	calls := []func(){func() {}, func() { panic("alice@example.com") }, func() { _ = []int{}[len("a")] }}
	for i, call := range calls {
		safely.Go(&group, call, func(err error) { errs[i] = err })
	}
	group.Wait()
	if errs[0] != nil {
		t.Errorf("a call that returns: %v", errs[0])
	}
	if errs[1] == nil || errs[1].Error() != "panic: a value of type string" {
		t.Errorf("a panic with a text: %v", errs[1])
	}
	panicked, ok := errors.AsType[*safely.PanicError](errs[2])
	if !ok || !strings.Contains(panicked.Error(), "out of range") || !strings.Contains(panicked.Stack, "safely_test") {
		t.Errorf("a panic of the runtime: %+v", panicked)
	}
}
