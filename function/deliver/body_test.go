package deliver_test

import (
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/deliver"
	"cc-eventbridge/function/event"
)

func TestBody(t *testing.T) {
	cases := []struct {
		name  string
		event event.Event
		want  string
	}{
		{
			"direct",
			event.Event{
				Envelope: event.Direct, Type: "telephony.call.created", Timestamp: `"2026-01-02T05:04:05.6789+02:00"`, ID: `"c\u002d1"`, Payload: jsontext.Value(`{"id": "c-1"}`),
				Whole: jsontext.Value(`{"event":{"type":"telephony.call.created","data":{"id": "c-1"},"version":2},"metadata":{"organizationId":"org-1", "b":1e2},"a\"b":null}`),
			},
			`{"envelope":"direct","type":"telephony.call.created","timestamp":"2026-01-02T05:04:05.6789+02:00","id":"c\u002d1","payload":{"id": "c-1"},` +
				`"occurredAt":"2026-01-02T03:04:05.678Z","organization":"org-1","entityIds":["c-1"],"extra":{"metadata":{"organizationId":"org-1", "b":1e2},"a\"b":null,"event.version":2}}`,
		},
		{
			"EventBridge, an audit",
			event.Event{
				Envelope: event.EventBridge, Type: "v2.audits.entitytype.{id}.entityid.{id}", Topic: "v2.audits.entitytype.Queue.entityid.q-1", ID: `"e-1"`,
				Source: "aws.partner/genesys.com/cloud/org-1/x", Timestamp: `"2026-01-02T03:04:06Z"`, Payload: jsontext.Value(`{"eventBody":{"eventTime":1767323045000}}`),
				Whole: jsontext.Value(`{"version":"0","trace":"t"}`),
			},
			`{"envelope":"eventbridge","type":"v2.audits.entitytype.{id}.entityid.{id}","topic":"v2.audits.entitytype.Queue.entityid.q-1","timestamp":"2026-01-02T03:04:06Z",` +
				`"source":"aws.partner/genesys.com/cloud/org-1/x","payload":{"eventBody":{"eventTime":1767323045000}},` +
				`"occurredAt":"2026-01-02T03:04:05.000Z","organization":"org-1","entityIds":["Queue","q-1"],"extra":{"trace":"t"}}`,
		},
		{
			"nothing but what is required",
			event.Event{Envelope: event.EventBridge, Type: "t", Source: "s", Payload: jsontext.Value(`{"a":1}`)},
			`{"envelope":"eventbridge","type":"t","source":"s","payload":{"a":1}}`,
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := deliver.Body(c.event)
			if string(got) != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
			if !jsontext.Value(got).IsValid() {
				t.Error("not valid JSON")
			}
		})
	}
}

// TestBodyOfReplay sends what the event itself would have been sent with: a replay that brings an event that was never
// delivered has the event's own key.
func TestBodyOfReplay(t *testing.T) {
	e := event.Event{Envelope: event.EventBridge, Type: "t", Source: "s", ID: `"1"`, Payload: jsontext.Value(`{"a":1}`), Whole: jsontext.Value(`{"id":"1"}`)}
	replayed := e
	replayed.ID, replayed.Replay, replayed.Whole = `"2"`, "r", jsontext.Value(`{"id":"2","replay-name":"r"}`)
	if got, want := string(deliver.Body(replayed)), string(deliver.Body(e)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// BenchmarkBody measures what the body of a 2 KB event costs.
func BenchmarkBody(b *testing.B) {
	filler := `"participants":[{"id":"9fb2ca78-8389","purpose":"customer","mediaType":"VOICE","ms":60000,"wrapUp":null,"attributes":{"a":"b","c":1.5}}`
	for range 15 {
		filler += `,{"id":"9fb2ca78-8389","purpose":"agent","mediaType":"VOICE","ms":60000,"wrapUp":null,"attributes":{"a":"b","c":1.5}}`
	}
	payload := `{"topicName":"v2.detail.events.conversation.c-1.customer.end","eventBody":{"eventTime":1767323045678,` + filler + `]}}`
	whole := `{"version":"0","detail-type":"v2.detail.events.conversation.{id}.customer.end","detail":` + payload + `}`
	e := event.Event{
		Envelope: event.EventBridge, Type: "v2.detail.events.conversation.{id}.customer.end", Topic: "v2.detail.events.conversation.c-1.customer.end",
		Source: "aws.partner/genesys.com/cloud/org-1/x", Timestamp: `"2026-01-02T03:04:06Z"`, Payload: jsontext.Value(payload), Whole: jsontext.Value(whole),
	}
	b.ReportAllocs()
	for b.Loop() {
		deliver.Body(e)
	}
}
