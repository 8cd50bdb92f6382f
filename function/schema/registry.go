package schema

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"cc-eventbridge/function/schemas"
)

// Registry has the schemas by topic and version. It does not change; several goroutines can use it at once.
type Registry struct {
	topics   map[string][]*version // by number, lowest first
	verdicts *verdicts
}

// version is one version of a topic's schema.
type version struct {
	number  int
	name    string
	compile func() (*compiled, error)
}

// New returns the registry of the schemas that this build has. None of them is compiled yet.
func New() *Registry {
	files, err := fs.Glob(schemas.Files, "*/*.json")
	if err != nil {
		panic(fmt.Sprintf("the pattern is well formed: %v", err))
	}
	r := &Registry{topics: make(map[string][]*version, len(files)), verdicts: newVerdicts()}
	for _, file := range files {
		topic, name := path.Dir(file), strings.TrimSuffix(path.Base(file), ".json")
		number, err := versionNumber(name)
		if err != nil {
			panic(fmt.Sprintf("%s of this build: %v", file, err))
		}
		r.topics[topic] = append(r.topics[topic], &version{number, name, sync.OnceValues(func() (*compiled, error) {
			source, err := schemas.Files.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("reading the schema: %w", err)
			}
			return compile(source)
		})})
	}
	for _, versions := range r.topics {
		sortByNumber(versions)
	}
	return r
}

// Versions returns the names of a topic's versions, the latest last; none for an unknown topic.
func (r *Registry) Versions(topic string) []string {
	var names []string
	for _, v := range r.topics[topic] {
		names = append(names, v.name)
	}
	return names
}

// version returns the named version of a topic, its latest for "", nil if there is none.
func (r *Registry) version(topic, name string) *version {
	versions := r.topics[topic]
	if name == "" && len(versions) > 0 {
		return versions[len(versions)-1]
	}
	for _, v := range versions {
		if v.name == name {
			return v
		}
	}
	return nil
}

// versionNumber reads a version's name: 1 to 999999999, written without leading zeros.
func versionNumber(name string) (int, error) {
	const maxDigits = 9
	number, err := strconv.Atoi(name)
	if err != nil || number < 1 || len(name) > maxDigits || strconv.Itoa(number) != name {
		return 0, fmt.Errorf("version %q should be a whole number from 1 to 999999999 without leading zeros", name)
	}
	return number, nil
}

func sortByNumber(versions []*version) {
	slices.SortFunc(versions, func(a, b *version) int { return cmp.Compare(a.number, b.number) })
}
