package batch_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/function/batch"
)

func TestParse(t *testing.T) {
	payload := `{"Records": [
		{"messageId": "m1", "receiptHandle": "r1", "body": "{\"a\":\"\\u00e9\\n\"}", "eventSource": "aws:sqs", "md5OfBody": null,
		 "attributes": {"ApproximateReceiveCount": "3", "SentTimestamp": "1767323045678", "SenderId": "x"},
		 "messageAttributes": {"trace": {"stringValue": "v", "dataType": "String"}}},
		{"body": "\ud800", "messageId": "m2"},
		{"messageId": "m3"},
		{"messageId": "m4", "body": 7, "attributes": [1], "messageAttributes": {}}
	], "other": {"Records": []}}`
	records, err := batch.Parse([]byte(payload))
	if err != nil || len(records) != 4 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	first := records[0]
	if string(first.Body) != "{\"a\":\"\\u00e9\\n\"}" || first.BodyGarbled || first.MessageID != "m1" || first.ReceiptHandle != "r1" {
		t.Errorf("first record: %+v", first)
	}
	if first.ReceiveCount != 3 || !first.SentAt.Equal(time.UnixMilli(1767323045678)) {
		t.Errorf("received %d times, sent at %v", first.ReceiveCount, first.SentAt)
	}
	if !strings.HasPrefix(string(first.Attributes), `{"ApproximateReceiveCount"`) || !strings.HasSuffix(string(first.Attributes), `"x"}`) ||
		string(first.MessageAttributes) != `{"trace": {"stringValue": "v", "dataType": "String"}}` {
		t.Errorf("attributes %s and %s", first.Attributes, first.MessageAttributes)
	}
	if !records[1].BodyGarbled || string(records[1].Body) != "\uFFFD" {
		t.Errorf("a body that is not UTF-8: %q, garbled %v", records[1].Body, records[1].BodyGarbled)
	}
	for _, record := range records[1:] {
		if record.ReceiveCount != 1 || !record.SentAt.IsZero() || record.Attributes != nil {
			t.Errorf("without attributes: %+v", record)
		}
	}
	if records[2].Body != nil || records[3].Body != nil {
		t.Error("a body where there is none")
	}
}

func TestParseRefuses(t *testing.T) {
	for name, payload := range map[string]string{
		"nothing":                    ``,
		"not JSON":                   `{"Records":[`,
		"not an object":              `[]`,
		"no records":                 `{"detail":{}}`,
		"records that are no list":   `{"Records":{}}`,
		"a record that is no object": `{"Records":["m1"]}`,
		"trailing garbage":           `{"Records":[]}{}`,
	} {
		if records, err := batch.Parse([]byte(payload)); err == nil {
			t.Errorf("%s: %v, want an error", name, records)
		}
	}
}

func TestBodiesOutliveThePayload(t *testing.T) {
	payload := []byte(`{"Records":[{"messageId":"m1","body":"one"},{"messageId":"m2","body":"two"}]}`)
	records, err := batch.Parse(payload)
	if err != nil {
		t.Fatal(err)
	}
	clear(payload)
	if string(records[0].Body) != "one" || string(records[1].Body) != "two" || records[1].MessageID != "m2" {
		t.Errorf("%q and %q", records[0].Body, records[1].Body)
	}
}

func TestRespond(t *testing.T) {
	const ok, fail = batch.Acknowledge, batch.Fail
	cases := []struct {
		name     string
		ids      []string
		verdicts []batch.Verdict
		want     string // "" for an error
	}{
		{"no records", nil, nil, `{"batchItemFailures":[]}`},
		{"all acknowledged: an empty list, not null", []string{"a", "b"}, []batch.Verdict{ok, ok}, `{"batchItemFailures":[]}`},
		{
			"the failed ones",
			[]string{"a", "b", "c"},
			[]batch.Verdict{fail, ok, fail},
			`{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"c"}]}`,
		},
		{"a message that is there twice, once", []string{"a", "a"}, []batch.Verdict{fail, fail}, `{"batchItemFailures":[{"itemIdentifier":"a"}]}`},
		{"an id that needs escapes", []string{`a"b`}, []batch.Verdict{fail}, `{"batchItemFailures":[{"itemIdentifier":"a\"b"}]}`},
		{"a record without outcome fails the batch", []string{"a", "b"}, []batch.Verdict{ok, batch.Undecided}, ""},
		{"a record without id fails the batch", []string{"a", ""}, []batch.Verdict{ok, ok}, ""},
		{"a missing outcome fails the batch", []string{"a", "b"}, []batch.Verdict{ok}, ""},
		{"an outcome too many fails the batch", []string{"a"}, []batch.Verdict{ok, fail}, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var records []batch.Record
			for _, id := range c.ids {
				records = append(records, batch.Record{MessageID: id})
			}
			got, err := batch.Respond(records, c.verdicts)
			if (err != nil) != (c.want == "") || errors.Is(err, batch.ErrUnsafe) != (err != nil) || string(got) != c.want {
				t.Errorf("%s, %v, want %s", got, err, c.want)
			}
		})
	}
}
