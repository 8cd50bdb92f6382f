package awsprovider

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/plugin"
)

// diff compares old and new inputs, property path by property path.
func (r *resourceType) diff(old, next args) sdk.DiffResult {
	d := differ{found: map[string]sdk.PropertyDiff{}}
	d.fields("", r.inputs, old, next, len(r.edits) == 0 && r.tags == nil)
	result := plugin.Changes(d.found)
	result.DeleteBeforeReplace = len(result.ReplaceKeys) > 0 && r.keepsName(old, next)
	return result
}

// keepsName reports whether a replacement would have the name of what it replaces, so that both cannot exist at once.
func (r *resourceType) keepsName(old, next args) bool {
	named := false
	for name, p := range r.inputs {
		if !p.identity {
			continue
		}
		named = true
		if next[name] != (unknown{}) && !same(p, old[name], next[name]) {
			return false
		}
	}
	return named
}

// same reports whether two values of a property mean the same to AWS.
func same(p property, a, b any) bool {
	d := differ{found: map[string]sdk.PropertyDiff{}}
	d.value("x", p, a, b, false)
	return len(d.found) == 0
}

type differ struct {
	found map[string]sdk.PropertyDiff
}

func (d *differ) record(path string, old, next any, replace bool) {
	d.found[path] = plugin.Change(old, next, replace)
}

func (d *differ) fields(path string, fields properties, old, next args, replace bool) {
	for name, p := range fields {
		d.value(join(path, name), p, old[name], next[name], replace || p.replaces)
	}
}

func (d *differ) value(path string, p property, old, next any, replace bool) {
	replace = replace || p.replaces
	if old == nil && next == nil || p.computed && next == nil {
		return
	}
	if next == (unknown{}) || old == (unknown{}) {
		d.record(path, old, next, replace)
		return
	}
	a, b := normalScalar(p.kind, orFallback(p, old)), normalScalar(p.kind, orFallback(p, next))
	switch p.kind {
	case kindObject, kindMap:
		x, isX := a.(map[string]any)
		y, isY := b.(map[string]any)
		if p.kind == kindMap && len(x) == 0 && len(y) == 0 {
			return
		}
		if !isX || !isY {
			d.record(path, old, next, replace)
			return
		}
		if p.kind == kindObject {
			d.fields(path, p.fields, x, y, replace)
			return
		}
		for _, k := range unionKeys(x, y) {
			d.value(join(path, k), *p.elem, x[k], y[k], replace)
		}
	case kindList:
		x, _ := a.([]any)
		y, _ := b.([]any)
		for i := range max(len(x), len(y)) {
			d.value(fmt.Sprintf("%s[%d]", path, i), *p.elem, element(x, i), element(y, i), replace)
		}
	case kindSet:
		if !sameSet(*p.elem, a, b) {
			d.record(path, old, next, replace)
		}
	case kindDocument:
		equal := sameDocument
		if p.policy {
			equal = samePolicy
		}
		if !equal(documentText(a), documentText(b)) {
			d.record(path, old, next, replace)
		}
	case kindArchive:
		if !sameArchive(a, b) {
			d.record(path, old, next, replace)
		}
	default:
		if a != b {
			d.record(path, old, next, replace)
		}
	}
}

func orFallback(p property, v any) any {
	if v == nil {
		return p.fallback
	}
	return v
}

func element(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

func unionKeys(a, b map[string]any) []string {
	keys := slices.AppendSeq(slices.Collect(maps.Keys(a)), maps.Keys(b))
	slices.Sort(keys)
	return slices.Compact(keys)
}

func sameSet(elem property, a, b any) bool {
	x, _ := a.([]any)
	y, _ := b.([]any)
	if len(x) != len(y) {
		return false
	}
	rest := slices.Clone(y)
	for _, e := range x {
		i := slices.IndexFunc(rest, func(o any) bool { return same(elem, e, o) })
		if i < 0 {
			return false
		}
		rest = slices.Delete(rest, i, i+1)
	}
	return true
}

func sameArchive(a, b any) bool {
	x, isX := a.(*resource.Archive)
	y, isY := b.(*resource.Archive)
	return isX && isY && x.Hash != "" && x.Hash == y.Hash
}
