package schema

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/schemas"
)

// Registry has the schemas by topic and version. It does not change; several goroutines can use it at once.
type Registry struct {
	topics   map[string][]*version // by number, lowest first
	verdicts *verdicts
	// treeBytes is what validating one payload may take, see Within.
	treeBytes int
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
	r := &Registry{topics: make(map[string][]*version, len(files)), verdicts: newVerdicts(), treeBytes: DefaultTreeBytes}
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

// Result is what a check found.
type Result struct {
	// Known is whether the registry has a schema of that topic and version. Nothing was checked if not.
	Known bool
	// Version is the version that was used, or asked for if it is not known.
	Version string
	// Mismatch is where the payload fails; nil if it matches. It is shared and must not be changed.
	Mismatch *Mismatch
	// First is whether no payload that fails like this one has been met before: of the same shape, and with a schema that
	// looks at values, at the same place. A shape that was not met for long counts as new again.
	First bool
}

// Check validates a payload against a version of its topic's schema, "" meaning the latest. The payload must be valid JSON
// without duplicate names, with numbers that float64 holds, as the decoder lets through.
func (r *Registry) Check(topic, version string, payload jsontext.Value) Result {
	v := r.version(topic, version)
	if v == nil {
		return Result{Version: version}
	}
	schema, err := v.compile()
	if err != nil {
		// Additional versions were compiled when they were added, and a test compiles those of the build.
		return Result{Version: v.name}
	}
	mismatch, first := r.verdict(schema, payload)
	return Result{Known: true, Version: v.name, Mismatch: mismatch, First: first}
}

func (r *Registry) verdict(schema *compiled, payload jsontext.Value) (mismatch *Mismatch, first bool) {
	buffer := shapes.Get().(*[]byte)
	defer release(buffer)
	shape, ok := appendShape((*buffer)[:0], payload, schema.names)
	*buffer = shape
	if !ok {
		return &Mismatch{Keyword: notJSON}, true
	}
	if len(shape) > maxShapeBytes {
		return unlooked(tooVaried), true
	}
	if !schema.byShape {
		if treeBytes(payload) > r.treeBytes {
			mismatch = unlooked(tooLarge)
		} else if mismatch = schema.validate(payload); mismatch == nil {
			return nil, false
		}
		return mismatch, r.verdicts.remember(r.verdicts.key(schema, append(shape, mismatch.Path...)), mismatch)
	}
	k := r.verdicts.key(schema, shape)
	if mismatch, known := r.verdicts.of(k); known {
		return mismatch, false
	}
	mismatch = schema.validate(shape)
	first = r.verdicts.remember(k, mismatch)
	return mismatch, first && mismatch != nil
}

// maxShapeBytes bounds the shapes that are looked at: taken apart, one takes several times its size. Those of events have
// some hundred bytes.
const maxShapeBytes = 256 << 10

// keptBytes is the size from which a buffer is left to the garbage collector: few payloads have shapes that large.
const keptBytes = 64 << 10

var shapes = sync.Pool{New: func() any { return new(make([]byte, 0, 1<<10)) }}

func release(buffer *[]byte) {
	if cap(*buffer) <= keptBytes {
		shapes.Put(buffer)
	}
}

// generation is how many verdicts one generation of the cache holds. Events of the embedded topics have a few shapes
// each, so that two generations, 1024 verdicts of some 100 bytes, hold all that a process meets.
const generation = 512

// key is a shape as one schema sees it.
type key struct {
	schema *compiled
	shape  uint64
}

// verdicts remembers what became of shapes. It holds two generations: a new verdict goes into the young one; when that is
// full it becomes the old one, and what was only in the old one is forgotten. A verdict that is used moves along.
type verdicts struct {
	seed maphash.Seed

	mu         sync.RWMutex
	young, old map[key]*Mismatch
}

func newVerdicts() *verdicts {
	return &verdicts{seed: maphash.MakeSeed(), young: map[key]*Mismatch{}}
}

func (v *verdicts) key(c *compiled, shape []byte) key {
	return key{c, maphash.Bytes(v.seed, shape)}
}

// of returns the verdict on a shape, if it is remembered.
func (v *verdicts) of(k key) (mismatch *Mismatch, known bool) {
	v.mu.RLock()
	mismatch, known = v.young[k]
	old := false
	if !known {
		mismatch, old = v.old[k]
	}
	v.mu.RUnlock()
	if old {
		v.remember(k, mismatch)
	}
	return mismatch, known || old
}

// remember keeps a verdict and reports whether it is a new one.
func (v *verdicts) remember(k key, mismatch *Mismatch) (isNew bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if _, known := v.young[k]; known {
		return false
	}
	_, known := v.old[k]
	if len(v.young) >= generation {
		v.old, v.young = v.young, make(map[key]*Mismatch, generation)
	}
	v.young[k] = mismatch
	return !known
}
