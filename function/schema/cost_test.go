package schema

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// TestCost compares the cost of documents that consist of one kind of value with the memory that they take, taken apart: it
// is never less, and within what a validator's notes and growing explain.
func TestCost(t *testing.T) {
	const count = 50_000
	of := func(begin, end string, element func(i int) string) string {
		elements := make([]string, count)
		for i := range elements {
			elements[i] = element(i)
		}
		return begin + strings.Join(elements, ",") + end
	}
	always := func(text string) string { return of("[", "]", func(int) string { return text }) }
	for name, document := range map[string]string{
		"literals":           always("true"),
		"numbers":            always("-1.5E+3"),
		"texts":              of("[", "]", func(i int) string { return strconv.Quote(strconv.Itoa(i)) }),
		"long texts":         of("[", "]", func(i int) string { return fmt.Sprintf(`"%0100d"`, i) }),
		"arrays":             always("[]"),
		"arrays of one":      always("[1]"),
		"arrays of five":     always("[1,1,1,1,1]"),
		"objects":            always("{}"),
		"objects of one":     always(`{"a":1}`),
		"objects of nine":    always(`{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1,"g":1,"h":1,"i":1}`),
		"objects of objects": always(`{"a":{"a":{"a":{}}}}`),
		"names":              of("{", "}", func(i int) string { return fmt.Sprintf(`"a%d":1`, i) }),
	} {
		t.Run(name, func(t *testing.T) {
			before := alive()
			var tree any
			if err := jsonv2.Unmarshal([]byte(document), &tree); err != nil {
				t.Fatal(err)
			}
			takes := alive() - before
			runtime.KeepAlive(tree)
			cost := treeBytes([]byte(document))
			t.Logf("%d bytes take %d, at a cost of %d", len(document), takes, cost)
			if cost < takes || cost > 8*takes {
				t.Errorf("the cost is %d, should be 1 to 8 times the %d bytes", cost, takes)
			}
		})
	}
}

func alive() int {
	var memory runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return int(memory.HeapAlloc)
}

// TestTooLarge has a schema that looks at values meet a payload that costs more than there is memory for, and one that does not.
func TestTooLarge(t *testing.T) {
	schemas := map[string]map[string]jsontext.Value{"values": {"1": jsontext.Value(`{"items":{"maximum":5}}`)}, "shape": {"1": jsontext.Value(`{"type":"array"}`)}}
	registry, err := New().Within(10_000).With(schemas)
	if err != nil {
		t.Fatal(err)
	}
	small, large := "["+strings.Repeat("1,", 50)+"1]", "["+strings.Repeat("1,", 100)+"1]"
	if result := registry.Check("values", "1", []byte(small)); !result.Known || result.Mismatch != nil {
		t.Errorf("a payload that fits: %+v", result)
	}
	result := registry.Check("values", "1", []byte(large))
	if result.Mismatch == nil || result.Mismatch.Keyword != tooLarge || result.Mismatch.Path == "" || !result.First {
		t.Errorf("a payload that does not fit: %+v", result)
	}
	if again := registry.Check("values", "1", []byte(large)); again.Mismatch == nil || again.First {
		t.Errorf("once more: %+v", again)
	}
	if result := registry.Check("shape", "1", []byte(large)); result.Mismatch != nil {
		t.Errorf("a schema that does not look at values: %+v", result)
	}
}
