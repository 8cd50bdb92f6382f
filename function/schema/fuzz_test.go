package schema

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// looser and stricter schemas than the embedded ones, so that mutated payloads meet every keyword that verdicts on
// shapes are given for, and some that they must not be given for.
var alsoChecked = map[string]string{
	"open": `{"additionalProperties":{"type":["object","array","string","integer"],"maxProperties":6,"minProperties":1},
		"patternProperties":{"^e":{"type":"object","patternProperties":{"Id$":{"type":"string"}}}}}`,
	"combined": `{"properties":{"eventBody":{"oneOf":[{"required":["userId"]},{"required":["queueId"],"not":{"required":["ani"]}},
		{"properties":{"transcripts":{"contains":{"required":["alternatives"]}}},"dependentRequired":{"eventTime":["conversationId"]}}]}},
		"if":{"properties":{"version":{"type":"string"}}},"then":{"dependentSchemas":{"metadata":{"required":["timestamp"]}}},"else":{"type":["array","integer"]}}`,
	"values": `{"properties":{"version":{"const":"2"},"eventBody":{"properties":{"eventTime":{"minimum":1741064767089},
		"callbackNumbers":{"maxItems":1},"conversationExternalContactIds":{"uniqueItems":true}}}}}`,
}

// checked returns the registry that the fuzzer asks, and every schema in it by itself.
func checked(tb testing.TB) (*Registry, map[string]*compiled) {
	tb.Helper()
	extra := map[string]map[string]jsontext.Value{}
	for topic, source := range alsoChecked {
		extra[topic] = map[string]jsontext.Value{"1": jsontext.Value(source)}
	}
	r, err := New().With(extra)
	if err != nil {
		tb.Fatal(err)
	}
	all := map[string]*compiled{}
	for topic, versions := range r.topics {
		if all[topic], err = versions[0].compile(); err != nil {
			tb.Fatal(err)
		}
	}
	return r, all
}

// FuzzCheck holds what Check says against the library's verdict on the payload itself, for every schema: for the payload
// and for what becomes of it by random changes of its members, first met and met again.
func FuzzCheck(f *testing.F) {
	for i, fixture := range fixtures(f) {
		f.Add([]byte(fixture.payload), uint64(i))
	}
	r, all := checked(f)
	f.Fuzz(func(t *testing.T, payload []byte, seed uint64) {
		if !jsontext.Value(payload).IsValid() {
			_, _ = appendShape(nil, payload, nil) // must end, and not panic
			return
		}
		agree(t, r, all, payload)
		var v any
		if json.Unmarshal(payload, &v) != nil {
			return // a number that float64 does not hold, or nesting that the decoder refuses
		}
		random := rand.New(rand.NewPCG(seed, seed))
		v = tree(t, payload)
		for range 1 + random.IntN(4) {
			v = mutated(random, v)
		}
		agree(t, r, all, written(t, v))
	})
}

// TestCheckAgreesWithTheLibrary is FuzzCheck's property on many changes of each fixture, against its own schema.
func TestCheckAgreesWithTheLibrary(t *testing.T) {
	r, all := checked(t)
	random := rand.New(rand.NewPCG(1, 2))
	matched, failed := 0, 0
	for _, f := range fixtures(t) {
		own := map[string]*compiled{f.topic: all[f.topic]}
		for topic := range alsoChecked {
			own[topic] = all[topic]
		}
		for range 300 {
			v := tree(t, f.payload)
			for range random.IntN(4) {
				v = mutated(random, v)
			}
			m, n := agree(t, r, own, written(t, v))
			matched, failed = matched+m, failed+n
		}
	}
	if matched < 1000 || failed < 1000 {
		t.Errorf("%d matched and %d failed: the changes don't try both verdicts", matched, failed)
	}
}

func agree(t *testing.T, r *Registry, all map[string]*compiled, payload jsontext.Value) (matched, failed int) {
	t.Helper()
	for topic, c := range all {
		direct := c.validate(payload)
		if direct != nil && direct.Keyword == notJSON {
			return matched, failed // the decoder refuses numbers that float64 does not hold
		}
		for _, time := range []string{"first", "second"} {
			got := r.Check(topic, "1", payload)
			if !got.Known || (got.Mismatch == nil) != (direct == nil) {
				t.Fatalf("%s, %s time: Check says %+v, the library %+v, of %s", topic, time, got.Mismatch, direct, payload)
			}
			if got.First && (got.Mismatch == nil || time == "second" && c.byShape) {
				t.Fatalf("%s, %s time: %+v should not be first, of %s", topic, time, got, payload)
			}
			if m := got.Mismatch; m != nil && (m.Keyword == "" || m.Path == "") {
				t.Fatalf("%s: no place in %+v, of %s", topic, m, payload)
			}
		}
		if direct == nil {
			matched++
		} else {
			failed++
		}
	}
	return matched, failed
}

// mutated changes one random value of a tree.
func mutated(random *rand.Rand, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if names := slices.Sorted(maps.Keys(v)); len(names) > 0 && random.IntN(8) > 0 {
			name := names[random.IntN(len(names))]
			switch random.IntN(8) {
			case 0:
				delete(v, name)
			case 1:
				v[names[random.IntN(len(names))]] = v[name]
			case 2:
				v["n"+name] = anything(random)
			default:
				v[name] = mutated(random, v[name])
			}
			return v
		}
	case []any:
		if len(v) > 0 && random.IntN(8) > 0 {
			i := random.IntN(len(v))
			switch random.IntN(4) {
			case 0:
				return append(v[:i:i], v[i+1:]...)
			case 1:
				return append(v, v[i], anything(random))
			default:
				v[i] = mutated(random, v[i])
			}
			return v
		}
	}
	return anything(random)
}

func anything(random *rand.Rand) any {
	values := []any{
		nil, true, false, "", "text", "2",
		[]any{},
		map[string]any{},
		json.Number("0"), json.Number("1.0"), json.Number("-0.5"), json.Number("1e2"), json.Number("1E-2"),
		json.Number("1741064767089.5"), json.Number("123456789012345678901234567890"), json.Number("1.00000000000000000001"),
		[]any{json.Number("1"), json.Number("1.5")},
		map[string]any{"id": json.Number("1")},
	}
	return values[random.IntN(len(values))]
}
