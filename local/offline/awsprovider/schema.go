package awsprovider

import (
	"maps"
	"slices"
)

// kind is the shape of a property's value.
type kind int

const (
	kindString kind = iota
	kindInt
	kindNumber
	kindBool
	kindList     // order matters
	kindSet      // order does not matter
	kindMap      // free keys
	kindObject   // the keys in fields
	kindDocument // JSON, as a string or as an object; compared by meaning
	kindArchive  // code; compared by hash
)

func (k kind) String() string {
	switch k {
	case kindString:
		return "a string"
	case kindInt:
		return "a whole number"
	case kindNumber:
		return "a number"
	case kindBool:
		return "a boolean"
	case kindList, kindSet:
		return "a list"
	case kindMap, kindObject:
		return "an object"
	case kindDocument:
		return "a JSON document"
	case kindArchive:
		return "an archive (a FileArchive of a .zip)"
	}
	return "unknown"
}

// property declares one input: its shape, and how AWS treats it.
type property struct {
	kind     kind
	required bool
	replaces bool     // a change needs a new resource
	identity bool     // part of the physical name: a replacement that keeps it must delete the old resource first
	computed bool     // AWS chooses a value where the program sets none
	policy   bool     // a document that is an IAM policy
	api      []string // the fields of the API, where they are not called like the property
	attr     string   // the key among the attributes of a queue or topic
	secret   bool     // the output is secret even where the program forgot to say so
	fallback any      // what AWS assumes where the program sets none
	elem     *property
	fields   properties
	rules    []rule
}

type properties map[string]property

// names returns the property names in a stable order.
func (p properties) names() []string { return slices.Sorted(maps.Keys(p)) }

// rule is AWS's condition on one known value.
type rule func(value any) error

// option qualifies a property.
type option func(*property)

func required(p *property) { p.required = true }
func replaces(p *property) { p.replaces = true }
func computed(p *property) { p.computed = true }
func secret(p *property)   { p.secret = true }

// identity marks the physical name. The published provider invents a missing name; this one asks for it, because
// every name of the program follows one scheme.
func identity(p *property) { p.required, p.replaces, p.identity = true, true, true }

// as names the fields of the API that have the property's value; none is for the stand-in itself.
func as(fields ...string) option { return func(p *property) { p.api = append([]string{}, fields...) } }

// attribute names the key among the attributes of a queue or topic.
func attribute(key string) option {
	return func(p *property) { p.attr, p.api = key, []string{} }
}

func fallback(value any) option      { return func(p *property) { p.fallback = value } }
func must(rules ...rule) option      { return func(p *property) { p.rules = append(p.rules, rules...) } }
func str(options ...option) property { return build(property{kind: kindString}, options) }

func integer(options ...option) property  { return build(property{kind: kindInt}, options) }
func number(options ...option) property   { return build(property{kind: kindNumber}, options) }
func boolean(options ...option) property  { return build(property{kind: kindBool}, options) }
func document(options ...option) property { return build(property{kind: kindDocument}, options) }

// policy is an IAM policy; rules say what else it must have.
func policy(options ...option) property {
	return build(property{kind: kindDocument, policy: true, rules: []rule{policyDocument}}, options)
}

func code(options ...option) property { return build(property{kind: kindArchive}, options) }

func list(elem property, options ...option) property {
	return build(property{kind: kindList, elem: &elem}, options)
}

func set(elem property, options ...option) property {
	return build(property{kind: kindSet, elem: &elem}, options)
}

func dictionary(elem property, options ...option) property {
	return build(property{kind: kindMap, elem: &elem}, options)
}

func object(fields properties, options ...option) property {
	return build(property{kind: kindObject, fields: fields}, options)
}

// tags are set and read in the same way for all types: see tags.go.
func tags() property { return dictionary(str(), must(noReservedTag)) }

func build(p property, options []option) property {
	for _, o := range options {
		o(&p)
	}
	return p
}
