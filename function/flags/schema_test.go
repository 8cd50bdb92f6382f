package flags

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/jsonschema-go/jsonschema"
)

const (
	draft4 = `"$schema": "http://json-schema.org/draft-04/schema#"`
	draft7 = `"$schema": "http://json-schema.org/draft-07/schema#"`
	// maxValidator is the most characters of a validator (AWS AppConfig API reference, "Validator").
	maxValidator = 32768
)

// sameInBothDrafts are keywords that mean the same in draft-04, which AppConfig validates by (AWS AppConfig user guide,
// "About validators"), and in draft-07, which the test's validator knows.
var sameInBothDrafts = []string{
	"$schema", "$ref", "title", "definitions", "type", "enum", "pattern", "maxProperties", "properties", "patternProperties", "additionalProperties",
}

func flagsSchema(t testing.TB) *jsonschema.Resolved {
	t.Helper()
	var schema jsonschema.Schema
	if err := json.Unmarshal([]byte(strings.Replace(JSONSchema, draft4, draft7, 1)), &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// allows returns the schema's verdict on a document, or an error where the document has a number that no float can hold, which
// only a schema in it may have.
func allows(schema *jsonschema.Resolved, document []byte) (bool, error) {
	var instance any
	if err := json.Unmarshal(document, &instance); err != nil {
		return false, err
	}
	return schema.Validate(instance) == nil, nil
}

func TestSchemaAgreesWithParse(t *testing.T) {
	schema := flagsSchema(t)
	for _, c := range documents {
		if c.unseen {
			continue
		}
		if got, err := allows(schema, []byte(c.document)); err != nil || got != (len(c.problems) == 0) {
			t.Errorf("%s: the schema allows it: %t, %v; Parse: %t", c.name, got, err, !got)
		}
	}
}

// TestSchemaAllowsNoMoreThanParse goes through what the schema enumerates: a name that only the schema has would pass
// AppConfig and be refused by every function.
func TestSchemaAllowsNoMoreThanParse(t *testing.T) {
	var schema struct {
		Properties struct {
			LogLevel, Replays, LoneSurrogates enumeration
			Decoders                          struct{ Properties map[string]any }
		}
		Definitions struct {
			Mode  enumeration
			Topic struct{ Properties struct{ State enumeration } }
		}
	}
	if err := json.Unmarshal([]byte(JSONSchema), &schema); err != nil {
		t.Fatal(err)
	}
	var switches enumeration
	for name := range schema.Properties.Decoders.Properties {
		switches.Enum = append(switches.Enum, name)
	}
	for template, values := range map[string]struct {
		enumeration
		count int
	}{
		`{"logLevel":"%s"}`:               {schema.Properties.LogLevel, 4},
		`{"replays":"%s"}`:                {schema.Properties.Replays, 2},
		`{"loneSurrogates":"%s"}`:         {schema.Properties.LoneSurrogates, 2},
		`{"decoders":{"%s":false}}`:       {switches, len(Decoders())},
		`{"defaults":{"schema":"%s"}}`:    {schema.Definitions.Mode, 3},
		`{"topics":{"a":{"state":"%s"}}}`: {schema.Definitions.Topic.Properties.State, 3},
	} {
		if len(values.Enum) != values.count {
			t.Errorf("%s: the schema allows %v, want %d values", template, values.Enum, values.count)
		}
		for _, value := range values.Enum {
			if _, err := Parse(fmt.Appendf(nil, template, value)); err != nil {
				t.Errorf("the schema allows what Parse does not: %v", err)
			}
		}
	}
}

type enumeration struct{ Enum []string }

func TestSchemaIsOneThatAppConfigTakes(t *testing.T) {
	if !strings.Contains(JSONSchema, draft4) {
		t.Errorf("the schema should say %s", draft4)
	}
	if len(JSONSchema) > maxValidator {
		t.Errorf("the schema has %d bytes, should have at most %d", len(JSONSchema), maxValidator)
	}
	var root map[string]any
	if err := json.Unmarshal([]byte(JSONSchema), &root); err != nil {
		t.Fatal(err)
	}
	checkKeywords(t, root)
}

func checkKeywords(t *testing.T, schema map[string]any) {
	t.Helper()
	for keyword, value := range schema {
		if !slices.Contains(sameInBothDrafts, keyword) {
			t.Errorf("keyword %s may not mean the same in draft-04 and draft-07", keyword)
		}
		if keyword == "$ref" && len(schema) > 1 {
			t.Errorf("%v: what stands beside $ref is ignored", schema)
		}
		if slices.Contains([]string{"definitions", "properties", "patternProperties"}, keyword) {
			for _, below := range value.(map[string]any) {
				checkKeywords(t, below.(map[string]any))
			}
		}
	}
}

// FuzzParse holds Parse against schema.json, and what it returns against what it promises.
func FuzzParse(f *testing.F) {
	for _, c := range documents {
		if len(c.document) < 4096 {
			f.Add([]byte(c.document))
		}
	}
	schema := flagsSchema(f)
	f.Fuzz(func(t *testing.T, content []byte) {
		document, err := Parse(content)
		if (document == nil) == (err == nil) {
			t.Fatalf("%v, %v", document, err)
		}
		if err != nil && len(err.Error()) > (maxProblems+2)*1024 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
		if len(content) > MaxBytes || !jsontext.Value(content).IsValid() {
			if err == nil {
				t.Fatal("what is not JSON is accepted")
			}
			return
		}
		if got, unreadable := allows(schema, content); unreadable == nil && got != (err == nil) {
			t.Errorf("the schema allows it: %t, Parse: %v", got, err)
		}
		if err == nil {
			check(t, document)
		}
	})
}

// check looks for values in a document that it can't have.
func check(t *testing.T, document *Document) {
	t.Helper()
	names := []string{"another"}
	for name := range document.topics {
		names = append(names, name)
	}
	for _, name := range names {
		topic := document.Topic(name)
		if !slices.Contains([]Mode{Enforce, Warn, Off}, topic.Schema) || !slices.Contains([]State{Active, Paused, Dropped}, topic.State) ||
			topic.Version != "" && !versionNumber(topic.Version) {
			t.Errorf("topic %q is %+v", name, topic)
		}
	}
	for topic, versions := range document.Schemas() {
		for version, schema := range versions {
			if !versionNumber(version) || schema.Kind() != jsontext.KindBeginObject || !schema.IsValid() {
				t.Errorf("schema %s of %q is %s", version, topic, schema)
			}
		}
	}
}
