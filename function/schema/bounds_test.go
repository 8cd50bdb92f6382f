package schema

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/bounded"
)

// TestEveryDocumentIsReadToItsEnd comes before all others: a reader that loses its place runs for ever.
func TestEveryDocumentIsReadToItsEnd(t *testing.T) {
	some := map[string]struct{}{"a": {}}
	for document, want := range map[string]string{
		`{"a":[1,"x",{"b":"\"}"}],"c":{"d":["]",{}],"a":1},"e":-1.5e3,"f":true} `: `{"a":[0,"",{}]}`,
		` "a" `: `""`, `0`: `0`, `-1e-7`: `0.5`, `[]`: `[]`, `{ }`: `{}`, `[ [ ] , [ ] ]`: `[[]]`, `{"b":null,"a":false}`: `{"a":true}`,
	} {
		bounded.Run(func() {
			if shape, ok := appendShape(nil, []byte(document), some); !ok || string(shape) != want {
				t.Errorf("%s has shape %s (%t), want %s", document, shape, ok, want)
			}
			if cost := treeBytes([]byte(document)); cost < valueBytes || cost > 400*len(document) {
				t.Errorf("%s costs %d", document, cost)
			}
		})
	}
}

func TestWhatIsNotJSONHasNoShape(t *testing.T) {
	some := map[string]struct{}{"a": {}}
	for _, document := range []string{
		``, ` `, `x`, `,`, `}`, `]`, `:`, `{`, `[`, `"`, `"a`, `"a\"`, `tru`, `fals`, `nul`, `truee`, `nulll`, `"a"b`, `1 2`, `[1`, `[1,`, `[1 2]`, `[1}`, `[x]`, `["a`,
		`{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a" 1}`, `{"a":x}`, `{a:1}`, `{"a":1]`, `{"a":1 "b":2}`, `{"a":1}}`, `[]]`, `{"a`, `{"a":"b`, `{"a":[`, `{,}`,
		`{"b"`, `{"b":`, `{"b":1`, `{"b":"c`, `{"b":{`, `{"b":[1,2`, `{"b":{"a":1}`, `{"b":1]`, `{"b":1,`, `{"b":{"c":"d`,
	} {
		bounded.Run(func() {
			if shape, ok := appendShape(nil, []byte(document), some); ok {
				t.Errorf("%q has shape %s", document, shape)
			}
		})
	}
}

func TestShapesNestAThousandDeep(t *testing.T) {
	for depth, want := range map[int]bool{1000: true, 1001: false} {
		for _, document := range []string{
			strings.Repeat("[", depth) + "1" + strings.Repeat("]", depth), strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth),
		} {
			if _, ok := appendShape(nil, []byte(document), nil); ok != want {
				t.Errorf("%.9s… nested %d deep has a shape: %t", document, depth, ok)
			}
		}
	}
}

func TestEightKindsOfElementsAreRemembered(t *testing.T) {
	eight := `0,0.5,"",null,true,[],{},[0]`
	for elements, want := range map[string]string{
		eight: eight, eight + "," + eight: eight, eight + `,[""]`: eight + `,[""]`, eight + `,[""],[""],[0]`: eight + `,[""],[""]`,
	} {
		if shape, ok := appendShape(nil, []byte("["+elements+"]"), nil); !ok || string(shape) != "["+want+"]" {
			t.Errorf("[%s] has shape %s", elements, shape)
		}
	}
}

// TestCostsAddUp: a value costs 128, a text 32 and its characters with the quote, a name 64 in place of the 32, an object 352.
func TestCostsAddUp(t *testing.T) {
	for document, want := range map[string]int{
		`1`: 128, `-1.5E+3`: 128, `true`: 128, `null`: 128, `""`: 161, `"abc"`: 164, `[]`: 128, `{}`: 480, `[1,-2.5e3,true]`: 512, `[ 1 , 2 ]`: 384,
		`{"a":1}`: 480 + 162 + 32 + 128, `{"a":{"b":[]}}`: 480 + 194 + 480 + 194 + 128, `["a","b"]`: 128 + 2*162,
	} {
		if got := treeBytes([]byte(document)); got != want {
			t.Errorf("%s costs %d, want %d", document, got, want)
		}
	}
	for _, c := range []byte("az09-+.E") {
		if !plainByte(c) {
			t.Errorf("%c is no part of a number or a literal", c)
		}
	}
	for _, c := range []byte("`{/:,*AZF[ \n") {
		if plainByte(c) {
			t.Errorf("%c is part of a number or a literal", c)
		}
	}
}

