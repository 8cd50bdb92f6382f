package schema

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// fixture is a payload of testdata/payloads/<topic>/<name>.json.
type fixture struct {
	topic, name string
	payload     jsontext.Value
}

func fixtures(tb testing.TB) []fixture {
	tb.Helper()
	root := os.DirFS("testdata/payloads")
	files, err := fs.Glob(root, "*/*.json")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no payloads in testdata: %v", err)
	}
	var all []fixture
	for _, file := range files {
		payload, err := fs.ReadFile(root, file)
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, fixture{path.Dir(file), strings.TrimSuffix(path.Base(file), ".json"), payload})
	}
	return all
}

// tree reads a payload so that it can be changed; numbers stay as they are written.
func tree(tb testing.TB, payload []byte) any {
	tb.Helper()
	decoder := json.NewDecoder(strings.NewReader(string(payload)))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		tb.Fatal(err)
	}
	return v
}

func written(tb testing.TB, v any) jsontext.Value {
	tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// objects calls visit with every object of a tree, always in the same order, inner ones first.
func objects(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			objects(v[name], visit)
		}
		visit(v)
	case []any:
		for _, child := range v {
			objects(child, visit)
		}
	}
}
