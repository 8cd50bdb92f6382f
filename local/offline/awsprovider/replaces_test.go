package awsprovider

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
)

// TestWhatReplaces keeps policy/replaces.json, by which `make preview` says what is replaced, as this stand-in has it. The witness
// holds the stand-in to the released provider.
func TestWhatReplaces(t *testing.T) {
	table := map[string][]string{}
	for token, r := range newRegistry() {
		paths := []string{}
		if len(r.edits) == 0 && r.tags == nil {
			paths = []string{"*"}
		} else {
			replacing("", r.inputs, &paths)
		}
		table[string(token)] = paths
	}
	have, err := json.MarshalIndent(table, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	have = append(have, '\n')
	const file = "../../../policy/replaces.json"
	if *updateFiles {
		if err := os.WriteFile(file, have, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("%s is not what the stand-in has; write it with go test ./offline/awsprovider -run TestWhatReplaces -update", file)
	}
}

// replacing are the paths of properties that need a new resource when they change. [] is any element.
func replacing(path string, fields properties, to *[]string) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		p := fields[name]
		at := join(path, name)
		switch {
		case p.replaces:
			*to = append(*to, at)
		case p.elem != nil && p.elem.fields != nil:
			replacing(at+"[]", p.elem.fields, to)
		case p.fields != nil:
			replacing(at, p.fields, to)
		}
	}
}
