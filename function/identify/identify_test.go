package identify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/identify"
)

func identityOf(t testing.TB, body string) identify.Identity {
	t.Helper()
	opened, err := newReader().Open(decode.Message{Body: []byte(body)}, nil)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	identity, err := identify.Event(opened.Event, false)
	if err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	return identity
}

func direct(eventType, timestamp, data string) string {
	return `{"event":{"type":` + eventType + `,"data":` + data + `},"timestamp":` + timestamp + `}`
}

func bridge(source, detail string) string {
	return `{"detail-type":"t","source":"` + source + `","id":"1","time":"2026-01-02T03:04:05Z","detail":` + detail + `}`
}

const (
	// timed has what Genesys Cloud's events have: a topic of their detail-type, and a time.
	timed     = `{"topicName":"t","timestamp":1}`
	timedHash = "22b0cecded3c53f64f529f71fb599dcd4cd8da9175ae31c9cda40f0cd9b9a79e"
	// join has no time.
	join    = `{"topicName":"t","eventBody":{"action":"join","user":"u-1"}}`
	untimed = `"source":"s","detail-type":"t","detail":` + join + `}`
)

// published is an event of EventBridge's envelope as it is published another time.
func published(body, id, time string) string {
	return strings.NewReplacer(`"id":"1"`, `"id":"`+id+`"`, `2026-01-02T03:04:05Z`, time).Replace(body)
}

func ofType(body, detailType string) string {
	return strings.Replace(body, `"detail-type":"t"`, `"detail-type":"`+detailType+`"`, 1)
}

func TestSameEvent(t *testing.T) {
	cases := []struct{ name, a, b string }{
		{
			"white space and the order of members don't matter",
			direct(`"t"`, `"1"`, `{"id":"x","a":1,"b":[1,2]}`), direct(`"t"`, `"1"`, `{ "b" : [1, 2], "a" : 1, "id" : "x" }`),
		},
		{"nor do escapes", direct(`"t"`, `"1"`, `{"id":"x\u002f"}`), direct(`"\u0074"`, `"\u0031"`, `{"id":"x/"}`)},
		{"nor do notations of a number", direct(`"t"`, `1.50`, `{"n":1.0e1}`), direct(`"t"`, `1.5`, `{"n":10.0}`)},
		{"nor do other members of the envelope", direct(`"t"`, `1`, `{"id":1}`), `{"sent":2,` + direct(`"t"`, `1`, `{"id":1}`)[1:]},
		{
			"EventBridge's id and time don't matter",
			bridge("s", timed), published(bridge("s", timed), "2", "2026-01-02T03:04:06Z"),
		},
		{
			"nor do they with a time in the event's body alone",
			bridge("s", `{"eventBody":{"eventTime":1}}`), published(bridge("s", `{"eventBody":{"eventTime":1}}`), "2", "2026-01-02T03:04:06Z"),
		},
		{
			"an event without a time in its detail is one for each time of the envelope, whatever its id",
			bridge("s", `{"topicName":"t"}`), published(bridge("s", `{"topicName":"t"}`), "2", "2026-01-02T03:04:05Z"),
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if a, b := identityOf(t, c.a), identityOf(t, c.b); a != b {
				t.Errorf("%v and %v", a, b)
			}
		})
	}
}