func TestAPayloadMayCostWhatThereIs(t *testing.T) {
	registry, err := New().With(map[string]map[string]jsontext.Value{"t": {"1": jsontext.Value(`{"maximum":5}`)}})
	if err != nil {
		t.Fatal(err)
	}
	payload := jsontext.Value(`[1,2]`)
	for bytes, want := range map[int]bool{treeBytes(payload): true, treeBytes(payload) - 1: false} {
		if result := registry.Within(bytes).Check("t", "", payload); (result.Mismatch == nil) != want {
			t.Errorf("with %d bytes: %+v", bytes, result.Mismatch)
		}
	}
}

func TestAShapeMayHaveAQuarterOfAMebibyte(t *testing.T) {
	registry, err := New().With(map[string]map[string]jsontext.Value{"t": {"1": jsontext.Value(`{"additionalProperties":true}`)}})
	if err != nil {
		t.Fatal(err)
	}
	for size, want := range map[int]bool{256 << 10: true, 256<<10 + 1: false} {
		payload := jsontext.Value(`{"` + strings.Repeat("a", size-len(`{"":0}`)) + `":1}`)
		if result := registry.Check("t", "", payload); (result.Mismatch == nil) != want {
			t.Errorf("a shape of %d bytes: %+v", size, result.Mismatch)
		}
	}
}

// TestTheMemoryOfLargeShapesIsNotKept: a process lives for hours after its largest payload.
func TestTheMemoryOfLargeShapesIsNotKept(t *testing.T) {
	for range 20 {
		large := make([]byte, 0, keptBytes+1)
		release(&large)
		if got := shapes.Get().(*[]byte); cap(*got) > keptBytes {
			t.Fatalf("%d bytes are kept", cap(*got))
		}
	}
}

func TestVersionsHaveOneToNineDigits(t *testing.T) {
	for name, want := range map[string]int{"1": 1, "2": 2, "10": 10, "999999999": 999999999, "0": 0, "-1": 0, "1000000000": 0, "01": 0, "+1": 0, "": 0, "x": 0} {
		if got, err := versionNumber(name); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q is version %d, %v", name, got, err)
		}
	}
}

