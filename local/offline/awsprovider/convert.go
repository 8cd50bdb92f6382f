package awsprovider

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The requests and answers of the AWS SDK are structs whose fields are called like the properties, or as property.api
// says. Converting between the two is the same for all types.

// fill sets the fields of an SDK's struct that properties have values for. Fields that the struct lacks are not the
// business of this request.
func fill(dst reflect.Value, fields properties, in args) {
	for name, p := range fields {
		switch {
		case in[name] == nil || p.kind == kindArchive:
		case dst.Kind() == reflect.Map:
			if p.attr != "" {
				dst.SetMapIndex(reflect.ValueOf(p.attr), reflect.ValueOf(documentText(normalScalar(kindString, in[name]))))
			}
		default:
			for _, field := range p.apiNames(name) {
				if f := made(dst, field); f.IsValid() {
					assign(f, p, in[name])
				}
			}
		}
	}
}

// made follows a path of fields and makes the structs on the way.
func made(dst reflect.Value, path string) reflect.Value {
	for parent, field, nested := strings.Cut(path, "."); nested; parent, field, nested = strings.Cut(path, ".") {
		f := fieldOf(dst, parent)
		if !f.IsValid() || f.Kind() != reflect.Pointer {
			return reflect.Value{}
		}
		if f.IsNil() {
			f.Set(reflect.New(f.Type().Elem()))
		}
		dst, path = f.Elem(), field
	}
	return fieldOf(dst, path)
}

func (p property) apiNames(name string) []string {
	if p.api == nil {
		return []string{name}
	}
	return p.api
}

func fieldOf(s reflect.Value, name string) reflect.Value {
	return s.FieldByNameFunc(func(field string) bool { return strings.EqualFold(field, name) })
}

// at follows a path of fields; of a slice, it takes the first element. It is not valid where nothing is.
func at(v reflect.Value, path string) reflect.Value {
	for _, name := range strings.FieldsFunc(path, func(r rune) bool { return r == '.' }) {
		if v = first(indirect(v)); v.IsValid() {
			v = fieldOf(indirect(v), name)
		}
	}
	return indirect(v)
}

func first(v reflect.Value) reflect.Value {
	switch {
	case !v.IsValid() || v.Kind() != reflect.Slice:
		return v
	case v.Len() == 0:
		return reflect.Value{}
	}
	return v.Index(0)
}

func indirect(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		v = v.Elem()
	}
	return v
}

// set gives a field a property's value.
func assign(dst reflect.Value, p property, v any) {
	v = normalScalar(p.kind, v)
	switch dst.Kind() {
	case reflect.Pointer:
		e := reflect.New(dst.Type().Elem())
		assign(e.Elem(), p, v)
		dst.Set(e)
	case reflect.Struct:
		m, _ := v.(map[string]any)
		fill(dst, p.fields, m)
	case reflect.Map:
		dst.Set(reflect.MakeMap(dst.Type()))
		for k, e := range asObject(v) {
			value := reflect.New(dst.Type().Elem()).Elem()
			assign(value, *p.elem, e)
			dst.SetMapIndex(reflect.ValueOf(k), value)
		}
	case reflect.Slice:
		assignSlice(dst, p, v)
	case reflect.String:
		dst.SetString(documentText(v))
	case reflect.Bool:
		b, _ := v.(bool)
		dst.SetBool(b)
	case reflect.Int32, reflect.Int64:
		f, _ := number64(v)
		dst.SetInt(int64(f))
	case reflect.Float32, reflect.Float64:
		f, _ := number64(v)
		dst.SetFloat(f)
	default:
		panic(fmt.Sprintf("a field of type %s has no conversion", dst.Type()))
	}
}

func asObject(v any) map[string]any {
	m, _ := v.(map[string]any)
	return m
}

// setSlice also makes a list of pairs of free keys (tags, dimensions), and a list of one thing.
func assignSlice(dst reflect.Value, p property, v any) {
	if text, ok := v.(string); ok && dst.Type().Elem().Kind() == reflect.Uint8 {
		dst.SetBytes([]byte(text))
		return
	}
	dst.Set(reflect.MakeSlice(dst.Type(), 0, 1))
	add := func(fillIn func(e reflect.Value)) {
		e := reflect.New(dst.Type().Elem()).Elem()
		fillIn(e)
		dst.Set(reflect.Append(dst, e))
	}
	list, isList := v.([]any)
	switch {
	case p.kind == kindMap:
		for _, k := range slices.Sorted(maps.Keys(asObject(v))) {
			add(func(e reflect.Value) {
				assign(e.Field(0), *p.elem, k)
				assign(e.Field(1), *p.elem, asObject(v)[k])
			})
		}
	case isList:
		for _, element := range list {
			add(func(e reflect.Value) { assign(e, *p.elem, element) })
		}
	default:
		add(func(e reflect.Value) { assign(e, p, v) })
	}
}

// observed reads the properties that a struct of the SDK has fields for. What is not set is nil, what the struct cannot
// tell is missing.
func observed(src reflect.Value, fields properties) args {
	out := args{}
	for name, p := range fields {
		if src.Kind() == reflect.Map {
			if v := src.MapIndex(reflect.ValueOf(p.attr)); p.attr != "" && v.IsValid() {
				out[name] = normalScalar(p.kind, value(v, p))
			}
			continue
		}
		for _, field := range p.apiNames(name) {
			f := fieldOf(src, field)
			if strings.Contains(field, ".") {
				f = at(src, field)
			}
			if f.IsValid() && p.kind != kindArchive {
				out[name] = value(f, p)
			}
		}
	}
	return out
}

// value is the way back from set; empty texts, lists and objects are nil, as AWS means them.
func value(src reflect.Value, p property) any {
	if src = indirect(src); !src.IsValid() {
		return nil
	}
	switch v := src.Interface().(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339)
	case []byte:
		return string(v)
	}
	switch src.Kind() {
	case reflect.String:
		return unless(src.Len() == 0, src.String())
	case reflect.Bool:
		return src.Bool()
	case reflect.Int32, reflect.Int64:
		return float64(src.Int())
	case reflect.Float64:
		return src.Float()
	case reflect.Float32: // 33.3 must not come back as 33.29999923706055
		f, err := strconv.ParseFloat(strconv.FormatFloat(src.Float(), 'g', -1, 32), 64)
		return unless(err != nil, f)
	case reflect.Struct:
		m := observed(src, p.fields)
		maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
		return unless(len(m) == 0, map[string]any(m))
	case reflect.Map:
		m := map[string]any{}
		for k, e := range src.Seq2() {
			m[k.String()] = value(e, *p.elem)
		}
		return unless(len(m) == 0, m)
	case reflect.Slice:
		return sliceValue(src, p)
	default:
		panic(fmt.Sprintf("a field of type %s has no conversion", src.Type()))
	}
}

func sliceValue(src reflect.Value, p property) any {
	switch {
	case src.Len() == 0:
		return nil
	case p.kind == kindMap:
		m := map[string]any{}
		for _, e := range src.Seq2() {
			m[indirect(e.Field(0)).String()] = indirect(e.Field(1)).String()
		}
		return m
	case p.kind == kindObject:
		return value(src.Index(0), p)
	}
	elem := property{kind: kindString}
	if p.elem != nil {
		elem = *p.elem
	}
	list := []any{}
	for _, e := range src.Seq2() {
		list = append(list, value(e, elem))
	}
	return list
}

func unless(empty bool, v any) any {
	if empty {
		return nil
	}
	return v
}
