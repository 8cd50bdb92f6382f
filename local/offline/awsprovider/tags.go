package awsprovider

import (
	"maps"
	"slices"
)

// tagChanges is what must be set and removed to get from old tags to new ones.
func tagChanges(old, next args) (set map[string]string, removed []string) {
	before, after := old.stringMap("tags"), next.stringMap("tags")
	set = map[string]string{}
	for k, v := range after {
		if was, ok := before[k]; !ok || was != v {
			set[k] = v
		}
	}
	for k := range before {
		if _, ok := after[k]; !ok {
			removed = append(removed, k)
		}
	}
	slices.Sort(removed)
	return set, removed
}

// tagList turns tags into the list of key and value pairs that most AWS APIs take, each with a type of its own.
func tagList[T any](tags map[string]string, make func(key, value string) T) []T {
	out := []T{}
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		out = append(out, make(k, tags[k]))
	}
	return out
}

// tagMap is the way back, without the tags that AWS itself sets.
func tagMap[T any](list []T, pair func(T) (key, value *string)) any {
	out := map[string]any{}
	for _, t := range list {
		if k, v := pair(t); k != nil && v != nil && validTags(map[string]any{*k: *v}) == nil {
			out[*k] = *v
		}
	}
	return nonEmpty(out)
}