func TestAdditionalSchemasAreBounded(t *testing.T) {
	padded := func(bytes int) jsontext.Value { return jsontext.Value("true" + strings.Repeat(" ", bytes-len("true"))) }
	of := func(count, bytes int) map[string]map[string]jsontext.Value {
		versions := map[string]jsontext.Value{}
		for i := range count {
			versions[fmt.Sprint(i+1)] = padded(bytes)
		}
		return map[string]map[string]jsontext.Value{"t": versions}
	}
	for name, c := range map[string]struct {
		extra map[string]map[string]jsontext.Value
		want  bool
	}{
		"100 schemas":                    {of(100, 4), true},
		"101 schemas":                    {of(101, 4), false},
		"one of 64 KiB":                  {of(1, 64<<10), true},
		"one of a byte more":             {of(1, 64<<10+1), false},
		"512 KiB in all":                 {of(8, 64<<10), true},
		"a byte more in all":             {of(16, 32<<10+1), false},
		"a topic's name of 256 bytes":    {map[string]map[string]jsontext.Value{strings.Repeat("t", 256): {"1": padded(4)}}, true},
		"a topic's name of 257 bytes":    {map[string]map[string]jsontext.Value{strings.Repeat("t", 257): {"1": padded(4)}}, false},
		"a topic's name of no character": {map[string]map[string]jsontext.Value{"": {"1": padded(4)}}, false},
	} {
		if _, err := New().With(c.extra); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSchemasNestAndExpandWithinBounds(t *testing.T) {
	nested := func(depth int) string {
		return strings.Repeat(`{"not":`, depth-1) + "true" + strings.Repeat("}", depth-1)
	}
	wide := func(schemas int) string {
		members := make([]string, schemas-1)
		for i := range members {
			members[i] = fmt.Sprintf(`"m%d":true`, i)
		}
		return `{"properties":{` + strings.Join(members, ",") + `}}`
	}
	// A reference counts as what it refers to: $defs/a has 99 schemas, and is there once by itself and 99 times by reference.
	referring := func(times int) string {
		members := make([]string, times)
		for i := range members {
			members[i] = fmt.Sprintf(`"m%d":{"$ref":"#/$defs/a"}`, i)
		}
		return `{"$defs":{"a":` + wide(99) + `},"properties":{` + strings.Join(members, ",") + `}}`
	}
	for name, c := range map[string]struct {
		source string
		want   bool
	}{
		"32 deep": {nested(32), true}, "33 deep": {nested(33), false},
		"10,000 schemas": {wide(10_000), true}, "10,001 schemas": {wide(10_001), false},
		"99 references": {referring(99), true}, "100 references": {referring(100), false},
	} {
		if _, err := compile([]byte(c.source)); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestValuesOfKeywordsAreThoseOfTheDraft(t *testing.T) {
	for source, want := range map[string]bool{
		`{"multipleOf":0.1}`: true, `{"multipleOf":0}`: false, `{"multipleOf":-1}`: false, `{"minItems":0}`: true, `{"minItems":1}`: true, `{"minItems":-1}`: false, `{"minItems":0.5}`: false,
		`{"enum":[]}`: false, `{"enum":[null]}`: true, `{"type":[]}`: false, `{"type":"string"}`: true, `{"type":["string"]}`: true, `{"type":["string","string"]}`: false, `{"type":"text"}`: false,
		`{"allOf":[]}`: false, `{"allOf":[true]}`: true, `{"required":[]}`: true, `{"required":["a","a"]}`: false, `{"required":[1]}`: false,
		`{"$ref":"#"}`: false, `{"$ref":"#/$defs/a","$defs":{"a":true}}`: true, `{"$ref":"#/$defs/b","$defs":{"a":true}}`: false, `{"$ref":"https://a"}`: false, `{"$ref":"#/%41"}`: false,
		`{"$schema":"https://json-schema.org/draft/2020-12/schema"}`: true, `{"$schema":"http://json-schema.org/draft-07/schema#"}`: false, `{"not":{"$schema":"https://json-schema.org/draft/2020-12/schema"}}`: false,
		`{"$id":"a"}`: true, `{"not":{"$id":"a"}}`: false,
	} {
		if _, err := compile([]byte(source)); (err == nil) != want {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestFiveHundredAndTwelveVerdictsAreYoung(t *testing.T) {
	v := newVerdicts()
	at := func(i int) key { return key{shape: uint64(i)} }
	for i := range 512 {
		if !v.remember(at(i), nil) {
			t.Errorf("verdict %d is not new", i)
		}
	}
	if len(v.young) != 512 || len(v.old) != 0 {
		t.Errorf("%d young verdicts and %d old ones", len(v.young), len(v.old))
	}
	if !v.remember(at(512), nil) || len(v.young) != 1 || len(v.old) != 512 {
		t.Errorf("after one more %d young verdicts and %d old ones", len(v.young), len(v.old))
	}
	for _, age := range []string{"old", "young"} { // the first look makes it young
		if v.remember(at(0), nil) {
			t.Errorf("a verdict that is %s is taken for a new one", age)
		}
	}
	if _, known := v.of(at(1)); !known || len(v.young) != 3 {
		t.Errorf("a verdict that is used doesn't move along: %d are young", len(v.young))
	}
	if _, known := v.of(at(9999)); known {
		t.Error("a verdict that was never given is known")
	}
}
