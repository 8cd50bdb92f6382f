package awsprovider

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"cc-eventbridge/genesys/plugin"
)

// The words of package plugin that are on every page here.
type (
	args    = plugin.Values
	unknown = plugin.Unknown
	problem = plugin.Problem
)

// settled turns Output values into what every engine stores: secret, computed or plain ones.
func settled(v resource.PropertyValue) resource.PropertyValue {
	switch {
	case v.IsOutput():
		o := v.OutputValue()
		inner := resource.MakeComputed(resource.NewProperty(""))
		if o.Known {
			inner = settled(o.Element)
		}
		if o.Secret {
			return resource.MakeSecret(inner)
		}
		return inner
	case v.IsSecret():
		return resource.MakeSecret(settled(v.SecretValue().Element))
	case v.IsArray():
		list := make([]resource.PropertyValue, 0, len(v.ArrayValue()))
		for _, e := range v.ArrayValue() {
			list = append(list, settled(e))
		}
		return resource.NewProperty(list)
	case v.IsObject():
		return resource.NewProperty(settledMap(v.ObjectValue()))
	default:
		return v
	}
}

func settledMap(m resource.PropertyMap) resource.PropertyMap {
	out := make(resource.PropertyMap, len(m))
	for k, v := range m {
		if !v.IsNull() {
			out[k] = settled(v)
		}
	}
	return out
}

// withFallbacks adds what AWS assumes where nothing is set, so that calls can spell it out and an update that removes a
// property restores it.
func withFallbacks(fields properties, in args) args {
	out := make(args, len(in))
	for name, value := range in {
		if p := fields[name]; p.kind == kindObject {
			if nested, ok := value.(map[string]any); ok {
				value = map[string]any(withFallbacks(p.fields, nested))
			}
		}
		out[name] = value
	}
	for name, p := range fields {
		if _, ok := out[name]; !ok && p.fallback != nil {
			out[name] = p.fallback
		}
	}
	return out
}

// documentText is the JSON text of a document, whether the program wrote a text or an object.
func documentText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil { // plain values always marshal
		return ""
	}
	return string(text)
}

// sameDocument reports whether two JSON texts mean the same.
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
