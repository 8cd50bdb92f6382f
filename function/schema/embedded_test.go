package schema

import (
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"cc-eventbridge/function/schemas"
)

func TestEveryFileOfTheFolderIsEmbedded(t *testing.T) {
	onDisk, err := fs.Glob(os.DirFS("../schemas"), "*/*")
	if err != nil || len(onDisk) == 0 {
		t.Fatalf("no schemas: %v", err)
	}
	embedded, err := fs.Glob(schemas.Files, "*/*")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(onDisk, embedded) {
		t.Errorf("embedded are %v,\nthe folder has %v", embedded, onDisk)
	}
}

func TestEmbeddedSchemasCompileAndDependOnShapeAlone(t *testing.T) {
	for topic, versions := range New().topics {
		for _, v := range versions {
			c, err := v.compile()
			if err != nil {
				t.Errorf("%s, version %s: %v", topic, v.name, err)
				continue
			}
			if !c.byShape || c.names == nil {
				t.Errorf("%s, version %s uses a keyword that makes it slow, or an unknown member a new shape", topic, v.name)
			}
		}
	}
}

func TestEveryEmbeddedTopicHasAPayload(t *testing.T) {
	have := map[string]bool{}
	for _, f := range fixtures(t) {
		have[f.topic] = true
	}
	for topic := range New().topics {
		if !have[topic] {
			t.Errorf("testdata has no payload of %s", topic)
		}
	}
}

func TestPayloadsMatchTheirSchema(t *testing.T) {
	r := New()
	for _, f := range fixtures(t) {
		t.Run(f.topic+"/"+f.name, func(t *testing.T) {
			check := func(what string, v any) {
				t.Helper()
				if got := r.Check(f.topic, "", written(t, v)); !got.Known || got.Mismatch != nil {
					t.Errorf("%s: %+v, %+v", what, got, got.Mismatch)
				}
			}
			check("as it is", tree(t, f.payload))

			unknown := tree(t, f.payload)
			objects(unknown, func(o map[string]any) {
				o["addedByGenesys"] = map[string]any{"id": []any{1, "a", nil, map[string]any{}}}
				o["alsoAdded"] = true
			})
			check("with unknown members at every level", unknown)

			count := 0
			objects(tree(t, f.payload), func(o map[string]any) { count += len(o) })
			for n := range count {
				missing, null := tree(t, f.payload), tree(t, f.payload)
				if name := member(missing, n, func(o map[string]any, name string) { delete(o, name) }); required[name] {
					continue
				}
				name := member(null, n, func(o map[string]any, name string) { o[name] = nil })
				check("without "+name, missing)
				check("with null as "+name, null)
			}
		})
	}
}

// required are the members without which an event is about nobody.
var required = map[string]bool{"topicName": true, "conversationId": true, "eventBody": true}

// member applies change to the nth member of a tree and returns its name.
func member(root any, n int, change func(map[string]any, string)) (found string) {
	objects(root, func(o map[string]any) {
		names := slices.Sorted(maps.Keys(o))
		if found == "" && n < len(names) {
			found = names[n]
			defer change(o, found)
		}
		n -= len(names)
	})
	return found
}

func TestVersionsOfTheBuildAreTheirFileNames(t *testing.T) {
	r := New()
	for topic := range r.topics {
		if got := r.Versions(topic); len(got) == 0 || got[0] != "1" {
			t.Errorf("%s has versions %v, the first should be 1", topic, got)
		}
		if strings.Contains(topic, "/") {
			t.Errorf("topic %q", topic)
		}
	}
}
