package main

import (
	"fmt"
	"slices"
	"strings"
)

// Member is what a value may be.
type Member struct {
	// Types are JSON Schema's names of types; none is any.
	Types []string
	// Properties are an object's members in their order; none is any.
	Properties []Property
	// Items is what a list has; nil is anything.
	Items *Member
	// Required names properties that have to be there.
	Required []string
}

// Property is a member with its name.
type Property struct {
	Name string
	Member
}

// Property returns a member by name.
func (m Member) Property(name string) (Member, bool) {
	i := slices.IndexFunc(m.Properties, func(p Property) bool { return p.Name == name })
	if i < 0 {
		return Member{}, false
	}
	return m.Properties[i].Member, true
}

// accepts reports whether values of a type are accepted.
func (m Member) accepts(typ string) bool {
	return len(m.Types) == 0 || slices.Contains(m.Types, typ) || typ == "integer" && slices.Contains(m.Types, "number")
}

// Difference is one between a schema and the catalogue.
type Difference struct {
	// Path is the names of members that lead there, with dots; [] is an element of a list.
	Path string
	// Missing are the types of a member that the schema lacks, or the types that it does not accept.
	Missing []string
	// Known is whether the schema has the member.
	Known bool
	// Extra is whether the catalogue lacks it: nothing to do.
	Extra bool
}

func (d Difference) String() string {
	switch {
	case d.Extra:
		return fmt.Sprintf("  %s is not in the catalogue", d.Path)
	case d.Known:
		return fmt.Sprintf("~ %s may be %s", d.Path, strings.Join(d.Missing, ", "))
	}
	return fmt.Sprintf("+ %s (%s)", d.Path, strings.Join(d.Missing, ", "))
}

// compare lists how a schema differs from the catalogue.
func compare(path string, schema, catalogue Member) []Difference {
	var found []Difference
	lacks := slices.DeleteFunc(slices.Clone(catalogue.Types), schema.accepts)
	if len(lacks) > 0 {
		found = append(found, Difference{Path: path, Missing: lacks, Known: true})
	}
	if len(schema.Properties) > 0 && len(catalogue.Properties) > 0 {
		for _, p := range catalogue.Properties {
			below := path + "." + p.Name
			if has, ok := schema.Property(p.Name); ok {
				found = append(found, compare(below, has, p.Member)...)
			} else {
				found = append(found, Difference{Path: below, Missing: p.Types})
			}
		}
		for _, p := range schema.Properties {
			if _, ok := catalogue.Property(p.Name); !ok {
				found = append(found, Difference{Path: path + "." + p.Name, Known: true, Extra: true})
			}
		}
	}
	if schema.Items != nil && catalogue.Items != nil {
		found = append(found, compare(path+"[]", *schema.Items, *catalogue.Items)...)
	}
	return found
}

// merge is a schema that accepts what either accepts, as far as the schema says anything. What it requires stays as it is.
func merge(schema, catalogue Member) Member {
	merged := schema
	if len(schema.Types) > 0 {
		merged.Types = slices.Clone(schema.Types)
		for _, typ := range catalogue.Types {
			if !schema.accepts(typ) {
				merged.Types = append(merged.Types, typ)
			}
		}
	}
	if len(schema.Properties) > 0 {
		merged.Properties = nil
		for _, p := range schema.Properties {
			if has, ok := catalogue.Property(p.Name); ok && !slices.Contains(schema.Required, p.Name) {
				p.Member = merge(p.Member, has)
			}
			merged.Properties = append(merged.Properties, p)
		}
		for _, p := range catalogue.Properties {
			if _, ok := schema.Property(p.Name); !ok {
				merged.Properties = append(merged.Properties, p)
			}
		}
	}
	if schema.Items != nil && catalogue.Items != nil {
		items := merge(*schema.Items, *catalogue.Items)
		merged.Items = &items
	}
	return merged
}

// The members that a catalogue has. All of them may be null.
func value(types ...string) Member { return Member{Types: append(types, "null")} }

func object(properties []Property) Member {
	m := value("object")
	m.Properties = properties
	return m
}

func list(items Member) Member {
	m := value("array")
	m.Items = &items
	return m
}

// number is a number, or a point in time: the same topic has it as milliseconds or as a text.
func number(name string) Member {
	for _, suffix := range []string{"Time", "Date", "Timestamp", "timestamp"} {
		if strings.HasSuffix(name, suffix) {
			return point()
		}
	}
	return value("number")
}

func point() Member { return value("number", "string") }
