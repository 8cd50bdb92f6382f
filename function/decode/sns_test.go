package decode

import "testing"

func TestRefusedBySNS(t *testing.T) {
	cases := []struct {
		name, body string
		reason     Reason
	}{
		{"another type", `{"Type":"UnsubscribeConfirmation","TopicArn":"t","Message":"m"}`, UnknownEnvelope},
		{"a type that is no string", `{"Type":["Notification"],"TopicArn":"t","Message":"m"}`, UnknownEnvelope},
		{"a message that is an object", `{"Type":"Notification","TopicArn":"t","Message":{"event":{}}}`, UnknownEnvelope},
		{"a message that is null", `{"Type":"Notification","TopicArn":"t","Message":null}`, UnknownEnvelope},
		{"two messages", `{"Type":"Notification","TopicArn":"t","Message":"m","Message":"n"}`, DuplicateName},
		{"half a surrogate pair", `{"Type":"Notification","TopicArn":"t","Message":"\ud800"}`, InvalidUTF8},
		{"half of a notification", `{"Type":"Notification","TopicArn":"t","Message":"m"`, NotJSON},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, recognized, err := decodeAs("sns", document{body: []byte(c.body)})
			if !recognized || reasonOf(t, err) != c.reason {
				t.Errorf("recognized %v, %v, want reason %s", recognized, err, c.reason)
			}
		})
	}
}

// TestNotRecognizedBySNS leaves to others what has a member of their envelopes.
func TestNotRecognizedBySNS(t *testing.T) {
	const members = `"Type":"Notification","TopicArn":"t","Message":"m"`
	for _, body := range []string{
		`{` + members + `,"event":{}}`, `{` + members + `,"detail":{}}`, `{` + members + `,"detail-type":"t"}`,
		`{"a":{` + members + `}}`, `[{` + members + `}]`, `{"Type":"Notification","TopicArn":"t"}`, `{"type":"Notification","topicArn":"t","message":"m"}`,
	} {
		if _, recognized, _ := decodeAs("sns", document{body: []byte(body)}); recognized {
			t.Errorf("%s is recognized", body)
		}
	}
}

func FuzzSNS(f *testing.F) {
	fuzzDecoder(f, "sns", "sns", func(t *testing.T, body []byte, found content) {
		if len(found.inner.body) >= len(body) {
			t.Errorf("%d bytes came out of %d", len(found.inner.body), len(body))
		}
	}, `{"Type":"Notification","TopicArn":"t","Message":"\u0000\"","MessageAttributes":7}`)
}
