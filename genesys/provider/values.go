package provider

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// values are properties without Pulumi's wrappers: string, bool, float64, []any, or unknown.
type values map[string]any

// unknown stands for a value that is only known once something has been created.
type unknown struct{}

func plain(m resource.PropertyMap) values {
	out := values{}
	for key, v := range m {
		if p := plainValue(v); p != nil {
			out[string(key)] = p
		}
	}
	return out
}

func plainValue(v resource.PropertyValue) any {
	switch {
	case v.IsSecret():
		return plainValue(v.SecretValue().Element)
	case v.IsComputed():
		return unknown{}
	case v.IsOutput():
		if o := v.OutputValue(); o.Known {
			return plainValue(o.Element)
		}
		return unknown{}
	case v.IsString():
		return v.StringValue()
	case v.IsBool():
		return v.BoolValue()
	case v.IsNumber():
		return v.NumberValue()
	case v.IsArray():
		list := make([]any, 0, len(v.ArrayValue()))
		for _, e := range v.ArrayValue() {
			list = append(list, plainValue(e))
		}
		return list
	case v.IsNull():
		return nil
	}
	return foreign{}
}

// foreign stands for a value of a type that no property here has; check refuses it.
type foreign struct{}

func (v values) text(name string) string {
	s, _ := v[name].(string)
	return s
}

// known reports whether a property has a value that is known already.
func (v values) known(name string) bool {
	value, ok := v[name]
	if list, isList := value.([]any); isList {
		for _, e := range list {
			if e == (unknown{}) {
				return false
			}
		}
	}
	return ok && value != unknown{}
}

func (v values) list(name string) []string {
	list, _ := v[name].([]any)
	out := make([]string, 0, len(list))
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

// decode fills a struct whose JSON names are those of the properties.
func decode[T any](v values) (T, error) {
	var t T
	data, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(data, &t)
	}
	if err != nil {
		return t, fmt.Errorf("reading the resource's properties: %w", err)
	}
	return t, nil
}

// encode is the opposite of decode.
func encode(from any) (values, error) {
	v := values{}
	data, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		return nil, fmt.Errorf("reading what Genesys Cloud answered: %w", err)
	}
	return v, nil
}

func toProperty(v any) resource.PropertyValue {
	if v == (unknown{}) {
		return resource.MakeComputed(resource.NewProperty(""))
	}
	return resource.NewPropertyValue(v)
}
