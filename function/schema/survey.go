package schema

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

const (
	// draft is the only value of $schema that is taken; earlier drafts give other meanings to the same keywords.
	draft = "https://json-schema.org/draft/2020-12/schema"
	// maxSchemaDepth bounds how deep schemas nest in each other. Reading one costs its size times its depth.
	maxSchemaDepth = 32
	// maxExpanded bounds a schema's size with every reference replaced by what it refers to, which bounds what validating
	// one value costs.
	maxExpanded = 10_000
)

// survey is what a walk over a schema, before it is compiled, has found out.
type survey struct {
	places map[string]place    // by JSON pointer; "" is the outermost schema
	names  map[string]struct{} // of members that the schema mentions
	use    use                 // the most demanding of the keywords
	errs   []error
}

// place is a schema inside the schema.
type place struct {
	children []string // pointers of the schemas directly inside it
	ref      string   // pointer that its $ref refers to, if it has one
	hasRef   bool
	never    bool // it is the schema false
}

// surveyed walks the schema and reports all that is wrong with it.
func surveyed(document any) (*survey, error) {
	s := &survey{places: map[string]place{}, names: map[string]struct{}{}}
	s.schema(document, "", 1)
	if len(s.errs) == 0 {
		s.references()
	}
	return s, errors.Join(s.errs...)
}

func (s *survey) fail(pointer, format string, args ...any) {
	s.errs = append(s.errs, fmt.Errorf("#%s: %s", pointer, fmt.Sprintf(format, args...)))
}

func (s *survey) schema(node any, pointer string, depth int) {
	if depth > maxSchemaDepth {
		s.fail(pointer, "schemas nest deeper than %d levels", maxSchemaDepth)
		return
	}
	switch node := node.(type) {
	case bool:
		s.places[pointer] = place{never: !node}
	case map[string]any:
		var p place
		for _, name := range slices.Sorted(maps.Keys(node)) {
			s.keyword(name, node[name], pointer, depth, &p)
		}
		s.places[pointer] = p
	default:
		s.fail(pointer, "a schema should be an object or a boolean")
	}
}

func (s *survey) keyword(name string, content any, pointer string, depth int, p *place) {
	here := pointer + "/" + escaped(name)
	known, ok := keywords[name]
	switch {
	case name == "$schema" && pointer == "":
		if content != draft {
			s.fail(here, "should be %q", draft)
		}
		return
	case name == "$id" && pointer == "":
		return
	case !ok:
		s.fail(here, "is not a keyword that can be used here")
		return
	}
	s.use = max(s.use, known.use)
	if known.rule != nil && !known.rule.holds(content) {
		s.fail(here, "should be %s", known.rule.should)
		return
	}
	s.content(name, content, here, p)
	for _, child := range s.inside(known.form, content, here) {
		p.children = append(p.children, child.pointer)
		s.schema(child.node, child.pointer, depth+1)
	}
}

// content looks at keywords that name members or a place.
func (s *survey) content(name string, content any, here string, p *place) {
	switch name {
	case "required":
		s.mention(content)
	case "dependentRequired":
		members, _ := content.(map[string]any)
		for member, needed := range members {
			s.names[member] = struct{}{}
			s.mention(needed)
		}
	case "properties", "dependentSchemas":
		members, _ := content.(map[string]any)
		for member := range members {
			s.names[member] = struct{}{}
		}
	case "$ref":
		ref, _ := content.(string)
		if ref != "#" && !strings.HasPrefix(ref, "#/") || strings.Contains(ref, "%") {
			s.fail(here, "should refer to a place in the same schema, as in #/$defs/name; nothing is fetched")
			return
		}
		p.ref, p.hasRef = strings.TrimPrefix(ref, "#"), true
	}
}

// mention notes member names of a list.
func (s *survey) mention(list any) {
	members, _ := list.([]any)
	for _, member := range members {
		if name, ok := member.(string); ok {
			s.names[name] = struct{}{}
		}
	}
}

type child struct {
	pointer string
	node    any
}

// inside returns the schemas that a keyword's value holds.
func (s *survey) inside(f form, content any, here string) (children []child) {
	switch f {
	case plain:
	case one:
		children = append(children, child{here, content})
	case list:
		elements, ok := content.([]any)
		if !ok || len(elements) == 0 {
			s.fail(here, "should be a list of schemas, at least one")
		}
		for i, element := range elements {
			children = append(children, child{here + "/" + strconv.Itoa(i), element})
		}
	case named:
		members, ok := content.(map[string]any)
		if !ok {
			s.fail(here, "should be an object of schemas")
		}
		for _, name := range slices.Sorted(maps.Keys(members)) {
			children = append(children, child{here + "/" + escaped(name), members[name]})
		}
	}
	return children
}

// references follows every $ref: each must lead to a schema, none may lead back to itself, and what they expand to must
// stay small.
func (s *survey) references() {
	const underWay = -1
	sizes := map[string]int{}
	var expanded func(pointer string) int
	expanded = func(pointer string) int {
		switch size := sizes[pointer]; {
		case size == underWay:
			s.fail(pointer, "refers to itself, by way of others or directly")
			return 1
		case size > 0:
			return size
		}
		sizes[pointer] = underWay
		p, size := s.places[pointer], 1
		if p.hasRef {
			if _, ok := s.places[p.ref]; !ok {
				s.fail(pointer, "$ref refers to #%s, where there is no schema", p.ref)
			} else {
				size += expanded(p.ref)
			}
		}
		for _, child := range p.children {
			size = min(size+expanded(child), maxExpanded+1)
		}
		sizes[pointer] = size
		return size
	}
	if size := expanded(""); size > maxExpanded {
		s.fail("", "is too large: with references replaced by what they refer to it has more than %d schemas", maxExpanded)
	}
}

