package settings

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// mismatch is one place where a document is not as its schema wants it.
type mismatch struct {
	// path is where, as pulumi config set --path takes it.
	path string
	// value is what is there, shortened.
	value string
	// rule is what the schema wants.
	rule string
}

// maxShown is how much of a wrong value an error repeats. Flags are no secrets.
const maxShown = 80

// mismatches validates a document against a schema of draft 4, the one that AppConfig's validators take (AppConfig User Guide,
// "Understanding validators"). The error is about the schema.
func mismatches(schema string, document map[string]any) ([]mismatch, error) {
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft4
	if err := compiler.AddResource("flags.json", strings.NewReader(schema)); err != nil {
		return nil, fmt.Errorf("reading the schema of the flags: %w", err)
	}
	compiled, err := compiler.Compile("flags.json")
	if err != nil {
		return nil, fmt.Errorf("compiling the schema of the flags: %w", err)
	}
	err = compiled.Validate(document)
	if err == nil {
		return nil, nil
	}
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return nil, fmt.Errorf("validating the flags: %w", err)
	}
	var found []mismatch
	for leaf := range leaves(invalid) {
		where := tokens(leaf.InstanceLocation)
		found = append(found, mismatch{path: configPath(where), value: shown(document, where), rule: rule(leaf)})
	}
	slices.SortFunc(found, func(a, b mismatch) int { return strings.Compare(a.path+a.rule, b.path+b.rule) })
	return found, nil
}

// leaves are the errors that say what is wrong; those above them only say where.
func leaves(err *jsonschema.ValidationError) func(yield func(*jsonschema.ValidationError) bool) {
	return func(yield func(*jsonschema.ValidationError) bool) {
		if len(err.Causes) == 0 {
			yield(err)
			return
		}
		for _, cause := range err.Causes {
			for leaf := range leaves(cause) {
				if !yield(leaf) {
					return
				}
			}
		}
	}
}

// rule says in words of this project what the library's errors mean.
func rule(err *jsonschema.ValidationError) string {
	if names, ok := strings.CutPrefix(err.Message, "additionalProperties "); ok {
		list := strings.Split(strings.TrimSuffix(names, " not allowed"), ", ")
		slices.Sort(list) // the library gives them in any order
		return "no member can be called " + strings.Join(list, ", ")
	}
	for _, start := range []string{"expected ", "value must be "} {
		if rest, ok := strings.CutPrefix(err.Message, start); ok {
			return "it must be " + rest
		}
	}
	return "by its schema, " + err.Message
}

// tokens are the members of a JSON pointer, which the library escapes as in a URL.
func tokens(pointer string) []string {
	var list []string
	for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
		if plain, err := url.PathUnescape(token); err == nil {
			token = plain
		}
		if token = strings.ReplaceAll(strings.ReplaceAll(token, "~1", "/"), "~0", "~"); token != "" {
			list = append(list, token)
		}
	}
	return list
}

var bareKey = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// configPath writes a place in the flags as Pulumi has it: flags.topics["v2.users.{id}.presence"].schema.
func configPath(tokens []string) string {
	path := "flags"
	for _, token := range tokens {
		if bareKey.MatchString(token) {
			path += "." + token
		} else {
			path += fmt.Sprintf("[%q]", token)
		}
	}
	return path
}

// shown is the value at a place of the document.
func shown(document map[string]any, tokens []string) string {
	var value any = document
	for _, token := range tokens {
		object, ok := value.(map[string]any)
		if !ok {
			break
		}
		value = object[token]
	}
	text := canonical(value)
	if len(text) > maxShown {
		text = strings.ToValidUTF8(text[:maxShown], "") + "…"
	}
	return text
}
