package awsprovider

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// unknown stands for a value that a preview does not know yet.
type unknown struct{}

// args are plain Go values by property name: string, float64, bool, []any, map[string]any, *resource.Archive, unknown.
type args map[string]any

// plain strips secrets and turns a property value into plain Go values.
func plain(v resource.PropertyValue) any {
	switch {
	case v.IsNull():
		return nil
	case v.IsComputed():
		return unknown{}
	case v.IsOutput():
		if !v.OutputValue().Known {
			return unknown{}
		}
		return plain(v.OutputValue().Element)
	case v.IsSecret():
		return plain(v.SecretValue().Element)
	case v.IsArray():
		list := make([]any, 0, len(v.ArrayValue()))
		for _, e := range v.ArrayValue() {
			list = append(list, plain(e))
		}
		return list
	case v.IsObject():
		return map[string]any(plainMap(v.ObjectValue()))
	default:
		return v.V
	}
}

// plainMap is plain for all properties; null ones are left out, because to Pulumi they are the same as missing ones.
func plainMap(m resource.PropertyMap) args {
	out := make(args, len(m))
	for k, v := range m {
		if p := plain(v); p != nil {
			out[string(k)] = p
		}
	}
	return out
}

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

// anyList and anyMap turn what the AWS API answers into plain values.
func anyList[S ~string](in []S) []any {
	out := make([]any, 0, len(in))
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}

func anyMap(in map[string]string) map[string]any {
	out := make(map[string]any, len(in))
	for k, v := range in {
		out[k] = v
	}
	return out
}

// optional is the value behind a pointer of the AWS API, nil where there is none; empty strings count as none.
func optional[T any](p *T) any {
	if p == nil {
		return nil
	}
	switch v := reflect.ValueOf(*p); v.Kind() {
	case reflect.Int32, reflect.Int64, reflect.Int:
		return float64(v.Int())
	case reflect.String:
		if v.String() == "" {
			return nil
		}
		return v.String()
	default:
		return *p
	}
}

// nonEmpty is nil for an empty collection: AWS answers empty ones where nothing is set.
func nonEmpty(v any) any {
	if r := reflect.ValueOf(v); !r.IsValid() || r.Len() == 0 {
		return nil
	}
	return v
}

// toProperty turns a plain value into a property value.
func toProperty(v any) resource.PropertyValue {
	switch v := v.(type) {
	case unknown:
		return resource.MakeComputed(resource.NewProperty(""))
	case []any:
		list := make([]resource.PropertyValue, 0, len(v))
		for _, e := range v {
			list = append(list, toProperty(e))
		}
		return resource.NewProperty(list)
	case map[string]any:
		m := make(resource.PropertyMap, len(v))
		for k, e := range v {
			if e != nil {
				m[resource.PropertyKey(k)] = toProperty(e)
			}
		}
		return resource.NewProperty(m)
	case args:
		return toProperty(map[string]any(v))
	default:
		return resource.NewPropertyValue(v)
	}
}
