package decode

import (
	"strings"
	"testing"
)

// TestRefusalsNameTheCause has bodies for which a refusal might name another cause than the one that a person would see.
func TestRefusalsNameTheCause(t *testing.T) {
	utf16 := func(text string) string {
		var wide strings.Builder
		for _, r := range text {
			wide.WriteByte(byte(r))
			wide.WriteByte(0)
		}
		return wide.String()
	}
	cases := []struct {
		name       string
		body       string
		attributes string
		reason     Reason
		detail     string
	}{
		{"a byte order mark before good JSON", "\xef\xbb\xbf" + directEvent, "", NotJSON, "begins with a byte order mark"},
		{
			"a byte order mark, and an attribute that says gzip", "\xef\xbb\xbf" + directEvent, `{"content-encoding":{"stringValue":"gzip"}}`,
			NotJSON, "begins with a byte order mark",
		},
		{"a byte order mark in gzip", gzipText("\xef\xbb\xbf" + directEvent), "", NotJSON, "begins with a byte order mark"},
		{"UTF-16 with a mark", "\xff\xfe" + utf16(directEvent), "", InvalidUTF8, "UTF-16"},
		{"UTF-16 with a mark, the other way round", "\xfe\xff\x00{", "", InvalidUTF8, "UTF-16"},
		{"UTF-16 without a mark", utf16(directEvent), "", NotJSON, "seems to be UTF-16"},
		{"a page", "<html></html>", "", NotJSON, "XML or HTML"},
		{"half of it", directEvent[:20], "", NotJSON, "cut off"},
		{"half of a text", `{"event":{"type":"t`, "", NotJSON, "cut off"},
		{"two events", directEvent + "\n" + directEvent, "", NotJSON, "something follows"},
		{"an event and garbage", directEvent + ";", "", NotJSON, "something follows"},
		{"an event and a form feed", directEvent + "\f", "", NotJSON, "something follows"},
		{"words with a large number in them", "order 1e999", "", NotJSON, "not one JSON value"},
		{"words with brackets in them", "x" + nested(200), "", NotJSON, "not one JSON value"},
		{"a large number", "1e999", "", NumberOutOfRange, "float64"},
		{"an event in a string", `"{\"event\":1}"`, "", UnknownEnvelope, "a JSON string, should be an object"},
		{"a list of events", "[" + directEvent + "]", "", UnknownEnvelope, "a JSON array, should be an object"},
		{"null", "null", "", UnknownEnvelope, "a JSON null, should be an object"},
		{"true", "true", "", UnknownEnvelope, "a JSON boolean, should be an object"},
		{"a number", "7", "", UnknownEnvelope, "a JSON number, should be an object"},
		{"another object", "{}", "", UnknownEnvelope, "neither"},
		{"what an attribute says is compressed", "aGVsbG8=", `{"content-encoding":{"stringValue":"gzip"}}`, CorruptCompression, "no header of gzip or zlib"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := message(c.body)
			m.Attributes = []byte(c.attributes)
			_, err := newReader().Open(m, nil)
			if reasonOf(t, err) != c.reason || err == nil || !strings.Contains(err.Error(), c.detail) {
				t.Errorf("%v, want reason %s with %q", err, c.reason, c.detail)
			}
		})
	}
}
