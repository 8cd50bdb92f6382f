package harness

import (
	"crypto/md5" //nolint:gosec // SQS's own checksum of a body
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// sentAt is when every message was sent, in ms since 1970: it plays no part in what is measured.
const sentAt = "1767225600000"

// record is one message as the event source mapping passes it on.
// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
type record struct {
	MessageID         string            `json:"messageId"`
	ReceiptHandle     string            `json:"receiptHandle"`
	Body              string            `json:"body"`
	Attributes        map[string]string `json:"attributes"`
	MessageAttributes map[string]any    `json:"messageAttributes"`
	MD5OfBody         string            `json:"md5OfBody"`
	EventSource       string            `json:"eventSource"`
	EventSourceARN    string            `json:"eventSourceARN"`
	AWSRegion         string            `json:"awsRegion"`
}

// newRecord is the message at a position of a batch. Its id is its own even where its event is not new: a contact centre
// that publishes twice makes two messages.
func newRecord(c Case, batch, position int, body []byte) record {
	sum := md5.Sum(body) //nolint:gosec // see above
	id := identifier(fmt.Sprintf("message-%s-%d-%d", c, batch, position))
	return record{
		MessageID:     id,
		ReceiptHandle: "AQEB" + id,
		Body:          string(body),
		Attributes: map[string]string{
			"ApproximateReceiveCount":          "1",
			"SentTimestamp":                    sentAt,
			"SenderId":                         "AROAEXAMPLE:genesys",
			"ApproximateFirstReceiveTimestamp": sentAt,
		},
		MessageAttributes: map[string]any{},
		MD5OfBody:         hex.EncodeToString(sum[:]),
		EventSource:       "aws:sqs",
		EventSourceARN:    "arn:aws:sqs:us-east-1:123456789012:bench-cc-eventbridge-ingestion",
		AWSRegion:         "us-east-1",
	}
}

// encode is the payload of an invocation.
func encode(records []record) ([]byte, error) {
	payload, err := json.Marshal(map[string][]record{"Records": records})
	if err != nil {
		return nil, fmt.Errorf("encode a batch of %d records: %w", len(records), err)
	}
	return payload, nil
}
