package schema

import (
	"encoding/json"
	"fmt"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/jsonschema-go/jsonschema"
)

// compiled is a schema that is ready to use.
type compiled struct {
	resolved *jsonschema.Resolved
	places   map[string]place
	// byShape is whether the verdict on a payload is the verdict on its shape.
	byShape bool
	// names are the members that a payload's shape keeps; nil means all.
	names map[string]struct{}
}

// compile reads a schema and reports everything that is wrong with it.
func compile(source []byte) (*compiled, error) {
	var document any
	if err := jsonv2.Unmarshal(source, &document); err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	found, err := surveyed(document)
	if err != nil {
		return nil, err
	}
	var schema jsonschema.Schema
	if err := json.Unmarshal(source, &schema); err != nil {
		return nil, fmt.Errorf("reading the schema: %w", err)
	}
	// References are local, so that the schema's own name is of no use but to the library, which would put it in the place
	// of the outermost path.
	schema.ID = ""
	resolved, err := schema.Resolve(nil)
	if err != nil {
		return nil, fmt.Errorf("resolving the schema: %w", err)
	}
	c := &compiled{resolved: resolved, places: found.places, byShape: found.use < value}
	if found.use <= closed {
		c.names = found.names
	}
	return c, nil
}

// validate returns where the document does not match, nil if it does.
func (c *compiled) validate(document jsontext.Value) *Mismatch {
	var instance any
	if err := jsonv2.Unmarshal(document, &instance); err != nil {
		return &Mismatch{Keyword: notJSON}
	}
	if err := c.resolved.Validate(instance); err != nil {
		return c.locate(err)
	}
	return nil
}