func TestDifferentEvents(t *testing.T) {
	cases := []struct{ name, a, b string }{
		{"type", direct(`"t"`, `1`, `{"id":1}`), direct(`"u"`, `1`, `{"id":1}`)},
		{"timestamp", direct(`"t"`, `1`, `{"id":1}`), direct(`"t"`, `2`, `{"id":1}`)},
		{"id", direct(`"t"`, `1`, `{"id":1}`), direct(`"t"`, `1`, `{"id":2}`)},
		{"text and number", direct(`"t"`, `1`, `{"id":1}`), direct(`"t"`, `1`, `{"id":"1"}`)},
		{"integers beyond 2^53", direct(`"t"`, `1`, `{"id":9007199254740993}`), direct(`"t"`, `1`, `{"id":9007199254740992}`)},
		{"integers beyond 2^53 in data", direct(`"t"`, `1`, `{"a":9007199254740993}`), direct(`"t"`, `1`, `{"a":9007199254740992}`)},
		{"delimiters moved from one field to the next", direct(`"a\",\"b"`, `"c"`, `{"id":"d"}`), direct(`"a"`, `"b\",\"c"`, `{"id":"d"}`)},
		{"data where there is no id", direct(`"t"`, `1`, `{"a":1}`), direct(`"t"`, `1`, `{"a":2}`)},
		{
			"an id that looks like the hash of other data", direct(`"t"`, `1`, `{"a":1}`),
			direct(`"t"`, `1`, `{"id":"015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"}`),
		},
		{"source", bridge("s", `{"a":1}`), bridge("r", `{"a":1}`)},
		{"detail", bridge("s", `{"a":1}`), bridge("s", `{"a":2}`)},
		{
			"events that share a correlation id", bridge("s", `{"eventBody":{"a":1},"metadata":{"CorrelationId":"c"}}`),
			bridge("s", `{"eventBody":{"a":2},"metadata":{"CorrelationId":"c"}}`),
		},
		{
			"events without a time, joining and joining again", published(bridge("s", join), "1", "2026-01-02T08:00:00Z"),
			published(bridge("s", join), "2", "2026-01-02T13:00:00Z"),
		},
		{"events without any time, of other ids", strings.Replace(bridge("s", join), `"time"`, `"not"`, 1), strings.Replace(published(bridge("s", join), "2", ""), `"time"`, `"not"`, 1)},
		{"a time that is an id", `{"time":"x",` + untimed, `{"id":"x",` + untimed},
		{"detail-type", bridge("s", timed), ofType(bridge("s", timed), "u")},
		{"detail-type, without a topic", bridge("s", `{"timestamp":1}`), ofType(bridge("s", `{"timestamp":1}`), "u")},
		{"detail-type, without a time", bridge("s", `{"topicName":"t"}`), ofType(bridge("s", `{"topicName":"t"}`), "u")},
		{
			"detail-types that both fit the topic", ofType(bridge("s", `{"topicName":"v2.system.token_revoked.c-1","timestamp":1}`), "v2.system.{id}.{id}"),
			ofType(bridge("s", `{"topicName":"v2.system.token_revoked.c-1","timestamp":1}`), "v2.system.token_revoked.{id}"),
		},
		{
			"detail-types of an audit", ofType(bridge("s", `{"topicName":"v2.audits.entitytype.User.entityid.u-1","timestamp":1}`), "v2.audits.entitytype.{id}.entityid.{id}"),
			ofType(bridge("s", `{"topicName":"v2.audits.entitytype.User.entityid.u-1","timestamp":1}`), "v2.audits.entitytype.User.entityid.{id}"),
		},
		{"envelopes", direct(`"t"`, `1`, `{"a":1}`), bridge("s", `{"a":1}`)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if a, b := identityOf(t, c.a), identityOf(t, c.b); a.Key == b.Key {
				t.Errorf("both are %s", a.Key)
			}
		})
	}
}

func TestSameKeyOtherPayload(t *testing.T) {
	a, b := identityOf(t, direct(`"t"`, `1`, `{"id":1,"a":1}`)), identityOf(t, direct(`"t"`, `1`, `{"id":1,"a":2}`))
	if a.Key != b.Key || a.PayloadHash == b.PayloadHash {
		t.Errorf("%v and %v, want one key and two hashes", a, b)
	}
}

