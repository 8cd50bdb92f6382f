package sns_test

import (
	"fmt"
	"testing"

	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/decode/internal/decodetest"
	"cc-eventbridge/function/decode/sns"
)

// TestNotifications decodes each file of testdata; beside it is what should come out. A new case is a new file.
func TestNotifications(t *testing.T) {
	decodetest.Each(t, func(t *testing.T, file string, body []byte) {
		document := envelope.Document{Body: body, Attributes: []byte(`{"the":"queue's"}`)}
		outline, ok := decodetest.Outline(body)
		if !ok || !(sns.Decoder{}).Recognizes(document, outline) {
			t.Fatal("not recognized")
		}
		content, err := sns.Decoder{}.Decode(document)
		got := fmt.Sprintf("%s\nattributes %s\n", content.Inner.Body, content.Inner.Attributes)
		if err != nil {
			got = err.Error() + "\n"
		}
		decodetest.Golden(t, file, got)
	}, ".json")
}

func TestRefused(t *testing.T) {
	cases := []struct {
		name, body string
		reason     envelope.Reason
	}{
		{"another type", `{"Type":"UnsubscribeConfirmation","TopicArn":"t","Message":"m"}`, envelope.UnknownEnvelope},
		{"a type that is no string", `{"Type":["Notification"],"TopicArn":"t","Message":"m"}`, envelope.UnknownEnvelope},
		{"a message that is an object", `{"Type":"Notification","TopicArn":"t","Message":{"event":{}}}`, envelope.UnknownEnvelope},
		{"a message that is null", `{"Type":"Notification","TopicArn":"t","Message":null}`, envelope.UnknownEnvelope},
		{"two messages", `{"Type":"Notification","TopicArn":"t","Message":"m","Message":"n"}`, envelope.DuplicateName},
		{"half a surrogate pair", `{"Type":"Notification","TopicArn":"t","Message":"\ud800"}`, envelope.InvalidUTF8},
		{"half of a notification", `{"Type":"Notification","TopicArn":"t","Message":"m"`, envelope.NotJSON},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := sns.Decoder{}.Decode(envelope.Document{Body: []byte(c.body)})
			if got := decodetest.Reason(t, err); got != c.reason {
				t.Errorf("%v, want reason %s", err, c.reason)
			}
		})
	}
}

// TestNotRecognized leaves to others what has a member of their envelopes.
func TestNotRecognized(t *testing.T) {
	const members = `"Type":"Notification","TopicArn":"t","Message":"m"`
	for _, body := range []string{
		`{` + members + `,"event":{}}`, `{` + members + `,"detail":{}}`, `{` + members + `,"detail-type":"t"}`,
		`{"a":{` + members + `}}`, `[{` + members + `}]`, `{"Type":"Notification","TopicArn":"t"}`, `{"type":"Notification","topicArn":"t","message":"m"}`,
	} {
		outline, _ := decodetest.Outline([]byte(body))
		if (sns.Decoder{}).Recognizes(envelope.Document{Body: []byte(body)}, outline) {
			t.Errorf("%s is recognized", body)
		}
	}
}

func FuzzSNS(f *testing.F) {
	decodetest.Seed(f, ".json", func(body []byte) { f.Add(body) })
	f.Add([]byte(`{"Type":"Notification","TopicArn":"t","Message":"\u0000\"","MessageAttributes":7}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		outline, ok := decodetest.Outline(body)
		document := envelope.Document{Body: body}
		if !ok || !(sns.Decoder{}).Recognizes(document, outline) {
			return
		}
		content, err := sns.Decoder{}.Decode(document)
		if decodetest.Reason(t, err) == "" && len(content.Inner.Body) >= len(body) {
			t.Errorf("%d bytes came out of %d", len(content.Inner.Body), len(body))
		}
	})
}
