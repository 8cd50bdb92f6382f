package event

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/bounded"
)

// TestEveryObjectIsReadToItsEnd comes before all others: a reader that loses its place runs for ever.
func TestEveryObjectIsReadToItsEnd(t *testing.T) {
	for object, want := range map[string]string{
		`{}`: "", ` { } `: "", `{"a":1}`: "a=1", `{ "a" : 1 , "b" : [ 1 , { "c" : "]}" } ] , "d":null }`: `a=1 b=[ 1 , { "c" : "]}" } ] d=null`,
		`{"a":{"b":{"c":[[],[{}]]}},"e":"\"","f":-1.5e3}`: `a={"b":{"c":[[],[{}]]}} e="\"" f=-1.5e3`, `{"\u0061":true,"":""}`: `a=true =""`,
		`[1]`: "", `1`: "", ``: "", `{"a"`: "", `{"a":`: "", `{"a":1`: "a=1", `{"a":[`: "a=[", `{"a":1,`: "a=1", `{"a":"b`: `a="b`,
	} {
		bounded.Run(func() {
			var got []string
			members(jsontext.Value(object), nil, func(name []byte, value jsontext.Value) bool {
				got = append(got, string(name)+"="+string(value))
				return true
			})
			if strings.Join(got, " ") != want {
				t.Errorf("%s: %q, want %q", object, got, want)
			}
		})
	}
}

func TestOnlyNumbersAndTextsAreScalars(t *testing.T) {
	for _, scalar := range []string{`0`, `9`, `-1`, `12.5e3`, `"a"`, `" "`} {
		if got := scalarOf(jsontext.Value(scalar)); string(got) != scalar {
			t.Errorf("%s becomes %q", scalar, got)
		}
	}
	for _, other := range []string{``, `""`, `true`, `false`, `null`, `{"a":1}`, `[1]`, `/`, `:`} {
		if got := scalarOf(jsontext.Value(other)); got != "" {
			t.Errorf("%s becomes %q", other, got)
		}
	}
}

func TestTopicsAreKnownByTheirCharactersAndLength(t *testing.T) {
	long := "a.b." + strings.Repeat("c", 196)
	for _, topic := range []string{"a.z.AZ_", "v0.a.b", "v9.a.b", "v2.users.{id}.presence", "{id}.a.b", "v.a.b", "vx.a.b", long} {
		if !looksLikeTopic(topic) {
			t.Errorf("%q is no topic", topic)
		}
	}
	for _, text := range []string{
		"a.b", "a..b", "a.b.", ".a.b", "a.b.c1", "a.b.c-d", "a.b.`", "a.b.{", "a.b.@", "a.b.[", "a.b.é", "a.b.{ID}", "v12.a.b", "v/.a.b", "v:.a.b", "2.a.b", long + "c",
	} {
		if looksLikeTopic(text) {
			t.Errorf("%q is taken for a topic", text)
		}
	}
}

func TestTimesOfTheEnvelopeAreThoseOfEventBridge(t *testing.T) {
	whole := jsontext.Value(`{"time":"2026-01-02T03:04:05Z","detail":{"eventBody":{"eventTime":1767323045123}}}`)
	e := Event{Envelope: EventBridge, Whole: whole, Payload: jsontext.Value(`{"eventBody":{"eventTime":1767323045123}}`)}
	if e.PublishedAt() != `"2026-01-02T03:04:05Z"` || e.EventTime() != "1767323045123" {
		t.Errorf("published %s, happened %s", e.PublishedAt(), e.EventTime())
	}
	e.Envelope = Direct
	if e.PublishedAt() != "" || e.EventTime() != "" {
		t.Errorf("of the direct envelope: published %s, happened %s", e.PublishedAt(), e.EventTime())
	}
}

func TestMomentsAreOfThisCentury(t *testing.T) {
	for scalar, want := range map[Scalar]bool{
		"946684800000": true, "946684799999": false, "4102444799999": true, "4102444800000": false, "0": false, "-1": false, "1767323045": false,
		"1e400": false, "1e300": false, "-1e300": false, "1.7673230451e12": true, `"2000-01-01T00:00:00Z"`: true, `"1999-12-31T23:59:59Z"`: false,
		`"2099-12-31T23:59:59Z"`: true, `"2100-01-01T00:00:00Z"`: false, `"2100-01-01T00:30:00+01:00"`: true, "": false, `"soon"`: false,
	} {
		if _, got := moment(scalar); got != want {
			t.Errorf("%s: a moment is %t", scalar, got)
		}
	}
}
