package schema_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/schema"
)

type extra = map[string]map[string]jsontext.Value

// with returns a registry that has the schema as version 2 of topic "t".
func with(t *testing.T, source string) *schema.Registry {
	t.Helper()
	r, err := schema.New().With(extra{"t": {"2": jsontext.Value(source)}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAdditionalVersions(t *testing.T) {
	base := schema.New()
	r, err := base.With(extra{
		presence:    {"10": jsontext.Value(`false`), "9": jsontext.Value(`true`)},
		"new.topic": {"3": jsontext.Value(`{"$id":"https://schemas.example/new","required":["id"]}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Versions(presence); !slices.Equal(got, []string{"1", "9", "10"}) {
		t.Errorf("versions %v, want them by number", got)
	}
	if got := base.Versions(presence); !slices.Equal(got, []string{"1"}) {
		t.Errorf("the registry that was extended has versions %v now", got)
	}
	payload := jsontext.Value(`{"topicName":"t","eventBody":{}}`)
	for _, test := range []struct {
		name, topic, version string
		known                bool
		used, failed         string
	}{
		{"the latest", presence, "", true, "10", ""},
		{"one that allows everything", presence, "9", true, "9", "no"},
		{"one of the build", presence, "1", true, "1", "no"},
		{"a version that is not there", presence, "2", false, "2", "no"},
		{"a version that is written otherwise", presence, "01", false, "01", "no"},
		{"a topic that is not there", "unknown", "", false, "", "no"},
		{"a topic of the configuration alone", "new.topic", "", true, "3", "/required"},
	} {
		got := r.Check(test.topic, test.version, payload)
		failed := "no"
		if got.Mismatch != nil {
			failed = got.Mismatch.Path
		}
		if got.Known != test.known || got.Version != test.used || failed != test.failed {
			t.Errorf("%s: %+v, failed: %s", test.name, got, failed)
		}
	}
}

func TestRefusedSchemas(t *testing.T) {
	deep := strings.Repeat(`{"items":`, 40) + `{}` + strings.Repeat(`}`, 40)
	doubling := &strings.Builder{}
	for n := range 20 {
		fmt.Fprintf(doubling, `"d%d":{"anyOf":[{"$ref":"#/$defs/d%d"},{"$ref":"#/$defs/d%d"}]},`, n, n+1, n+1)
	}
	tests := map[string]struct{ source, want string }{
		"no JSON":                       {`{`, "reading the schema"},
		"a name twice":                  {`{"type":"object","type":"array"}`, "duplicate"},
		"neither object nor boolean":    {`"object"`, "should be an object or a boolean"},
		"a misspelt keyword":            {`{"propertys":{}}`, "#/propertys: is not a keyword that can be used here"},
		"a keyword in other letters":    {`{"Type":"object"}`, "#/Type: is not a keyword"},
		"an earlier draft":              {`{"$schema":"http://json-schema.org/draft-07/schema#"}`, "2020-12"},
		"an unknown type":               {`{"properties":{"a":{"type":"text"}}}`, "#/properties/a/type: should be a name of a type"},
		"null as a schema":              {`{"properties":{"a/b":null}}`, "#/properties/a~1b: a schema should be"},
		"a nested $id":                  {`{"$defs":{"a":{"$id":"https://schemas.example/a"}}}`, "#/$defs/a/$id: is not a keyword"},
		"a reference to the network":    {`{"$ref":"https://schemas.example/a"}`, "nothing is fetched"},
		"a reference to the link-local": {`{"$ref":"http://169.254.169.254/latest"}`, "nothing is fetched"},
		"a reference to a file":         {`{"$ref":"file:///etc/passwd"}`, "nothing is fetched"},
		"a reference to nowhere":        {`{"$ref":"#/$defs/a"}`, "where there is no schema"},
		"a reference to no schema":      {`{"$ref":"#/properties","properties":{}}`, "where there is no schema"},
		"a dynamic reference":           {`{"$dynamicRef":"#a"}`, "is not a keyword"},
		"a reference to itself":         {`{"$ref":"#"}`, "refers to itself"},
		"a cycle of references":         {`{"$defs":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"properties":{"x":{"$ref":"#/$defs/a"}}}},"$ref":"#/$defs/a"}`, "refers to itself"},
		"too deep":                      {deep, "deeper than 32"},
		"too large when expanded":       {`{"$defs":{` + doubling.String() + `"d20":{}},"$ref":"#/$defs/d0"}`, "more than 10000 schemas"},
		"too many bytes":                {`{"description":"` + strings.Repeat("x", 64<<10) + `"}`, "65536 at most"},
		"a pattern that does not parse": {`{"pattern":"("}`, "pattern"},
		"required that is no list":      {`{"required":"id"}`, "#/required: should be a list of different names"},
		"a list of items":               {`{"items":[{}]}`, "a schema should be"},
		"an empty anyOf":                {`{"anyOf":[]}`, "at least one"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := schema.New().With(extra{"a.topic": {"7": jsontext.Value(test.source)}})
			if err == nil || r != nil {
				t.Fatal("the schema is taken")
			}
			for _, want := range []string{test.want, `topic "a.topic"`, `version "7"`} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q, want %q in it", err, want)
				}
			}
		})
	}
}

// TestRefusedValuesOfKeywords has for each keyword what the draft's meta-schema does not allow, beside what it just allows.
func TestRefusedValuesOfKeywords(t *testing.T) {
	for keyword, values := range map[string]struct{ good, bad string }{
		"multipleOf": {`0.01 1e300`, `0 -1 "1" null`},
		"enum":       {`[null] [1,1] [[]]`, `[] {} "a" null`},
		"required":   {`[] ["a"]`, `["a","a"] [1] {} null`},
		"type":       {`"null" ["string","null"]`, `[] ["string","string"] [1] 1 null "text"`},
		"minLength":  {`0 3 1.0`, `-1 1.5 "1" null`}, "maxLength": {`0`, `-1 1.5 "1"`},
		"minItems": {`0`, `-1 1.5 "1"`}, "maxItems": {`0`, `-1 1.5 "1"`},
		"minContains": {`0`, `-1 1.5 "1"`}, "maxContains": {`0`, `-1 1.5 "1"`},
		"minProperties": {`0`, `-1 1.5 "1"`}, "maxProperties": {`0`, `-1 1.5 "1"`},
		"minimum": {`-1.5`, `"1" null`}, "maximum": {`-1.5`, `"1"`}, "exclusiveMinimum": {`0`, `true`}, "exclusiveMaximum": {`0`, `true`},
		"uniqueItems": {`true`, `"true" 1`}, "pattern": {`"" "a"`, `1 null`},
		"dependentRequired": {`{} {"a":["b"]}`, `[] {"a":"b"} {"a":["b","b"]} null`},
		"format":            {`"date-time"`, `1`}, "title": {`""`, `1`}, "description": {`""`, `1`}, "$comment": {`""`, `1`},
		"contentEncoding": {`"base64"`, `1`}, "contentMediaType": {`"a/b"`, `1`},
		"examples": {`[]`, `{}`}, "deprecated": {`true`, `1`}, "readOnly": {`true`, `1`}, "writeOnly": {`true`, `1`},
	} {
		check := func(value string) error {
			_, err := schema.New().With(extra{"t": {"7": jsontext.Value(`{"properties":{"a":{"` + keyword + `":` + value + `}}}`)}})
			return err
		}
		for value := range strings.FieldsSeq(values.good) {
			if err := check(value); err != nil {
				t.Errorf("%s: %s: %v", keyword, value, err)
			}
		}
		for value := range strings.FieldsSeq(values.bad) {
			if err := check(value); err == nil || !strings.Contains(err.Error(), "#/properties/a/"+keyword+": should be") {
				t.Errorf("%s: %s: %v, want it refused", keyword, value, err)
			}
		}
	}
}

func TestAllFaultyVersionsAreReportedTogether(t *testing.T) {
	_, err := schema.New().With(extra{
		presence: {"1": jsontext.Value(`{}`), "1.5": jsontext.Value(`{}`), "07": jsontext.Value(`{}`), "2": jsontext.Value(`{"a":1,"b":2}`)},
		"":       {"1": jsontext.Value(`{}`)},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{`version "1.5" should be a whole number`, `version "07" should be`, "#/a: is not", "#/b: is not", "a topic's name of 0 bytes"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q, want %q in it", err, want)
		}
	}
}

func TestTooMuchAdditional(t *testing.T) {
	tests := map[string]struct {
		count int
		each  string
	}{
		"too many":       {101, `{}`},
		"too many bytes": {20, `{"description":"` + strings.Repeat("x", 30<<10) + `"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			versions := map[string]jsontext.Value{}
			for n := range test.count {
				versions[strconv.Itoa(n+1)] = jsontext.Value(test.each)
			}
			if _, err := schema.New().With(extra{"t": versions}); err == nil || !strings.Contains(err.Error(), "should be 100 of 524288 at most") {
				t.Errorf("error %v", err)
			}
		})
	}
}

// Keywords that look at values must see the value of each payload, however many of the same shape have passed.
func TestKeywordsThatLookAtValues(t *testing.T) {
	tests := map[string]struct{ schema, good, bad, path string }{
		"enum":                  {`{"properties":{"a":{"enum":["x","y"]}}}`, `{"a":"x"}`, `{"a":"z"}`, "/properties/a/enum"},
		"const":                 {`{"properties":{"a":{"const":true}}}`, `{"a":true}`, `{"a":false}`, "/properties/a/const"},
		"minimum":               {`{"properties":{"a":{"minimum":3}}}`, `{"a":3}`, `{"a":2}`, "/properties/a/minimum"},
		"multipleOf":            {`{"properties":{"a":{"multipleOf":2}}}`, `{"a":4}`, `{"a":5}`, "/properties/a/multipleOf"},
		"maxLength":             {`{"properties":{"a":{"maxLength":1}}}`, `{"a":"x"}`, `{"a":"xy"}`, "/properties/a/maxLength"},
		"pattern":               {`{"properties":{"a":{"pattern":"^x"}}}`, `{"a":"x"}`, `{"a":"y"}`, "/properties/a/pattern"},
		"minItems":              {`{"minItems":2}`, `[1,1]`, `[1]`, "/minItems"},
		"uniqueItems":           {`{"uniqueItems":true}`, `[1,2]`, `[1,1]`, "/uniqueItems"},
		"prefixItems":           {`{"prefixItems":[{},{"type":"string"}]}`, `[1,"a",1]`, `[1,1,"a"]`, "/prefixItems/1/type"},
		"propertyNames":         {`{"propertyNames":{"maxLength":1}}`, `{"a":1}`, `{"ab":1}`, "/propertyNames/maxLength"},
		"maxItems":              {`{"maxItems":1}`, `[1]`, `[1,1]`, "/maxItems"},
		"minLength":             {`{"minLength":1}`, `"a"`, `""`, "/minLength"},
		"maximum":               {`{"maximum":1}`, `1`, `2`, "/maximum"},
		"exclusiveMinimum":      {`{"exclusiveMinimum":1}`, `2`, `1`, "/exclusiveMinimum"},
		"exclusiveMaximum":      {`{"exclusiveMaximum":2}`, `1`, `2`, "/exclusiveMaximum"},
		"maxContains":           {`{"contains":{"type":"string"},"maxContains":1}`, `["a",1]`, `["a","a",1]`, "/maxContains"},
		"unevaluatedItems":      {`{"unevaluatedItems":{"type":"string"}}`, `["a","a"]`, `["a",1]`, "/unevaluatedItems/type"},
		"unevaluatedProperties": {`{"unevaluatedProperties":{"type":"string"}}`, `{"a":"a"}`, `{"a":1}`, "/unevaluatedProperties/type"},
		"minContains":           {`{"contains":{"type":"string"},"minContains":2}`, `["a","a"]`, `["a",1]`, "/minContains"},
	}
	for _, keyword := range schema.KeywordsOnValues() {
		if _, ok := tests[keyword]; !ok {
			t.Errorf("no case for %s", keyword)
		}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := with(t, test.schema)
			for round := range 3 {
				if got := r.Check("t", "", jsontext.Value(test.good)); got.Mismatch != nil {
					t.Errorf("round %d: %s fails: %+v", round, test.good, got.Mismatch)
				}
				got := r.Check("t", "", jsontext.Value(test.bad))
				if got.Mismatch == nil || got.Mismatch.Path != test.path || got.Mismatch.Keyword != path(test.path) || got.First != (round == 0) {
					t.Errorf("round %d: %s gives %+v, %+v", round, test.bad, got, got.Mismatch)
				}
			}
		})
	}
}

func path(pointer string) string { return pointer[strings.LastIndexByte(pointer, '/')+1:] }

func TestKeywordsThatLookAtNames(t *testing.T) {
	tests := map[string]struct{ schema, good, bad, path string }{
		"additionalProperties: false":    {`{"properties":{"a":true},"additionalProperties":false}`, `{"a":1}`, `{"a":1,"b":1}`, "/additionalProperties"},
		"additionalProperties: a schema": {`{"additionalProperties":{"type":"string"}}`, `{"x":"1"}`, `{"x":1}`, "/additionalProperties/type"},
		"patternProperties":              {`{"patternProperties":{"^a":{"type":"string"}}}`, `{"b":1}`, `{"ab":1}`, "/patternProperties/^a/type"},
		"minProperties":                  {`{"minProperties":2}`, `{"a":1,"b":1}`, `{"a":1}`, "/minProperties"},
		"maxProperties":                  {`{"maxProperties":1}`, `{"a":1}`, `{"a":1,"b":1}`, "/maxProperties"},
		"dependentRequired":              {`{"dependentRequired":{"a":["b"]}}`, `{"a":1,"b":1}`, `{"a":1}`, "/dependentRequired"},
		"dependentSchemas":               {`{"dependentSchemas":{"a":{"required":["b"]}}}`, `{"b":1}`, `{"a":1}`, "/dependentSchemas/a/required"},
		"the schema false":               {`{"properties":{"a~/":false}}`, `{"b":1}`, `{"a~/":1}`, "/properties/a~0~1"},
		"anyOf":                          {`{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}}}`, `{"a":null}`, `{"a":1}`, "/properties/a/anyOf"},
		"oneOf, none":                    {`{"oneOf":[{"type":"string"},{"type":"null"}]}`, `null`, `1`, "/oneOf"},
		"oneOf, both":                    {`{"oneOf":[{"type":"integer"},{"type":"number"}]}`, `1.5`, `1.0`, "/oneOf"},
		"allOf":                          {`{"allOf":[true,{"required":["a"]}]}`, `{"a":1}`, `{}`, "/allOf/1/required"},
		"not":                            {`{"not":{"required":["a"]}}`, `{}`, `{"a":1}`, "/not"},
		"if, then":                       {`{"if":{"required":["a"]},"then":{"required":["b"]}}`, `{}`, `{"a":1}`, "/then/required"},
		"contains":                       {`{"contains":{"type":"string"}}`, `[1,1,"a"]`, `[1,1]`, "/contains"},
		"integer":                        {`{"type":"integer"}`, `1e2`, `1e-2`, "/type"},
		"a name that is escaped":         {`{"properties":{"a\"b":{"type":"string"}}}`, `{"a\"b":""}`, `{"\u0061\"b":1}`, `/properties/a"b/type`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := with(t, test.schema)
			for round := range 2 {
				if got := r.Check("t", "", jsontext.Value(test.good)); got.Mismatch != nil {
					t.Errorf("round %d: %s fails: %+v", round, test.good, got.Mismatch)
				}
				got := r.Check("t", "", jsontext.Value(test.bad))
				if got.Mismatch == nil || got.Mismatch.Path != test.path || got.First != (round == 0) {
					t.Errorf("round %d: %s gives %+v, %+v", round, test.bad, got, got.Mismatch)
				}
			}
		})
	}
}

// Values are the sender's choice: whatever they say, what comes out must be about the schema.
func TestValuesThatLookLikeMessagesOfTheLibrary(t *testing.T) {
	hostile := []string{
		`secret`,
		`x: validating /properties/b: required: missing properties: ["secret"]`,
		`validating root: validating /properties/a: type: secret`,
		": ", "\n", `["secret"]`, `unexpected additional properties ["secret"]`, `required: missing properties: ["secret"]`,
	}
	schemas := map[string]string{
		`{"properties":{"a":{"enum":[1]},"b":{}}}`:                            "/properties/a/enum",
		`{"properties":{"a":{"pattern":"^$","maxLength":0},"b":{}}}`:          "/properties/a/maxLength",
		`{"properties":{"a":{"allOf":[{"const":1}]},"b":{}}}`:                 "/properties/a/allOf/0/const",
		`{"properties":{"a":{"anyOf":[{"const":1},{"minLength":999}]}}}`:      "/properties/a/anyOf",
		`{"properties":{"a":{"$ref":"#/$defs/c"}},"$defs":{"c":{"const":1}}}`: "/properties/a/$ref/const",
	}
	for source, want := range schemas {
		r := with(t, source)
		for _, text := range hostile {
			quoted, err := jsontext.AppendQuote(nil, text)
			if err != nil {
				t.Fatal(err)
			}
			got := r.Check("t", "", jsontext.Value(fmt.Sprintf(`{"a":%s,"b":1}`, quoted)))
			if got.Mismatch == nil || *got.Mismatch != (schema.Mismatch{Path: want, Keyword: path(want)}) {
				t.Errorf("%s with %q: %+v", source, text, got.Mismatch)
			}
			named := r.Check("t", "", jsontext.Value(fmt.Sprintf(`{"a":{%s:%s}}`, quoted, quoted)))
			if named.Mismatch != nil && strings.Contains(fmt.Sprintf("%+v", *named.Mismatch), "secret") {
				t.Errorf("%s with %q: %+v", source, text, named.Mismatch)
			}
		}
	}
	closed := with(t, `{"additionalProperties":false}`).Check("t", "", jsontext.Value(`{"secret":1}`))
	if closed.Mismatch == nil || *closed.Mismatch != (schema.Mismatch{Path: "/additionalProperties", Keyword: "additionalProperties"}) {
		t.Errorf("an unexpected name gives %+v", closed.Mismatch)
	}
}

// A required name may be anything; it is the schema's.
func TestMissingNameWithQuotes(t *testing.T) {
	got := with(t, `{"required":["a\"] b","c"]}`).Check("t", "", jsontext.Value(`{}`))
	if got.Mismatch == nil || got.Mismatch.Missing != `a"] b` {
		t.Errorf("%+v", got.Mismatch)
	}
}

func TestAdditionalVersionTakesThePlaceOfTheBuilds(t *testing.T) {
	own := schema.New()
	with, err := own.With(map[string]map[string]jsontext.Value{customerEnd: {"1": jsontext.Value(`{"type":"array"}`)}})
	if err != nil {
		t.Fatal(err)
	}
	payload := jsontext.Value(`{"eventBody":{"conversationId":"c"}}`)
	if got := with.Check(customerEnd, "1", payload); !got.Known || got.Mismatch == nil {
		t.Errorf("the build's version is still used: %+v", got)
	}
	if got := own.Check(customerEnd, "1", payload); !got.Known || got.Mismatch != nil {
		t.Errorf("the registry that it was added to has changed: %+v", got)
	}
}

func TestShapeTooLargeToLookAt(t *testing.T) {
	// Kinds of elements beyond those that are remembered stay in the shape, each of them.
	kinds := `0,0.5,"",true,null,{},[],[0],` + strings.Repeat(`["",0],`, 40_000) + `[""]`
	payload := jsontext.Value(`{"eventBody":{"conversationId":"c","callbackNumbers":[` + kinds + `]}}`)
	got := schema.New().Check(customerEnd, "", payload)
	if !got.Known || got.Mismatch == nil || got.Mismatch.Keyword != "too varied" {
		t.Errorf("%+v", got)
	}
}
