package awsprovider

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"cc-eventbridge/genesys/plugin"
)

// check finds everything that is wrong with the inputs of a resource, in the order of the property names.
func (r *resourceType) check(in args) []problem {
	c := checker{token: string(r.token)}
	c.fields("", r.inputs, in)
	if len(c.problems) == 0 { // a rule between properties presumes that each is well-formed
		for _, rule := range r.rules {
			if p := rule(withFallbacks(r.inputs, in)); p != nil {
				c.problems = append(c.problems, *p)
			}
		}
	}
	return c.problems
}

type checker struct {
	token    string
	problems []problem
}

func (c *checker) refuse(path, format string, a ...any) {
	c.problems = append(c.problems, problem{Property: path, Reason: fmt.Sprintf(format, a...)})
}

func (c *checker) fields(path string, fields properties, in args) {
	for name := range in {
		if _, ok := fields[name]; !ok {
			c.refuse(join(path, name), "property %s of %s is not implemented by this stand-in for the aws provider, which has %s",
				join(path, name), c.token, strings.Join(fields.names(), ", "))
		}
	}
	for _, name := range fields.names() {
		value, ok := in[name]
		switch p := fields[name]; {
		case ok:
			c.value(join(path, name), p, value)
		case p.required:
			c.refuse(join(path, name), "missing required property %s of %s: it should be %s", join(path, name), c.token, p.kind)
		}
	}
	slices.SortStableFunc(c.problems, func(a, b problem) int { return strings.Compare(a.Property, b.Property) })
}

func (c *checker) value(path string, p property, value any) {
	if value == (unknown{}) {
		return
	}
	normal, ok := wellFormed(p, value)
	if !ok {
		c.refuse(path, "property %s of %s is %s, and should be %s", path, c.token, describe(value), p.kind)
		return
	}
	switch v := normal.(type) {
	case []any:
		for i, e := range v {
			c.value(fmt.Sprintf("%s[%d]", path, i), *p.elem, e)
		}
	case map[string]any:
		if p.kind == kindObject {
			c.fields(path, p.fields, v)
			break
		}
		if p.kind == kindMap {
			for k, e := range v {
				c.value(join(path, k), *p.elem, e)
			}
		}
	}
	if plugin.HasUnknown(normal) {
		return
	}
	for _, rule := range p.rules {
		if err := rule(normal); err != nil {
			c.refuse(path, "property %s of %s: %v", path, c.token, err)
			return
		}
	}
}

// wellFormed reports whether a value has its property's shape. Numbers and booleans may be written as strings, as
// stack config does; normalize rewrites them.
func wellFormed(p property, value any) (any, bool) {
	value = normalScalar(p.kind, value)
	switch p.kind {
	case kindString:
		_, ok := value.(string)
		return value, ok
	case kindInt:
		f, ok := value.(float64)
		return value, ok && f == math.Trunc(f) && math.Abs(f) <= math.MaxInt32
	case kindNumber:
		_, ok := value.(float64)
		return value, ok
	case kindBool:
		_, ok := value.(bool)
		return value, ok
	case kindList, kindSet:
		_, ok := value.([]any)
		return value, ok
	case kindMap, kindObject:
		_, ok := value.(map[string]any)
		return value, ok
	case kindDocument:
		switch value.(type) {
		case string, map[string]any:
			return value, true
		}
		return value, false
	case kindArchive:
		_, ok := value.(*resource.Archive)
		return value, ok
	}
	return value, false
}

func normalScalar(k kind, value any) any {
	text, isText := value.(string)
	switch {
	case isText && (k == kindInt || k == kindNumber):
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	case isText && k == kindBool:
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	case k == kindString:
		switch v := value.(type) {
		case float64:
			return strconv.FormatFloat(v, 'f', -1, 64)
		case bool:
			return strconv.FormatBool(v)
		}
	}
	return value
}

// normalize rewrites top-level scalars of checked inputs to their declared type, keeping secrets secret.
func normalize(fields properties, in resource.PropertyMap) {
	for k, v := range in {
		p, ok := fields[string(k)]
		if !ok {
			continue
		}
		raw := plugin.PlainValue(v)
		if normal := normalScalar(p.kind, raw); p.elem == nil && p.fields == nil && isScalar(raw) && normal != raw {
			in[k] = resource.NewPropertyValue(normal)
			if v.IsSecret() {
				in[k] = resource.MakeSecret(in[k])
			}
		}
	}
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, float64, bool:
		return true
	}
	return false
}

// describe names a value's type and not the value, which could be secret.
func describe(v any) string {
	switch v := v.(type) {
	case string:
		return "a string"
	case float64:
		if v != math.Trunc(v) {
			return "a number with a fraction"
		}
		return "a number"
	case bool:
		return "a boolean"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case *resource.Archive:
		return "an archive"
	case *resource.Asset:
		return "an asset"
	}
	return fmt.Sprintf("of type %T", v)
}

// join writes a property path as the engine does.
func join(path, name string) string {
	simple := name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	switch {
	case !simple:
		return path + "[" + strconv.Quote(name) + "]"
	case path == "":
		return name
	}
	return path + "." + name
}
