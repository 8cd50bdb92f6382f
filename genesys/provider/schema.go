package provider

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

//go:embed schema.json
var schemaJSON []byte

// statusKey is the property that reports whether Genesys Cloud does what the resource is for.
const statusKey = "status"

// schema is what this package reads of schema.json.
type schema struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Provider spec   `json:"provider"`
	// Resources by token.
	Resources map[tokens.Type]spec `json:"resources"`
}

// spec declares the properties of a resource or of the provider's configuration.
type spec struct {
	Inputs   map[string]property `json:"inputProperties"`
	Required []string            `json:"requiredInputs"`
	Outputs  map[string]property `json:"properties"`
}

type property struct {
	Type     string `json:"type"`
	Secret   bool   `json:"secret"`
	Replaces bool   `json:"willReplaceOnChanges"`
	Default  any    `json:"default"`
}

func readSchema() (schema, error) {
	var s schema
	if err := json.Unmarshal(schemaJSON, &s); err != nil {
		return schema{}, fmt.Errorf("reading the embedded schema: %w", err)
	}
	return s, nil
}

// inputNames are the declared inputs in a stable order.
func (s spec) inputNames() []string { return slices.Sorted(maps.Keys(s.Inputs)) }

// computed are the outputs that no input gives.
func (s spec) computed() []string {
	var names []string
	for name := range s.Outputs {
		if _, ok := s.Inputs[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// fits reports whether a known value has the property's type.
func (p property) fits(value any) bool {
	switch p.Type {
	case "string":
		_, ok := value.(string)
		return ok
	case "boolean":
		_, ok := value.(bool)
		return ok
	case "integer":
		n, ok := value.(float64)
		return ok && n == float64(int64(n))
	case "array":
		list, ok := value.([]any)
		return ok && !slices.ContainsFunc(list, func(e any) bool {
			_, isText := e.(string)
			return !isText && e != unknown{}
		})
	}
	return false
}

func (p property) noun() string {
	switch p.Type {
	case "array":
		return "a list of strings"
	case "integer":
		return "a whole number"
	}
	return "a " + p.Type
}

// suggestion names the declared input that a misspelt one resembles.
func (s spec) suggestion(name string) string {
	for _, known := range s.inputNames() {
		if strings.EqualFold(known, name) || len(name) > 3 && strings.HasPrefix(known, name[:len(name)/2+1]) {
			return fmt.Sprintf("; did you mean %q?", known)
		}
	}
	return ""
}