var escaper = strings.NewReplacer("~", "~0", "/", "~1")

// escaped returns a name as a segment of a JSON pointer (RFC 6901, section 3).
func escaped(name string) string {
	return escaper.Replace(name)
}

// use is what a keyword is about, which decides whether verdicts can be remembered by shape.
type use uint8

const (
	note   use = iota + 1 // says something to people; never refuses anything
	closed                // looks at the types, and at members whose names the schema has
	open                  // looks at members of any name
	value                 // looks at values, or counts elements, or looks at their place
)

// form is where a keyword's value holds schemas.
type form uint8

const (
	plain form = iota // nowhere
	one               // it is a schema
	list              // it is an array of schemas
	named             // it is an object whose members' values are schemas
)

// keyword is what the registry knows of one keyword of draft 2020-12.
type keyword struct {
	use  use
	form form
	rule *rule // what it must be; nil where that is anything, or schemas
}

// rule is what the draft's meta-schema asks of a keyword's value, and an enum of at least one value: nothing fits one of none,
// so that all events of its topic would be quarantined. The library checks none of this; what it can't read it refuses, and
// with a multipleOf of 0 everything fits.
type rule struct {
	should string
	holds  func(value any) bool
}

var (
	text     = &rule{"a string", func(value any) bool { return is[string](value) }}
	boolean  = &rule{"true or false", func(value any) bool { return is[bool](value) }}
	number   = &rule{"a number", func(value any) bool { return is[float64](value) }}
	positive = &rule{"a number above 0", func(value any) bool { n, ok := value.(float64); return ok && n > 0 }}
	count    = &rule{"a whole number from 0 on", func(value any) bool { n, ok := value.(float64); return ok && n >= 0 && n == math.Trunc(n) }}
	values   = &rule{"a list", func(value any) bool { return is[[]any](value) }}
	some     = &rule{"a list of at least one value", func(value any) bool { list, ok := value.([]any); return ok && len(list) > 0 }}
	names    = &rule{"a list of different names", different}
	byName   = &rule{"an object of lists of different names", func(value any) bool {
		members, ok := value.(map[string]any)
		for _, list := range members {
			ok = ok && different(list)
		}
		return ok
	}}
	typeNames = &rule{
		"a name of a type, or a list of different ones: " + strings.Join(slices.Sorted(maps.Keys(types)), ", "),
		func(value any) bool {
			list, ok := value.([]any)
			if !ok {
				list = []any{value}
			}
			return len(list) > 0 && different(list) && !slices.ContainsFunc(list, func(name any) bool { return !types[name.(string)] })
		},
	}
)

func is[T any](value any) bool {
	_, ok := value.(T)
	return ok
}

// different reports whether a value is a list of strings, none of them twice.
func different(value any) bool {
	list, ok := value.([]any)
	seen := make(map[any]bool, len(list))
	for _, name := range list {
		if !is[string](name) || seen[name] {
			return false
		}
		seen[name] = true
	}
	return ok
}

// keywords are those that a schema may use; $schema and $id are allowed in the outermost schema only. The rule for a
// new line: it is value unless it is clear that the answer for a payload is the answer for its shape (see the package).
var keywords = map[string]keyword{
	"$comment":         {use: note, rule: text},
	"title":            {use: note, rule: text},
	"description":      {use: note, rule: text},
	"default":          {use: note},
	"examples":         {use: note, rule: values},
	"deprecated":       {use: note, rule: boolean},
	"readOnly":         {use: note, rule: boolean},
	"writeOnly":        {use: note, rule: boolean},
	"format":           {use: note, rule: text},
	"contentEncoding":  {use: note, rule: text},
	"contentMediaType": {use: note, rule: text},
	"$defs":            {use: note, form: named},

	"$ref":              {use: closed},
	"type":              {use: closed, rule: typeNames},
	"required":          {use: closed, rule: names},
	"dependentRequired": {use: closed, rule: byName},
	"properties":        {use: closed, form: named},
	"dependentSchemas":  {use: closed, form: named},
	"items":             {use: closed, form: one},
	"contains":          {use: closed, form: one},
	"not":               {use: closed, form: one},
	"if":                {use: closed, form: one},
	"then":              {use: closed, form: one},
	"else":              {use: closed, form: one},
	"allOf":             {use: closed, form: list},
	"anyOf":             {use: closed, form: list},
	"oneOf":             {use: closed, form: list},

	"additionalProperties": {use: open, form: one},
	"patternProperties":    {use: open, form: named},
	"minProperties":        {use: open, rule: count},
	"maxProperties":        {use: open, rule: count},

	"enum":                  {use: value, rule: some},
	"const":                 {use: value},
	"multipleOf":            {use: value, rule: positive},
	"minimum":               {use: value, rule: number},
	"maximum":               {use: value, rule: number},
	"exclusiveMinimum":      {use: value, rule: number},
	"exclusiveMaximum":      {use: value, rule: number},
	"minLength":             {use: value, rule: count},
	"maxLength":             {use: value, rule: count},
	"pattern":               {use: value, rule: text},
	"minItems":              {use: value, rule: count},
	"maxItems":              {use: value, rule: count},
	"uniqueItems":           {use: value, rule: boolean},
	"minContains":           {use: value, rule: count},
	"maxContains":           {use: value, rule: count},
	"prefixItems":           {use: value, form: list},
	"propertyNames":         {use: value, form: one},
	"unevaluatedItems":      {use: value, form: one},
	"unevaluatedProperties": {use: value, form: one},
}

// types are the names that the keyword type takes.
var types = map[string]bool{
	"null": true, "boolean": true, "object": true, "array": true, "number": true, "integer": true, "string": true,
}
