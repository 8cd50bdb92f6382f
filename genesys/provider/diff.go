package provider

import (
	"reflect"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/plugin"
)

// Diff compares old and new inputs; one that is not known yet counts as changed.
func (r *resourceType) Diff(oldInputs, oldOutputs, news resource.PropertyMap) sdk.DiffResult {
	result := r.diff(plugin.Plain(oldInputs), plugin.Plain(news))
	// The reason for a status goes with it. It is an output, but without it nobody sees why something has drifted.
	if _, drifted := result.DetailedDiff[statusKey]; drifted && plugin.Plain(oldOutputs).Text("statusMessage") != "" {
		result.DetailedDiff["statusMessage"] = sdk.PropertyDiff{Kind: sdk.DiffDelete}
	}
	return result
}

func (s spec) diff(old, next values) sdk.DiffResult {
	found := map[string]sdk.PropertyDiff{}
	for _, name := range append(s.inputNames(), statusKey) {
		if !same(old[name], next[name]) {
			// What was never set can still be set: a half-made object is finished, not replaced.
			replaces := s.Inputs[name].Replaces && old[name] != nil && old[name] != ""
			found[name] = plugin.Change(old[name], next[name], replaces)
		}
	}
	result := plugin.Changes(found)
	// Objects are found by name, so a replacement with the name of what it replaces can't be made beside it.
	result.DeleteBeforeReplace = len(result.ReplaceKeys) > 0 && same(old["name"], next["name"])
	return result
}

// same reports whether two values mean the same. Every list here is a set.
func same(a, b any) bool {
	x, isX := a.([]any)
	y, isY := b.([]any)
	if !isX || !isY {
		return a != any(unknown{}) && b != any(unknown{}) && !isX && !isY && reflect.DeepEqual(a, b)
	}
	return len(x) == len(y) && !slices.ContainsFunc(x, func(e any) bool {
		return e == any(unknown{}) || !slices.Contains(y, e)
	})
}
