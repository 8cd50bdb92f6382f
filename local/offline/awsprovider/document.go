package awsprovider

import (
	"encoding/json"
	"reflect"
	"slices"
)

// sameDocument tells whether two JSON texts mean the same.
func sameDocument(a, b string) bool { return sameJSON(a, b, func(v any) any { return v }) }

// samePolicy is sameDocument for IAM policies, where a list of one means the same as its element and the order of
// actions, resources and principals has no meaning. AWS returns policies rewritten in these ways.
func samePolicy(a, b string) bool { return sameJSON(a, b, canonicalPolicy) }

func sameJSON(a, b string, canonical func(any) any) bool {
	if a == b {
		return true
	}
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return reflect.DeepEqual(canonical(x), canonical(y))
}

func canonicalPolicy(v any) any {
	switch v := v.(type) {
	case []any:
		if len(v) == 1 {
			return canonicalPolicy(v[0])
		}
		out := make([]any, 0, len(v))
		texts := make([]string, 0, len(v))
		for _, e := range v {
			out = append(out, canonicalPolicy(e))
			if s, ok := e.(string); ok {
				texts = append(texts, s)
			}
		}
		if len(texts) == len(v) {
			slices.Sort(texts)
			return texts
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = canonicalPolicy(e)
		}
		return out
	default:
		return v
	}
}
