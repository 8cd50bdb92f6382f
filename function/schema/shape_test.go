package schema

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestShape(t *testing.T) {
	all := map[string]struct{}(nil)
	some := map[string]struct{}{"a": {}, "b": {}, "": {}}
	tests := map[string]struct {
		names          map[string]struct{}
		document, want string
	}{
		"scalars lose their values":              {all, `["x\"]",-12,true,false,null]`, `["",0,true,null]`},
		"integers however they are written":      {all, `{"a":[1.0,1e2,-0,1.50e1,10E-1]}`, `{"a":[0]}`},
		"fractions":                              {all, `{"a":[0.1,1e-2,-1.5]}`, `{"a":[0.5]}`},
		"what float64 makes an integer":          {all, `[1.00000000000000000001,1e300]`, `[0]`},
		"white space goes":                       {all, " {\t\"a\" :\r\n[ 1 , 2 ] } ", `{"a":[0]}`},
		"empty ones stay":                        {all, `{"a":{},"b":[],"":""}`, `{"a":{},"b":[],"":""}`},
		"elements of one shape are one":          {all, `[{"a":1},{"a":2},{"a":"x"},{"a":3}]`, `[{"a":0},{"a":""}]`},
		"also when others stand between":         {all, `[1,"a",2,"b",[1],3,[2,3]]`, `[0,"",[0]]`},
		"more kinds of elements than remembered": {all, `[1,0.5,"",null,true,[],{},[1],[""],[""],1]`, `[0,0.5,"",null,true,[],{},[0],[""],[""]]`},
		"unknown members go":                     {some, `{"x":{"a":[1,"]}",{"y":"\\"}]},"a":1,"y":-2.5e3,"b":{"z":null,"":true},"z":"\"}"}`, `{"a":0,"b":{"":true}}`},
		"an escaped name stays":                  {some, `{"\u0078":1,"x":1}`, `{"\u0078":0}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := appendShape([]byte("before"), []byte(test.document), test.names)
			if string(got) != "before"+test.want || !ok {
				t.Errorf("%s has shape %s (%t), want %s", test.document, got, ok, test.want)
			}
			if !jsontext.Value(got[len("before"):]).IsValid() {
				t.Errorf("%s is not JSON", got)
			}
		})
	}
}

// Large payloads are lists of the same things: their shapes must be small.
func TestShapeOfALargeListIsSmall(t *testing.T) {
	document := `{"transcripts":[` + strings.TrimSuffix(strings.Repeat(`{"words":[{"word":"a","ms":1},{"word":"b"}]},{"words":[]},`, 50_000), ",") + `]}`
	shape, ok := appendShape(nil, []byte(document), nil)
	if want := `{"transcripts":[{"words":[{"word":"","ms":0},{"word":""}]},{"words":[]}]}`; string(shape) != want || !ok {
		t.Errorf("shape of %d bytes", len(shape))
	}
}

func TestShapeOfEndlessNesting(t *testing.T) {
	for _, part := range []string{`[`, `{"a":`} {
		if _, ok := appendShape(nil, []byte(strings.Repeat(part, 1_000_000)), nil); ok {
			t.Errorf("a million times %s is taken for JSON", part)
		}
	}
}
