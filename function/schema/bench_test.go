package schema_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/schema"
	"cc-eventbridge/function/schemas"
)

// payloads of about 2 KB, which is the median of Genesys events.
func payloads() map[string]struct {
	topic   string
	payload jsontext.Value
} {
	participant := `{"id":"9fb2ca78-8389","purpose":"customer","mediaType":"VOICE","ms":60000,"wrapUp":null,"attributes":{"a":"b","c":1.5}},`
	ids := strings.TrimSuffix(strings.Repeat(`"f09c3d5e-8b21-47a6-a4d7-5e1b2c3f6a98",`, 24), ",")
	return map[string]struct {
		topic   string
		payload jsontext.Value
	}{
		"direct": {"telephony.call.created", jsontext.Value(`{"id":"c1","queueId":"q","mediaType":"voice","direction":"inbound","participants":[` +
			strings.TrimSuffix(strings.Repeat(participant, 15), ",") + `]}`)},
		"eventbridge": {customerEnd, jsontext.Value(`{"topicName":"v2.detail.events.conversation.2f7bf00a-0fc2-4d6a-9b56-92238191433e.customer.end","version":"2","eventBody":{` +
			`"eventTime":1649237504949,"conversationId":"2f7bf00a-0fc2-4d6a-9b56-92238191433e","participantId":"9fb2ca78-8389-4758-b76a-9b0300de1fce",` +
			`"sessionId":"c03d300e-fa79-4353-9695-b97a71322785","mediaType":"CHAT","provider":"Example Webchat","direction":"INBOUND",` +
			`"externalContactId":"12456349-b5c7-4d8f-9eb4-f4df18bce9a9","conversationExternalContactIds":[` + ids + `],"interactingDurationMs":60000,` +
			`"addedByGenesys":{"labels":[{"name":"a","value":"b"},{"name":"c","value":"d"}],"text":"` + strings.Repeat("x", 300) + `"}},` +
			`"metadata":{"CorrelationId":"7272d362-23b2-4c14-9d40-dc7b7683153a"},"timestamp":"2022-04-06T09:30:45.013Z"}`)},
	}
}

func BenchmarkCheck(b *testing.B) {
	for name, p := range payloads() {
		for how, source := range map[string]string{"cached": "", "uncached": "2"} {
			b.Run(name+"/"+how, func(b *testing.B) {
				r := schema.New()
				if source != "" {
					// A keyword that looks at values makes a schema of the same content be applied to every payload.
					var err error
					if r, err = r.With(extra{p.topic: {source: valued(b, p.topic)}}); err != nil {
						b.Fatal(err)
					}
				}
				b.SetBytes(int64(len(p.payload)))
				b.ReportAllocs()
				for b.Loop() {
					if got := r.Check(p.topic, "", p.payload); !got.Known || got.Mismatch != nil {
						b.Fatalf("%+v, %+v", got, got.Mismatch)
					}
				}
			})
		}
	}
}

func valued(b *testing.B, topic string) jsontext.Value {
	b.Helper()
	source, err := schemas.Files.ReadFile(topic + "/1.json")
	if err != nil {
		b.Fatal(err)
	}
	return jsontext.Value(strings.Replace(string(source), `"type": "object",`, `"type": "object", "not": {"const": "value"},`, 1))
}

// BenchmarkFirstOfAShape is what a payload of a new shape costs.
func BenchmarkFirstOfAShape(b *testing.B) {
	for name, p := range payloads() {
		for what, payload := range map[string]jsontext.Value{"match": p.payload, "mismatch": jsontext.Value(`[` + string(p.payload) + `]`)} {
			b.Run(name+"/"+what, func(b *testing.B) {
				r := schema.New()
				r.Check(p.topic, "", payload)
				b.ReportAllocs()
				for b.Loop() {
					schema.Forget(r)
					r.Check(p.topic, "", payload)
				}
			})
		}
	}
}

// BenchmarkLargePayload is the cost of 1 MiB of transcript.
func BenchmarkLargePayload(b *testing.B) {
	words := strings.TrimSuffix(strings.Repeat(`{"confidence":0.82,"offsetMs":4600,"durationMs":500,"word":"words"},`, 15_000), ",")
	payload := jsontext.Value(fmt.Sprintf(`{"eventBody":{"conversationId":"c","transcripts":[{"alternatives":[{"words":[%s]}]}]}}`, words))
	r := schema.New()
	b.SetBytes(int64(len(payload)))
	for b.Loop() {
		if got := r.Check(transcript, "", payload); !got.Known || got.Mismatch != nil {
			b.Fatalf("%+v", got)
		}
	}
}

// BenchmarkNew and BenchmarkFirstOfATopic are what a cold start pays.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		schema.New()
	}
}

func BenchmarkFirstOfATopic(b *testing.B) {
	p := payloads()["eventbridge"]
	for b.Loop() {
		schema.New().Check(p.topic, "", p.payload)
	}
}
