package process_test

import (
	"slices"
	"testing"

	"cc-eventbridge/function/contract"
)

// TestOneOrdinaryMessage delivers one direct event and nothing else. Its coverage is the list of files in README.md.
func TestOneOrdinaryMessage(t *testing.T) {
	w := newWorld()
	if failed := w.invoke(t, event(1)); len(failed) != 0 {
		t.Errorf("failed %v, want none", failed)
	}
	if runs := w.downstream.runs[keyOf(1)]; runs != 1 {
		t.Errorf("delivered %d times, want once", runs)
	}
	if states := w.states(); !slices.Equal(states, []string{contract.StateCompleted}) {
		t.Errorf("states %v, want one completed record", states)
	}
}
