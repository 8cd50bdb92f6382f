package decode

import (
	"strings"
	"testing"
)

// TestRefused has what is wrong with a body that is in no wrapping.
func TestRefused(t *testing.T) {
	direct := func(members string) string {
		return `{"event":{"type":"t","data":{"id":"1"` + members + `}},"timestamp":1}`
	}
	cases := []struct {
		name, body string
		reason     Reason
	}{
		{"no characters", "", EmptyBody},
		{"white space", " \r\n\t", EmptyBody},
		{"not JSON", "hello", NotJSON},
		{"half of it", `{"event":{"type":"t"`, NotJSON},
		{"trailing garbage", direct("") + "x", NotJSON},
		{"two values", direct("") + direct(""), NotJSON},
		{"NaN", direct(`,"n":NaN`), NotJSON},
		{"a control character in a string", direct(",\"n\":\"\x01\""), NotJSON},
		{"256 KiB of garbage", strings.Repeat("x", 262144), NotJSON},
		{"bytes that are not UTF-8", direct(",\"n\":\"\xff\""), InvalidUTF8},
		{"half of a surrogate pair", direct(`,"n":"\ud800"`), InvalidUTF8},
		{"a duplicate name", direct(`,"id":"2"`), DuplicateName},
		{"a duplicate name deep inside", direct(`,"a":[{"b":1,"b":2}]`), DuplicateName},
		{"nested to 10,000", strings.Repeat("[", 10000) + strings.Repeat("]", 10000), TooDeep},
		{"nested to 10,000 inside an event", direct(`,"a":` + strings.Repeat(`{"a":`, 10000) + "1" + strings.Repeat("}", 10000)), TooDeep},
		{"a number beyond float64", direct(`,"n":1e400`), NumberOutOfRange},
		{"a negative one", direct(`,"n":-1E+309`), NumberOutOfRange},
		{"an integer beyond float64", direct(`,"n":1` + strings.Repeat("0", 400)), NumberOutOfRange},
		{"null", "null", UnknownEnvelope},
		{"a string", `"event"`, UnknownEnvelope},
		{"an array", `[{"event":1}]`, UnknownEnvelope},
		{"an empty object", "{}", UnknownEnvelope},
		{"an object of other members", `{"hello":{"event":1}}`, UnknownEnvelope},
		{"a number", "7", UnknownEnvelope},
		{"both envelopes", `{"event":{},"detail":{}}`, UnknownEnvelope},
		{"both envelopes, cut off", `{"event":{},"detail":{}`, NotJSON},
		{"a number in place of a body, beyond float64", "1e400", NumberOutOfRange},
		{"names of envelopes in strings", `{"a":"event","b":["detail"],"c":{"event":1}}`, UnknownEnvelope},
		{"names of envelopes in capitals", `{"Event":{},"DETAIL":{}}`, UnknownEnvelope},
		{"an array of something else", `["com.example.Pointer",{}]`, UnknownEnvelope},
		{"bytes of no compression", "\x80\x81\x82", InvalidUTF8},
		{"event is not an object", `{"event":7,"timestamp":1}`, MissingIdentity},
		{"no type", `{"event":{"data":{"id":"1"}},"timestamp":1}`, MissingIdentity},
		{"an empty type", `{"event":{"type":"","data":{"id":"1"}},"timestamp":1}`, MissingIdentity},
		{"a type that is an object", `{"event":{"type":{},"data":{"id":"1"}},"timestamp":1}`, MissingIdentity},
		{"no timestamp", `{"event":{"type":"t","data":{"id":"1"}}}`, MissingIdentity},
		{"an empty timestamp", `{"event":{"type":"t","data":{"id":"1"}},"timestamp":""}`, MissingIdentity},
		{"a timestamp that is an array", `{"event":{"type":"t","data":{"id":"1"}},"timestamp":[1]}`, MissingIdentity},
		{"no data", `{"event":{"type":"t"},"timestamp":1}`, MissingIdentity},
		{"null data", `{"event":{"type":"t","data":null},"timestamp":1}`, MissingIdentity},
		{"no source", `{"detail-type":"t","detail":{"a":1}}`, MissingIdentity},
		{"no detail-type", `{"source":"s","detail":{"a":1}}`, MissingIdentity},
		{"detail is not an object", `{"source":"s","detail-type":"t","detail":[1]}`, MissingIdentity},
		{"a detail-type and no detail", `{"source":"s","detail-type":"t"}`, MissingIdentity},
		{"an empty detail", `{"source":"s","detail-type":"t","detail":{}}`, MissingIdentity},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := newReader().Open(message(c.body), nil)
			if reasonOf(t, err) != c.reason {
				t.Fatalf("got %v, want reason %s", err, c.reason)
			}
		})
	}
}

func TestAccepted(t *testing.T) {
	cases := []struct{ name, body string }{
		{"nested to the limit", `{"event":{"type":"t","data":` + strings.Repeat("[", maxDepth-2) + strings.Repeat("]", maxDepth-2) + `},"timestamp":1}`},
		{"brackets in strings", `{"event":{"type":"t","data":"` + strings.Repeat(`[{\"`, 500) + `"},"timestamp":1}`},
		{"numbers in strings", `{"event":{"type":"t","data":"1e999"},"timestamp":1}`},
		{"the largest float64", `{"event":{"type":"t","data":[1.7976931348623157e308,-1e308,5e-324,1e-999]},"timestamp":1}`},
		{"a string that ends in a backslash", `{"event":{"type":"t","data":"\\"},"timestamp":1}`},
		{"white space around", " \n" + directEvent + "\r\t"},
		{"the members of other envelopes beside an event", `{"event":{"type":"t","data":1},"timestamp":1,"detail-type":"t","Type":"Notification","Message":"m","TopicArn":"t","payloadUrl":"u"}`},
		{"escaped names", `{"det\u0061il":{"a":1},"\u0064etail-type":"t","source":"s"}`},
		{"256 KiB", `{"event":{"type":"t","data":"` + strings.Repeat("é", 131000) + `"},"timestamp":1}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := newReader().Open(message(c.body), nil); err != nil {
				t.Fatal(err)
			}
		})
	}
}
