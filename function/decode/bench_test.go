package decode

import (
	"strings"
	"testing"
)

// hot are the two envelopes that nearly all messages come in, of the 2 KB that the median event has.
func hot() map[string]string {
	filler := `"participants":[` + strings.TrimSuffix(strings.Repeat(`{"id":"9fb2ca78-8389","purpose":"customer","mediaType":"VOICE","ms":60000,"wrapUp":null,"attributes":{"a":"b","c":1.5}},`, 15), ",") + `]`
	return map[string]string{
		"direct": `{"event":{"type":"telephony.call.created","data":{"id":"c-1",` + filler + `}},"timestamp":"2026-01-02T03:04:05.678Z","metadata":{"organizationId":"org-1"}}`,
		"eventbridge": `{"version":"0","id":"0d0a5c0e-1111-4222-8333-444455556666","detail-type":"v2.detail.events.conversation.{id}.customer.start",` +
			`"source":"aws.partner/genesys.com/cloud/9a1b2c3d-0000-4000-8000-123456789abc/contact-centre","account":"111122223333","time":"2026-01-02T03:04:06Z","region":"eu-central-1","resources":[],` +
			`"detail":{"topicName":"v2.detail.events.conversation.5f1e0000-aaaa-4bbb-8ccc-ddddeeeeffff.customer.start","version":"2","eventBody":{"eventTime":1767323045678,` + filler + `},` +
			`"metadata":{"CorrelationId":"c0ffee00"},"timestamp":"2026-01-02T03:04:05.901Z"}}`,
	}
}

func BenchmarkOpen(b *testing.B) {
	reader := NewReader(Limits{MaxBytes: 1 << 24}, ClaimCheckRules{})
	for name, body := range hot() {
		b.Run(name, func(b *testing.B) {
			message := Message{Body: []byte(body)}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := reader.Open(message, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
