package plugin

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Values are properties without Pulumi's wrappers: string, bool, float64, []any, map[string]any, *resource.Archive or
// [Unknown]. A missing value and a null are the same.
type Values map[string]any

// Unknown stands for a value that is only known once something has been created.
type Unknown struct{}

// Plain takes the wrappers off. Secrets lose their mark.
func Plain(m resource.PropertyMap) Values {
	out := make(Values, len(m))
	for key, v := range m {
		if p := PlainValue(v); p != nil {
			out[string(key)] = p
		}
	}
	return out
}

// PlainValue is [Plain] for one value.
func PlainValue(v resource.PropertyValue) any {
	switch {
	case v.IsNull():
		return nil
	case v.IsSecret():
		return PlainValue(v.SecretValue().Element)
	case v.IsComputed():
		return Unknown{}
	case v.IsOutput():
		if o := v.OutputValue(); o.Known {
			return PlainValue(o.Element)
		}
		return Unknown{}
	case v.IsArray():
		list := make([]any, 0, len(v.ArrayValue()))
		for _, e := range v.ArrayValue() {
			list = append(list, PlainValue(e))
		}
		return list
	case v.IsObject():
		return map[string]any(Plain(v.ObjectValue()))
	default:
		return v.V
	}
}

// ToProperty turns a plain value into a property value.
func ToProperty(v any) resource.PropertyValue {
	switch v := v.(type) {
	case Unknown:
		return resource.MakeComputed(resource.NewProperty(""))
	case []any:
		list := make([]resource.PropertyValue, 0, len(v))
		for _, e := range v {
			list = append(list, ToProperty(e))
		}
		return resource.NewProperty(list)
	case Values:
		return ToProperty(map[string]any(v))
	case map[string]any:
		m := make(resource.PropertyMap, len(v))
		for k, e := range v {
			if e != nil {
				m[resource.PropertyKey(k)] = ToProperty(e)
			}
		}
		return resource.NewProperty(m)
	default:
		return resource.NewPropertyValue(v)
	}
}

// Replace sets a property, or removes it where value is nil. What was secret stays so.
func Replace(m resource.PropertyMap, key resource.PropertyKey, value any) {
	secret := m[key].IsSecret()
	if value == nil {
		delete(m, key)
		return
	}
	if m[key] = ToProperty(value); secret {
		m[key] = resource.MakeSecret(m[key])
	}
}

// Configuration leaves out the keys that the engine adds to a provider's own.
func Configuration(in resource.PropertyMap) Values {
	out := Plain(in)
	for key := range out {
		if key == "version" || key == "pluginDownloadURL" || strings.HasPrefix(key, "__") {
			delete(out, key)
		}
	}
	return out
}

// HasUnknown reports whether a value or a part of it is not known yet.
func HasUnknown(v any) bool {
	switch v := v.(type) {
	case Unknown:
		return true
	case []any:
		return slices.ContainsFunc(v, HasUnknown)
	case map[string]any:
		for _, e := range v {
			if HasUnknown(e) {
				return true
			}
		}
	}
	return false
}

// Known reports whether a property is set to a value that is known.
func (v Values) Known(name string) bool { return v[name] != nil && !HasUnknown(v[name]) }

// Text is a property that is a string, or "".
func (v Values) Text(name string) string {
	s, _ := v[name].(string)
	return s
}

// Number is a property that is a number, or 0.
func (v Values) Number(name string) float64 {
	f, _ := v[name].(float64)
	return f
}

// Bool is a property that is a boolean, or false.
func (v Values) Bool(name string) bool {
	b, _ := v[name].(bool)
	return b
}

// Object is a property that is an object, or nil.
func (v Values) Object(name string) Values {
	m, _ := v[name].(map[string]any)
	return m
}

// Texts are the strings of a property that is a list.
func (v Values) Texts(name string) []string { return elements[string](v[name]) }

// Objects are the objects of a property that is a list.
func (v Values) Objects(name string) []Values {
	var out []Values
	for _, m := range elements[map[string]any](v[name]) {
		out = append(out, m)
	}
	return out
}

func elements[T any](v any) []T {
	list, _ := v.([]any)
	out := make([]T, 0, len(list))
	for _, e := range list {
		if t, ok := e.(T); ok {
			out = append(out, t)
		}
	}
	return out
}
