package pipeline_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cc-eventbridge/infra/settings/settingstest"
)

// TestResourcesKeepTheirURNs compares with the URNs of stacks that are deployed. Pulumi knows a resource by its URN alone: one
// that changes is a new resource, and the queue or table of the old one is deleted with all that it holds. New resources
// may come; no line of the files may go, and -update does not write them.
func TestResourcesKeepTheirURNs(t *testing.T) {
	for name, stack := range stacks {
		t.Run(name, func(t *testing.T) {
			values := settingstest.Values(t, "../..", stack.file)
			maps.Copy(values, stack.set)
			var have []string
			for _, r := range resources(t, name, values) {
				have = append(have, r.identity())
			}
			slices.Sort(have)
			file := filepath.Join("testdata", name+".urns")
			deployed, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(deployed)) {
				if line = strings.TrimSpace(line); !slices.Contains(have, line) {
					t.Errorf("%s has\n  %s, which the program does not declare", file, line)
				}
			}
		})
	}
}

// identity is what the engine knows a resource by, and what it may do with it.
func (r registered) identity() string {
	line := r.full
	if r.Protect {
		line += " protect"
	}
	if r.Retain {
		line += " retainOnDelete"
	}
	return line
}
