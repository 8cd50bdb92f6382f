package simulation

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestMappingReadsResponse(t *testing.T) {
	for _, c := range []struct{ name, response, failed, whole string }{
		{"empty list", `{"batchItemFailures":[]}`, "", ""},
		{"null list", `{"batchItemFailures":null}`, "", ""},
		{"no list", `{}`, "", ""},
		{"null response", `null`, "", ""},
		{"empty response", ``, "", ""},
		{"one failure", `{"batchItemFailures":[{"itemIdentifier":"a"}]}`, "a", ""},
		{"all fail", `{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a"}]}`, "a b", ""},
		{"wrong key", `{"batchItemFailures":[{"itemId":"a"}]}`, "", "no identifier"},
		{"empty id", `{"batchItemFailures":[{"itemIdentifier":""}]}`, "", "no identifier"},
		{"null id", `{"batchItemFailures":[{"itemIdentifier":null}]}`, "", "no identifier"},
		{"unknown id", `{"batchItemFailures":[{"itemIdentifier":"c"}]}`, "", "not in the batch"},
		{"not JSON", `batchItemFailures`, "", "not what it should be"},
		{"a text", `"failed"`, "", "not what it should be"},
	} {
		t.Run(c.name, func(t *testing.T) {
			failed, whole := interpret([]byte(c.response), map[string]bool{"a": true, "b": true})
			if got := strings.Join(slices.Sorted(maps.Keys(failed)), " "); got != c.failed {
				t.Errorf("failed %q, want %q", got, c.failed)
			}
			if (whole != nil) != (c.whole != "") || whole != nil && !strings.Contains(whole.Error(), c.whole) {
				t.Errorf("whole batch: %v, want %q", whole, c.whole)
			}
		})
	}
}
