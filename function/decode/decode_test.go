package decode_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cc-eventbridge/function/decode"
)

var update = flag.Bool("update", false, "write the .want files anew")

// TestEvents decodes each file of testdata/events; beside it is what should come out. A new case is a new file.
func TestEvents(t *testing.T) {
	files, err := filepath.Glob("testdata/events/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			event, err := decode.Body(body)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(body), string(event.Payload)) {
				t.Error("the payload is not as it was written")
			}
			got := fmt.Sprintf("envelope   %s\ntype       %s\ntopic      %s\ntimestamp  %s\nid         %s\nsource     %s\npayload    %d bytes\n",
				event.Envelope, event.Type, event.Topic, event.Timestamp, event.ID, event.Source, len(event.Payload))
			golden := strings.TrimSuffix(file, ".json") + ".want"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	direct := func(members string) string {
		return `{"event":{"type":"t","data":{"id":"1"` + members + `}},"timestamp":1}`
	}
	cases := []struct {
		name, body string
		reason     decode.Reason
	}{
		{"no characters", "", decode.EmptyBody},
		{"white space", " \r\n\t", decode.EmptyBody},
		{"not JSON", "hello", decode.NotJSON},
		{"half of it", `{"event":{"type":"t"`, decode.NotJSON},
		{"trailing garbage", direct("") + "x", decode.NotJSON},
		{"two values", direct("") + direct(""), decode.NotJSON},
		{"NaN", direct(`,"n":NaN`), decode.NotJSON},
		{"a control character in a string", direct(",\"n\":\"\x01\""), decode.NotJSON},
		{"256 KiB of garbage", strings.Repeat("x", 262144), decode.NotJSON},
		{"bytes that are not UTF-8", direct(",\"n\":\"\xff\""), decode.InvalidUTF8},
		{"half of a surrogate pair", direct(`,"n":"\ud800"`), decode.InvalidUTF8},
		{"a duplicate name", direct(`,"id":"2"`), decode.DuplicateName},
		{"a duplicate name deep inside", direct(`,"a":[{"b":1,"b":2}]`), decode.DuplicateName},
		{"nested to 10,000", strings.Repeat("[", 10000) + strings.Repeat("]", 10000), decode.TooDeep},
		{"nested to 10,000 inside an event", direct(`,"a":` + strings.Repeat(`{"a":`, 10000) + "1" + strings.Repeat("}", 10000)), decode.TooDeep},
		{"a number beyond float64", direct(`,"n":1e400`), decode.NumberOutOfRange},
		{"a negative one", direct(`,"n":-1E+309`), decode.NumberOutOfRange},
		{"an integer beyond float64", direct(`,"n":1` + strings.Repeat("0", 400)), decode.NumberOutOfRange},
		{"null", "null", decode.UnknownEnvelope},
		{"a string", `"event"`, decode.UnknownEnvelope},
		{"an array", `[{"event":1}]`, decode.UnknownEnvelope},
		{"an empty object", "{}", decode.UnknownEnvelope},
		{"an object of other members", `{"hello":{"event":1}}`, decode.UnknownEnvelope},
		{"both envelopes", `{"event":{},"detail":{}}`, decode.UnknownEnvelope},
		{"event is not an object", `{"event":7,"timestamp":1}`, decode.MissingIdentity},
		{"no type", `{"event":{"data":{"id":"1"}},"timestamp":1}`, decode.MissingIdentity},
		{"an empty type", `{"event":{"type":"","data":{"id":"1"}},"timestamp":1}`, decode.MissingIdentity},
		{"a type that is an object", `{"event":{"type":{},"data":{"id":"1"}},"timestamp":1}`, decode.MissingIdentity},
		{"no timestamp", `{"event":{"type":"t","data":{"id":"1"}}}`, decode.MissingIdentity},
		{"an empty timestamp", `{"event":{"type":"t","data":{"id":"1"}},"timestamp":""}`, decode.MissingIdentity},
		{"a timestamp that is an array", `{"event":{"type":"t","data":{"id":"1"}},"timestamp":[1]}`, decode.MissingIdentity},
		{"no data", `{"event":{"type":"t"},"timestamp":1}`, decode.MissingIdentity},
		{"null data", `{"event":{"type":"t","data":null},"timestamp":1}`, decode.MissingIdentity},
		{"no source", `{"detail-type":"t","detail":{"a":1}}`, decode.MissingIdentity},
		{"no detail-type", `{"source":"s","detail":{"a":1}}`, decode.MissingIdentity},
		{"detail is not an object", `{"source":"s","detail-type":"t","detail":[1]}`, decode.MissingIdentity},
		{"an empty detail", `{"source":"s","detail-type":"t","detail":{}}`, decode.MissingIdentity},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode.Body([]byte(c.body))
			refused, ok := errors.AsType[*decode.Error](err)
			if !ok || refused.Reason != c.reason {
				t.Fatalf("got %v, want reason %s", err, c.reason)
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	cases := []struct{ name, body string }{
		{"nested to the limit", `{"event":{"type":"t","data":` + strings.Repeat("[", decode.MaxDepth-2) + strings.Repeat("]", decode.MaxDepth-2) + `},"timestamp":1}`},
		{"brackets in strings", `{"event":{"type":"t","data":"` + strings.Repeat(`[{\"`, 500) + `"},"timestamp":1}`},
		{"numbers in strings", `{"event":{"type":"t","data":"1e999"},"timestamp":1}`},
		{"the largest float64", `{"event":{"type":"t","data":[1.7976931348623157e308,-1e308,5e-324,1e-999]},"timestamp":1}`},
		{"a string that ends in a backslash", `{"event":{"type":"t","data":"\\"},"timestamp":1}`},
		{"256 KiB", `{"event":{"type":"t","data":"` + strings.Repeat("é", 131000) + `"},"timestamp":1}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := decode.Body([]byte(c.body)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestScalarText(t *testing.T) {
	for scalar, want := range map[decode.Scalar]string{``: ``, `7`: `7`, `"7"`: `7`, `"a\u0041"`: `aA`} {
		if got := scalar.Text(); got != want {
			t.Errorf("%s: %s, want %s", scalar, got, want)
		}
	}
}
