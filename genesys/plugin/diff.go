package plugin

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// Change is what a diff says of a property whose value was old and will be next; nil is not set.
func Change(old, next any, replaces bool) sdk.PropertyDiff {
	kind := sdk.DiffUpdate
	switch {
	case old == nil:
		kind = sdk.DiffAdd
	case next == nil:
		kind = sdk.DiffDelete
	}
	if replaces {
		kind = kind.AsReplace()
	}
	return sdk.PropertyDiff{Kind: kind, InputDiff: true}
}

// Changes makes a diff of changes by property path.
func Changes(found map[string]sdk.PropertyDiff) sdk.DiffResult {
	result := sdk.DiffResult{Changes: sdk.DiffNone, DetailedDiff: found}
	for _, path := range slices.Sorted(maps.Keys(found)) {
		result.Changes = sdk.DiffSome
		key := resource.PropertyKey(Root(path))
		if !slices.Contains(result.ChangedKeys, key) {
			result.ChangedKeys = append(result.ChangedKeys, key)
		}
		if found[path].Kind.IsReplace() && !slices.Contains(result.ReplaceKeys, key) {
			result.ReplaceKeys = append(result.ReplaceKeys, key)
		}
	}
	return result
}

// Problem is what is wrong with a property.
type Problem struct{ Property, Reason string }

// Failures is how problems are told to the engine.
func Failures(problems []Problem) []sdk.CheckFailure {
	out := make([]sdk.CheckFailure, 0, len(problems))
	for _, p := range problems {
		out = append(out, sdk.CheckFailure{Property: resource.PropertyKey(p.Property), Reason: p.Reason})
	}
	return out
}
