package harness

import (
	"crypto/md5" // SQS's own checksum of a body
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Case is what a batch consists of.
type Case string

// The cases.
const (
	New        Case = "new"        // every event for the first time
	Seen       Case = "seen"       // every event again, soon and in the process that delivered it, under another message id
	Duplicates Case = "duplicates" // every event again, in another process
	Mixed      Case = "mixed"      // an event of another process and a new one in turn
)

// Cases are in the order in which one turn of an implementation runs them: the later ones repeat what the first delivered.
var Cases = [...]Case{New, Seen, Duplicates, Mixed}

// Elsewhere reports whether a case is for another process than the one that delivers the new events.
func (c Case) Elsewhere() bool { return c == Duplicates || c == Mixed }

// lately is how many of the last batches of new events Seen goes round through.
const lately = 20

// Batches hands out the batches of one size for one implementation: the same ones for each, in the same order.
type Batches struct {
	Size   int
	stream string
	given  map[Case]int
}

// NewBatches starts at the first batch of that many records. The events of two streams are different ones.
func NewBatches(stream string, size int) *Batches {
	return &Batches{Size: size, stream: stream, given: map[Case]int{}}
}

// Next returns the next batch of a case as the payload of an invocation. There must have been a batch of new events
// before there can be duplicates of it.
func (b *Batches) Next(c Case) ([]byte, error) {
	if c != New && b.given[New] == 0 {
		return nil, fmt.Errorf("a batch of %s was asked for before any batch of new events", c)
	}
	number := b.given[c]
	b.given[c]++
	records := make([]record, b.Size)
	for i := range records {
		body, err := event(b.event(c, number, i))
		if err != nil {
			return nil, err
		}
		records[i] = newRecord(c, number, i, body)
	}
	payload, err := json.Marshal(map[string][]record{"Records": records})
	if err != nil {
		return nil, fmt.Errorf("encode a batch of %d records: %w", b.Size, err)
	}
	return payload, nil
}

// event names the event at a position of a batch: its stream, which batches of another size do not share, and its number
// in there. Duplicates and the old half of a mixed batch go round through all the events delivered so far.
func (b *Batches) event(c Case, number, position int) (stream string, index int) {
	if c == Seen {
		c, number = New, b.given[New]-1-number%min(b.given[New], lately)
	}
	if c == Duplicates || c == Mixed && position%2 == 0 {
		c, number = New, number%b.given[New]
	}
	return fmt.Sprintf("%s%s-%d", b.stream, c, b.Size), number*b.Size + position
}

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
	const sentAt = "1767225600000" // in ms since 1970; plays no part in what is measured
	sum := md5.Sum(body)
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