func TestKey(t *testing.T) {
	cases := []struct{ name, body, want string }{
		{"direct", direct(`"call.created"`, `"2026-01-02T03:04:05Z"`, `{"id":"c-1"}`), `direct["call.created","2026-01-02T03:04:05Z","c-1"]`},
		{"direct without id", direct(`"t"`, `1`, `{"a":1}`), `direct-data["t",1,"015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"]`},
		{"EventBridge", bridge("s", timed), `eventbridge["s","` + timedHash + `"]`},
		{"EventBridge, another detail-type", ofType(bridge("s", timed), "u"), `eventbridge-type["s","` + timedHash + `","u"]`},
		{"EventBridge without a time", bridge("s", `{"a":1}`), `eventbridge-time["s","015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862","t","2026-01-02T03:04:05Z"]`},
		{
			"EventBridge without any time", `{"id":7,"source":"s","detail-type":"t","detail":{"a":1}}`,
			`eventbridge-id["s","015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862","t",7]`,
		},
		{
			"EventBridge without anything", `{"source":"s","detail-type":"t","detail":{"a":1}}`,
			`eventbridge-type["s","015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862","t"]`,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := identityOf(t, c.body).Key; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestATimeTellsEventsApart has what stands in the place of a time and is none: with it, two events of one content would be one.
func TestATimeTellsEventsApart(t *testing.T) {
	for value, want := range map[string]string{
		`0`: "eventbridge-time", `0.0`: "eventbridge-time", `-1`: "eventbridge-time", `-62135596800000`: "eventbridge-time",
		`""`: "eventbridge-time", `"0001-01-01T00:00:00Z"`: "eventbridge-time", `"n/a"`: "eventbridge-time", `"0"`: "eventbridge-time",
		`1`: "eventbridge", `1735689600`: "eventbridge", `1735689600000`: "eventbridge",
		`"2025-01-01T00:00:00Z"`: "eventbridge", `"2025-01-01 00:00:00"`: "eventbridge",
	} {
		for _, detail := range []string{`{"topicName":"t","timestamp":` + value + `}`, `{"topicName":"t","eventBody":{"eventTime":` + value + `}}`} {
			if rule, _, _ := strings.Cut(identityOf(t, bridge("s", detail)).Key, "["); rule != want {
				t.Errorf("%s: the key is by %s, want %s", detail, rule, want)
			}
		}
	}
}

// TestKeysOfCapturedEvents has the key that versions before gave them for events as Genesys Cloud sends them: a changed key
// delivers what is in flight twice.
func TestKeysOfCapturedEvents(t *testing.T) {
	files, err := filepath.Glob("../decode/testdata/eventbridge/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no test data: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		rule, _, _ := strings.Cut(identityOf(t, string(body)).Key, "[")
		want := "eventbridge"
		if filepath.Base(file) == "presence-without-topic.json" { // nor with a time
			want = "eventbridge-id"
		}
		if rule != want {
			t.Errorf("%s has a key by the rule %s, want %s", filepath.Base(file), rule, want)
		}
	}
}

func TestLongKeysAreHashed(t *testing.T) {
	a := identityOf(t, direct(`"t"`, `1`, `{"id":"`+strings.Repeat("x", 5000)+`1"}`)).Key
	b := identityOf(t, direct(`"t"`, `1`, `{"id":"`+strings.Repeat("x", 5000)+`2"}`)).Key
	if len(a) > identify.MaxKeyBytes || a == b {
		t.Errorf("%s and %s", a, b)
	}
}

// FuzzBody has any body decoded and identified without a panic, and the identity of what is accepted survive the
// payload's canonical form.
func FuzzBody(f *testing.F) {
	files, err := filepath.Glob("../decode/testdata/*/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no test data: %v", err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	for _, body := range []string{
		"", "{}", `{"event":`, `{"event":{"type":"t","data":{"id":"\ud800"}},"timestamp":1}`, `{"detail":{},"detail":1}`,
		`{"event":{"type":"t","data":-0.0e-0},"timestamp":-1E+3}`, strings.Repeat("[", 200), "\xff", `{"\"":"\\\\\""}`,
	} {
		f.Add([]byte(body))
	}
	reader := newReader()
	f.Fuzz(func(t *testing.T, body []byte) {
		opened, err := reader.Open(decode.Message{Body: body}, nil)
		if err != nil || opened.ClaimCheck != nil {
			return
		}
		identity, err := identify.Event(opened.Event, false)
		if err != nil {
			t.Fatalf("decoded, but not identified: %v", err)
		}
		if len(identity.Key) == 0 || len(identity.Key) > identify.MaxKeyBytes {
			t.Fatalf("a key of %d bytes", len(identity.Key))
		}
		canonical := opened.Event
		canonical.Payload = canonical.Payload.Clone()
		if err := canonical.Payload.Canonicalize(); err != nil {
			t.Fatal(err)
		}
		if _, err := identify.Event(canonical, false); err != nil {
			t.Fatal(err)
		}
	})
}

// BenchmarkDecodeAndIdentify measures what a record costs before it is claimed; bodies are of about 2 KB.
func BenchmarkDecodeAndIdentify(b *testing.B) {
	filler := `"participants":[` + strings.TrimSuffix(strings.Repeat(`{"id":"9fb2ca78-8389","purpose":"customer","mediaType":"VOICE","ms":60000,"wrapUp":null,"attributes":{"a":"b","c":1.5}},`, 15), ",") + `]`
	for name, body := range map[string]string{
		"direct":      direct(`"telephony.call.created"`, `"2026-01-02T03:04:05.678Z"`, `{"id":"c-1",`+filler+`}`),
		"eventbridge": bridge("aws.partner/genesys.com/cloud/org/suffix", `{"topicName":"t","timestamp":"2026-01-02T03:04:05.678Z",`+filler+`}`),
	} {
		b.Run(name, func(b *testing.B) {
			reader, message := newReader(), decode.Message{Body: []byte(body)}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				opened, err := reader.Open(message, nil)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := identify.Event(opened.Event, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
