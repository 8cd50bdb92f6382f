package flags

import (
	"reflect"
	"testing"
)

// TestWhatADocumentAsksOfSchemas has topics "known", with the versions 1 and 2, and "unknown", without a schema.
func TestWhatADocumentAsksOfSchemas(t *testing.T) {
	registry := topicsWithSchemas{"known 1", "known 2"}
	for _, c := range []struct {
		name, document string
		want           []Unmet
	}{
		{"nothing", `{}`, nil},
		{"a version that is there", `{"topics":{"known":{"schema":"enforce","version":"1"}}}`, nil},
		{"the latest version", `{"topics":{"known":{"schema":"enforce"}}}`, nil},
		{"a version that is not there", `{"topics":{"known":{"version":"3"}}}`, []Unmet{{"known", "version", "3", []string{"1", "2"}}}},
		{"a version that is not there of what is not validated", `{"topics":{"known":{"schema":"off","version":"3"}}}`, []Unmet{{"known", "version", "3", []string{"1", "2"}}}},
		{"a version of a topic without a schema", `{"topics":{"unknown":{"version":"1"}}}`, []Unmet{{"unknown", "version", "1", nil}}},
		{"a topic without a schema enforced", `{"topics":{"unknown":{"schema":"enforce"}}}`, []Unmet{{"unknown", "schema", "enforce", nil}}},
		{"a topic without a schema reported", `{"topics":{"unknown":{"schema":"warn"}}}`, nil},
		{"a topic without a schema paused", `{"topics":{"unknown":{"state":"paused"}}}`, nil},
		{"all topics enforced", `{"defaults":{"schema":"enforce"},"topics":{"unknown":{"state":"paused"}}}`, nil},
		{
			"several", `{"topics":{"unknown":{"schema":"enforce"},"known":{"version":"9"}}}`,
			[]Unmet{{"known", "version", "9", []string{"1", "2"}}, {"unknown", "schema", "enforce", nil}},
		},
	} {
		document, err := Parse([]byte(c.document))
		if err != nil {
			t.Fatal(err)
		}
		if got := document.Unmet(registry); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
