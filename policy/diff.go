package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	genesys "cc-eventbridge/genesys/provider"
)

// What becomes of a resource.
const (
	created  = "created"
	updated  = "changed in place"
	replaced = "replaced"
	deleted  = "deleted"
	// kept is deleted by nobody: it leaves the stack and stays in AWS.
	kept = "left behind"
)

// Change is what an edit does to a resource.
type Change struct {
	URN    string `json:"resource"`
	Action string `json:"action"`
	// Words are what a reviewer should know, a line each.
	Words []string `json:"words"`
	// Edits are the properties that differ. A resource that is new or gone has none.
	Edits []Edit `json:"edits,omitempty"`
	// before and after are the resource's; the one of a resource that is new or gone is empty.
	before, after Resource
}

// Edit is a property that differs.
type Edit struct {
	Path     string `json:"path"`
	Old      any    `json:"old,omitempty"`
	New      any    `json:"new,omitempty"`
	Replaces bool   `json:"replaces,omitempty"`
}

// replacesFile is made from the stand-in of the aws provider, which is held to the released one:
// go test ./local/offline/awsprovider -run TestWhatReplaces -update
//
//go:embed replaces.json
var replacesFile []byte

// compare says what becomes of each resource when the stack goes from one graph to another.
func compare(before, after *Graph) ([]Change, error) {
	var table map[string][]string
	if err := json.Unmarshal(replacesFile, &table); err != nil {
		return nil, fmt.Errorf("reading what replaces a resource: %w", err)
	}
	was, is := before.byURN(), after.byURN()
	changes := []Change{}
	for _, urn := range keys(was, is) {
		old, existed := was[urn]
		next, exists := is[urn]
		c := Change{URN: urn, before: old, after: next}
		switch {
		case !existed:
			c.Action = created
		case !exists && old.Retain:
			c.Action = kept
		case !exists:
			c.Action = deleted
		default:
			walk("", old.Inputs, next.Inputs, &c.Edits)
			if old.Protect != next.Protect {
				c.Edits = append(c.Edits, Edit{Path: protection, Old: old.Protect, New: next.Protect})
			}
			if len(c.Edits) == 0 {
				continue
			}
			c.Action = updated
			if err := markReplacing(&c, table); err != nil {
				return nil, err
			}
		}
		if component(urn) && c.Action != updated {
			continue // a group of resources, which are listed themselves
		}
		c.Words = words(c)
		changes = append(changes, c)
	}
	return changes, nil
}

// protection is the path of an option, which is no property.
const protection = "(protect)"

func component(urn string) bool { return strings.HasPrefix(urn, project+":") }

// index is a place in a list, by number or by name.
var index = regexp.MustCompile(`\[[^\]]*\]`)

// markReplacing marks the edits that the provider can't make in place.
func markReplacing(c *Change, table map[string][]string) error {
	kind := c.before.Type()
	paths, known := table[kind]
	if strings.HasPrefix(kind, "genesys:") {
		var err error
		if paths, err = genesysReplaces(c.before, c.after); err != nil {
			return err
		}
		known = true
	}
	if !known && strings.HasPrefix(kind, "aws:") {
		return fmt.Errorf("%s: policy/replaces.json does not say what replaces it: local/offline/awsprovider has to know the type", kind)
	}
	for i, e := range c.Edits {
		path := index.ReplaceAllString(e.Path, "[]")
		c.Edits[i].Replaces = e.Path != protection && slices.ContainsFunc(paths, func(p string) bool {
			return p == "*" || path == p || strings.HasPrefix(path, p+".") || strings.HasPrefix(path, p+"[")
		})
		if c.Edits[i].Replaces {
			c.Action = replaced
		}
	}
	return nil
}

// genesysReplaces asks the project's own provider.
func genesysReplaces(before, after Resource) ([]string, error) {
	p, err := genesys.New(genesys.Options{})
	if err != nil {
		return nil, fmt.Errorf("asking the provider genesys: %w", err)
	}
	diff, err := p.Diff(context.Background(), sdk.DiffRequest{
		URN:       resource.NewURN("stack", project, "", tokens.Type(before.Type()), before.Name()),
		OldInputs: resource.NewPropertyMapFromMap(before.Inputs),
		NewInputs: resource.NewPropertyMapFromMap(after.Inputs),
	})
	if err != nil {
		return nil, fmt.Errorf("asking the provider genesys what replaces %s: %w", before.URN, err)
	}
	var paths []string
	for _, key := range diff.ReplaceKeys {
		paths = append(paths, string(key))
	}
	return paths, nil
}

// walk finds the properties that differ. Lists of texts and numbers are compared as a whole.
func walk(path string, old, next any, to *[]Edit) {
	if reflect.DeepEqual(old, next) {
		return
	}
	a, isA := old.(map[string]any)
	b, isB := next.(map[string]any)
	if isA && isB {
		for _, key := range keys(a, b) {
			at := key
			if path != "" {
				at = path + "." + key
			}
			walk(at, a[key], b[key], to)
		}
		return
	}
	x, isX := old.([]any)
	y, isY := next.([]any)
	if m, n := named(x), named(y); m != nil && n != nil {
		for _, name := range keys(m, n) {
			walk(path+"["+name+"]", m[name], n[name], to)
		}
		return
	}
	if isX && isY && len(x) == len(y) && len(x) > 0 && nested(x[0]) && nested(y[0]) {
		for i := range x {
			walk(fmt.Sprintf("%s[%d]", path, i), x[i], y[i], to)
		}
		return
	}
	*to = append(*to, Edit{Path: path, Old: old, New: next})
}

func nested(v any) bool {
	_, ok := v.(map[string]any)
	return ok
}

// named are the elements of a list by what they are called; nil where one has no name. The statements of a policy have one.
func named(list []any) map[string]any {
	all := map[string]any{}
	for _, e := range list {
		m, _ := e.(map[string]any)
		name, ok := m["Sid"].(string)
		if !ok {
			name, ok = m["id"].(string)
		}
		if _, twice := all[name]; !ok || twice {
			return nil
		}
		all[name] = e
	}
	if len(all) == 0 {
		return nil
	}
	return all
}
