package schema

import (
	"errors"
	"strconv"
	"strings"
)

// Mismatch is where in its topic's schema a payload fails. It has nothing of the payload in it.
type Mismatch struct {
	// Path is a JSON pointer from the outermost schema to the keyword that failed, through $ref where there is one: what
	// the draft calls the keyword location (JSON Schema Core 2020-12, section 12.3.1). Of a payload that was not validated
	// it says why, in parentheses.
	Path string
	// Keyword is the keyword that failed; "false" where the schema false stands.
	Keyword string
	// Missing is the first member that is not there but required, if Keyword is "required".
	Missing string
}

// notJSON stands in the place of a keyword for a payload that can't be read, which the decoder does not let through.
const notJSON = "not JSON"

// tooVaried stands there for a payload whose shape is too large to look at.
const tooVaried = "too varied"

// tooLarge stands there for a payload that takes more memory to validate than there is for it.
const tooLarge = "too large"

// unlooked is the path of a payload that was not validated: it says why.
func unlooked(keyword string) *Mismatch {
	return &Mismatch{Path: "(the payload is " + keyword + " to be validated)", Keyword: keyword}
}

// locate takes the path and the keyword out of the library's error, and nothing else: its text has values of the payload.
//
// The library wraps an error once for each schema it is in, outermost first, as "validating <pointer>: " before the text
// of the error within. The pointers are what the text of the outer has before the text of the inner, so that nothing in
// a value can pass for one; and each must be a pointer to a schema that is there. The innermost begins with the keyword.
func (c *compiled) locate(err error) *Mismatch {
	var path strings.Builder
	current, outermost := "", true
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return c.keywordOf(err.Error(), current, path.String())
		}
		outer := strings.TrimSuffix(err.Error(), inner.Error())
		pointer := strings.TrimSuffix(strings.TrimPrefix(outer, "validating "), ": ")
		if pointer == "root" {
			pointer = ""
		}
		if _, ok := c.places[pointer]; !ok {
			return &Mismatch{Path: path.String()}
		}
		if !outermost {
			path.WriteString(c.step(current, pointer))
		}
		current, outermost, err = pointer, false, inner
	}
}

// step is how validation got from one schema to the next: into it, or by reference.
func (c *compiled) step(from, to string) string {
	if p := c.places[from]; p.hasRef && p.ref == to {
		return "/$ref"
	}
	return strings.TrimPrefix(to, from)
}

// keywordOf completes a mismatch with the keyword that the innermost error begins with.
func (c *compiled) keywordOf(text, pointer, path string) *Mismatch {
	if c.places[pointer].never {
		return &Mismatch{Path: path, Keyword: "false"}
	}
	if strings.HasPrefix(text, "unexpected additional properties ") {
		return &Mismatch{Path: path + "/additionalProperties", Keyword: "additionalProperties"}
	}
	end := strings.IndexAny(text, ":[")
	if end < 0 {
		return &Mismatch{Path: path}
	}
	name := text[:end]
	if _, ok := keywords[name]; !ok {
		return &Mismatch{Path: path}
	}
	m := &Mismatch{Path: path + "/" + name, Keyword: name}
	if name == "required" {
		m.Missing = firstMissing(text)
	}
	return m
}

// firstMissing returns the first name of `required: missing properties: ["a" "b"]`. They are names of the schema.
func firstMissing(text string) string {
	_, names, _ := strings.Cut(text, "[")
	quoted, err := strconv.QuotedPrefix(names)
	if err != nil {
		return ""
	}
	name, err := strconv.Unquote(quoted)
	if err != nil {
		return ""
	}
	return name
}
