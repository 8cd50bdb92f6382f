package event_test

import (
	"slices"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/event"
)

func bridge(detail string) event.Event {
	return event.Event{Envelope: event.EventBridge, Payload: jsontext.Value(detail)}
}

func TestScalarText(t *testing.T) {
	for scalar, want := range map[event.Scalar]string{``: ``, `7`: `7`, `"7"`: `7`, `"a\u0041"`: `aA`} {
		if got := scalar.Text(); got != want {
			t.Errorf("%s: %s, want %s", scalar, got, want)
		}
	}
}

func TestEntityIDs(t *testing.T) {
	cases := []struct {
		name, template, topic string
		want                  []string
	}{
		{"one id", "v2.detail.events.conversation.{id}.customer.end", "v2.detail.events.conversation.c-1.customer.end", []string{"c-1"}},
		{"an id at the end", "v2.operations.events.{id}", "v2.operations.events.o-1", []string{"o-1"}},
		{"two ids of an audit", "v2.audits.entitytype.{id}.entityid.{id}", "v2.audits.entitytype.UserPresence.entityid.u-1", []string{"UserPresence", "u-1"}},
		{"an id with dots", "v2.users.{id}.presence", "v2.users.a.b.presence", []string{"a.b"}},
		{"dots in the last of two", "v2.audits.entitytype.{id}.entityid.{id}", "v2.audits.entitytype.Queue.entityid.a.b", []string{"Queue", "a.b"}},
		{"no topic", "v2.users.{id}.presence", "", nil},
		{"a template without ids", "v2.all", "v2.all", nil},
		{"a topic of another template", "v2.users.{id}.presence", "v2.users.u-1.routingStatus", nil},
		{"a topic that begins otherwise", "v2.users.{id}.presence", "v1.users.u-1.presence", nil},
		{"an empty id", "v2.users.{id}.presence", "v2.users..presence", nil},
		{"the topic is its template", "v2.users.{id}.presence", "v2.users.{id}.presence", []string{"{id}"}},
		{"one of two is missing", "v2.audits.entitytype.{id}.entityid.{id}", "v2.audits.entitytype.Queue.entityid", nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := event.Event{Envelope: event.EventBridge, Type: c.template, Topic: c.topic}
			if got := e.EntityIDs(); !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
	direct := event.Event{Envelope: event.Direct, ID: `"a\u0041"`}
	if got := direct.EntityIDs(); !slices.Equal(got, []string{"aA"}) {
		t.Errorf("direct: %q", got)
	}
	if got := (&event.Event{Envelope: event.Direct}).EntityIDs(); got != nil {
		t.Errorf("direct without id: %q", got)
	}
}

func TestOrganization(t *testing.T) {
	cases := []struct {
		name  string
		event event.Event
		want  string
	}{
		{"a partner source", event.Event{Envelope: event.EventBridge, Source: "aws.partner/genesys.com/cloud/org-1/contact-centre"}, "org-1"},
		{"a test system's", event.Event{Envelope: event.EventBridge, Source: "aws.partner/genesys.com.test/cloud/org-1/bus"}, "org-1"},
		{"another partner's", event.Event{Envelope: event.EventBridge, Source: "aws.partner/example.com/cloud/org-1/bus"}, ""},
		{"a company whose name begins so", event.Event{Envelope: event.EventBridge, Source: "aws.partner/genesys.community/cloud/org-1/bus"}, ""},
		{"another product's", event.Event{Envelope: event.EventBridge, Source: "aws.partner/genesys.com/engage/org-1/bus"}, ""},
		{"an AWS service", event.Event{Envelope: event.EventBridge, Source: "aws.s3"}, ""},
		{"metadata", event.Event{Envelope: event.Direct, Whole: jsontext.Value(`{"event":{},"metadata":{"organizationId":"org-\u0032"}}`)}, "org-2"},
		{"a number in metadata", event.Event{Envelope: event.Direct, Whole: jsontext.Value(`{"metadata":{"organizationId":7}}`)}, ""},
		{"metadata that is a text", event.Event{Envelope: event.Direct, Whole: jsontext.Value(`{"metadata":"organizationId"}`)}, ""},
		{"no metadata", event.Event{Envelope: event.Direct, Whole: jsontext.Value(`{"event":{"metadata":{"organizationId":"x"}}}`)}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := c.event.Organization(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestOccurredAt(t *testing.T) {
	const layout = "2006-01-02T15:04:05.999Z"
	direct := func(timestamp event.Scalar) event.Event {
		return event.Event{Envelope: event.Direct, Timestamp: timestamp}
	}
	late := func(detail string) event.Event {
		e := bridge(detail)
		e.Timestamp = `"2026-01-02T03:04:06.5Z"`
		return e
	}
	cases := []struct {
		name  string
		event event.Event
		want  string
	}{
		{"a number of milliseconds", bridge(`{"a":[{"eventBody":1}], "eventBody" : {"b":"}","eventTime" : 1767323045678 }}`), "2026-01-02T03:04:05.678Z"},
		{"a fraction", bridge(`{"eventBody":{"eventTime":1.767323045678e12}}`), "2026-01-02T03:04:05.678Z"},
		{"a text", bridge(`{"eventBody":{"eventTime":"2026-01-02T03:04:05.000Z"}}`), "2026-01-02T03:04:05Z"},
		{"another time zone", bridge(`{"eventBody":{"eventTime":"2026-01-02T05:04:05+02:00"}}`), "2026-01-02T03:04:05Z"},
		{"an offset without a colon", bridge(`{"eventBody":{"eventTime":"2026-01-02T05:04:05.1+0200"}}`), "2026-01-02T03:04:05.1Z"},
		{"escaped names", bridge(`{"event\u0042ody":{"eventT\u0069me":1767323045678}}`), "2026-01-02T03:04:05.678Z"},
		{"before the timestamp", late(`{"eventBody":{"eventTime":1767323045678}}`), "2026-01-02T03:04:05.678Z"},
		{"no event time", late(`{"eventBody":{}}`), "2026-01-02T03:04:06.5Z"},
		{"an event time that is none", late(`{"eventBody":{"eventTime":"soon"}}`), "2026-01-02T03:04:06.5Z"},
		{"an event time that is an object", late(`{"eventBody":{"eventTime":{}}}`), "2026-01-02T03:04:06.5Z"},
		{"an event time beyond the calendar", late(`{"eventBody":{"eventTime":9e300}}`), "2026-01-02T03:04:06.5Z"},
		{"an event time in seconds, beside a timestamp", late(`{"eventBody":{"eventTime":1767323045}}`), "2026-01-02T03:04:06.5Z"},
		{"an event time of 0, beside a timestamp", late(`{"eventBody":{"eventTime":0}}`), "2026-01-02T03:04:06.5Z"},
		{"an event time in microseconds, beside a timestamp", late(`{"eventBody":{"eventTime":1767323045678000}}`), "2026-01-02T03:04:06.5Z"},
		{"an event time that nobody set, beside a timestamp", late(`{"eventBody":{"eventTime":"0001-01-01T00:00:00Z"}}`), "2026-01-02T03:04:06.5Z"},
		{"an event time of 1970 in words, beside a timestamp", late(`{"eventBody":{"eventTime":"1970-01-01T00:00:00Z"}}`), "2026-01-02T03:04:06.5Z"},
		{"an event time without an offset, beside a timestamp", late(`{"eventBody":{"eventTime":"2026-01-02T03:04:05"}}`), "2026-01-02T03:04:06.5Z"},
		{"an event time in seconds", bridge(`{"eventBody":{"eventTime":1767323045}}`), ""},
		{"direct, seconds", direct(`1767323045`), ""},
		{"direct, the first millisecond", direct(`946684800000`), "2000-01-01T00:00:00Z"},
		{"direct, before it", direct(`946684799999`), ""},
		{"direct, the last millisecond", direct(`4102444799999`), "2099-12-31T23:59:59.999Z"},
		{"direct, after it", direct(`4102444800000`), ""},
		{"an offset of hours", direct(`"2026-01-02T05:04:05+02"`), "2026-01-02T03:04:05Z"},
		{"a comma", direct(`"2026-01-02T03:04:05,678Z"`), "2026-01-02T03:04:05.678Z"},
		{"no seconds", direct(`"2026-01-02T03:04Z"`), "2026-01-02T03:04:00Z"},
		{"no seconds, with an offset", direct(`"2026-01-02T05:04+02:00"`), "2026-01-02T03:04:00Z"},
		{"nothing between", direct(`"20260102T030405Z"`), "2026-01-02T03:04:05Z"},
		{"nothing between, with a fraction and an offset", direct(`"20260102T050405.678+0200"`), "2026-01-02T03:04:05.678Z"},
		{"nothing between, no seconds", direct(`"20260102T0504+02"`), "2026-01-02T03:04:00Z"},
		{"lower case", direct(`"2026-01-02t03:04:05z"`), "2026-01-02T03:04:05Z"},
		{"a space", direct(`"2026-01-02 03:04:05+00:00"`), "2026-01-02T03:04:05Z"},
		{"no such day", direct(`"2026-02-30T03:04:05Z"`), ""},
		{"a day alone", direct(`"2026-01-02"`), ""},
		{"neither", bridge(`{"eventBody":[]}`), ""},
		{"direct, text", direct(`"2026-01-02T03:04:05.678Z"`), "2026-01-02T03:04:05.678Z"},
		{"direct, number", direct(`1767323045678`), "2026-01-02T03:04:05.678Z"},
		{"direct, something else", direct(`"yesterday"`), ""},
		{"direct, year 10000", direct(`253402300800000`), ""},
		{"direct, the year 0", direct(`"0000-01-02T03:04:05Z"`), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			at, ok := c.event.OccurredAt()
			if ok != (c.want != "") || ok && at.Format(layout) != c.want {
				t.Errorf("%v %v, want %s", at, ok, c.want)
			}
			if ok && at.Location() != time.UTC {
				t.Errorf("in %v, want UTC", at.Location())
			}
		})
	}
}

func TestExtra(t *testing.T) {
	cases := []struct{ name, envelope, whole, want string }{
		{"direct", "direct", `{"timestamp":1,"metadata":{"a":[1, 2]},"event":{"type":"t","data":{"x":1},"version":2},"n":null}`, `metadata={"a":[1, 2]};n=null;event.version=2;`},
		{"direct without", "direct", `{"event":{"type":"t","data":1},"timestamp":1}`, ``},
		{"one name in two places", "direct", `{"event.a":1,"event":{"a":2,"b":3}}`, `event.a=1;event.b=3;`},
		{"an escaped name", "direct", `{"\u0065vent":{"t\u0079pe":1},"\u006e":"\u006e"}`, `n="\u006e";`},
		{"EventBridge without", "eventbridge", `{"version":"0","id":"1","detail-type":"t","source":"s","account":"a","time":"t","region":"r","resources":[],"detail":{"z":1},"replay-name":"r"}`, ``},
		{"EventBridge", "eventbridge", `{ "trace" : "a b" , "detail" : {} , "event" : true }`, `trace="a b";event=true;`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := event.Event{Envelope: event.Envelope(c.envelope), Whole: jsontext.Value(c.whole)}
			got := ""
			for _, member := range e.Extra() {
				got += member.Name + "=" + string(member.Value) + ";"
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestExtraBesidePayload passes over a payload that is part of the envelope, as decoders leave it.
func TestExtraBesidePayload(t *testing.T) {
	cases := []struct{ name, envelope, before, payload, after, want string }{
		{"direct, an object", "direct", `{"a":1,"event":{"data":`, `{"id":[1,"}"]}`, `,"b":2},"c":3}`, "a=1;c=3;event.b=2;"},
		{"direct, an array", "direct", `{"event":{"b":2,"data":`, `[{}]`, `}}`, "event.b=2;"},
		{"direct, a text", "direct", `{"event":{"data":`, `"}"`, `,"b":2}}`, "event.b=2;"},
		{"EventBridge", "eventbridge", `{"detail": `, `{"a":{"b":1}}`, ` , "c" : 3 }`, "c=3;"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			whole := jsontext.Value(c.before + c.payload + c.after)
			e := event.Event{Envelope: event.Envelope(c.envelope), Whole: whole, Payload: whole[len(c.before):][:len(c.payload)]}
			got := ""
			for _, member := range e.Extra() {
				got += member.Name + "=" + string(member.Value) + ";"
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
