package provider

import (
	"context"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Diff compares old and new inputs; one that is not known yet counts as changed.
func (p *Provider) Diff(_ context.Context, req plugin.DiffRequest) (plugin.DiffResponse, error) {
	r, err := p.lookup(req.Type)
	if err != nil {
		return plugin.DiffResponse{}, err
	}
	result := r.diff(plain(req.OldInputs), plain(req.NewInputs))
	// The reason for a status goes with it. It is an output, but without it nobody sees why something has drifted.
	if _, drifted := result.DetailedDiff[statusKey]; drifted && plain(req.OldOutputs).text("statusMessage") != "" {
		result.DetailedDiff["statusMessage"] = plugin.PropertyDiff{Kind: plugin.DiffDelete}
	}
	return result, nil
}

func (s spec) diff(old, new values) plugin.DiffResult {
	result := plugin.DiffResult{Changes: plugin.DiffNone, DetailedDiff: map[string]plugin.PropertyDiff{}}
	for _, name := range append(s.inputNames(), statusKey) {
		if same(old[name], new[name]) {
			continue
		}
		key := resource.PropertyKey(name)
		kind := plugin.DiffUpdate
		switch {
		case old[name] == nil:
			kind = plugin.DiffAdd
		case new[name] == nil:
			kind = plugin.DiffDelete
		}
		// What was never set can still be set: a half-made object is finished, not replaced.
		if s.Inputs[name].Replaces && old[name] != nil && old[name] != "" {
			kind = kind.AsReplace()
			result.ReplaceKeys = append(result.ReplaceKeys, key)
		}
		result.Changes = plugin.DiffSome
		result.ChangedKeys = append(result.ChangedKeys, key)
		result.DetailedDiff[name] = plugin.PropertyDiff{Kind: kind, InputDiff: true}
	}
	// Objects are found by name, so a replacement with the name of what it replaces can't be made beside it.
	result.DeleteBeforeReplace = len(result.ReplaceKeys) > 0 && same(old["name"], new["name"])
	return result
}

// same reports whether two values mean the same. Every list here is a set.
func same(a, b any) bool {
	x, isX := a.([]any)
	y, isY := b.([]any)
	if !isX || !isY {
		return a != any(unknown{}) && b != any(unknown{}) && !isX && !isY && a == b
	}
	return len(x) == len(y) && !slices.ContainsFunc(x, func(e any) bool {
		return e == any(unknown{}) || !slices.Contains(y, e)
	})
}
