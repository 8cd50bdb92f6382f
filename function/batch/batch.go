// Package batch is the function's boundary with the SQS event source mapping: it reads the event that Lambda is invoked
// with and writes the partial batch response.
package batch

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/walk"
)

// Record is one SQS message of an invocation.
type Record struct {
	MessageID     string
	ReceiptHandle string
	// Body is the message body, unescaped. It does not share memory with the invocation's payload.
	Body []byte
	// BodyGarbled is true when the body was not valid UTF-8 on arrival. Body then has the replacement character where
	// the invalid bytes were.
	BodyGarbled bool
	// ReceiveCount is how often the message has been received, this time included; 1 when SQS did not say.
	ReceiveCount int
	// SentAt is when the message was sent; zero when SQS did not say.
	SentAt time.Time
	// Attributes and MessageAttributes are the JSON objects as they came; nil when absent. They share memory with the
	// invocation's payload and are valid until the invocation returns.
	Attributes        jsontext.Value
	MessageAttributes jsontext.Value
}

var errNoRecords = errors.New(`no "Records" array: the function is to be invoked by an SQS event source mapping`)

// Parse reads the payload of an invocation by the SQS event source mapping.
func Parse(payload []byte) ([]Record, error) {
	p := parser{
		// One message with broken text must not fail the whole batch: such a body is marked, not refused.
		r: walk.New(payload, jsontext.AllowInvalidUTF8(true)),
		// Unescaped text is hardly ever longer than escaped text, so that one allocation holds the bodies of a batch.
		bodies: make([]byte, 0, len(payload)),
	}
	records, err := p.event()
	if err != nil {
		return nil, fmt.Errorf("read SQS event of %d bytes: %w", len(payload), err)
	}
	return records, nil
}

type parser struct {
	r      *walk.Reader
	bodies []byte
}

func (p *parser) event() ([]Record, error) {
	if p.r.Kind() != jsontext.KindBeginObject {
		return nil, errNoRecords
	}
	var records []Record
	_, err := p.r.Object(func(name []byte) error {
		if string(name) != "Records" || p.r.Kind() != jsontext.KindBeginArray {
			return p.r.Skip()
		}
		records = make([]Record, 0, 10)
		return p.r.Array(func(index int) error {
			record, err := p.record()
			if err != nil {
				return fmt.Errorf("record %d: %w", index, err)
			}
			records = append(records, record)
			return nil
		})
	})
	if err == nil {
		err = p.r.End()
	}
	if err == nil && records == nil {
		err = errNoRecords
	}
	return records, err
}

func (p *parser) record() (Record, error) {
	record := Record{ReceiveCount: 1}
	if kind := p.r.Kind(); kind != jsontext.KindBeginObject {
		if err := p.r.Skip(); err != nil {
			return record, err
		}
		return record, fmt.Errorf("is a JSON %s, should be an object", kind)
	}
	_, err := p.r.Object(func(name []byte) (err error) {
		switch string(name) {
		case "messageId":
			record.MessageID, err = p.r.Text()
		case "receiptHandle":
			record.ReceiptHandle, err = p.r.Text()
		case "body":
			record.Body, record.BodyGarbled, err = p.body()
		case "attributes":
			record.Attributes, err = p.attributes(&record)
		case "messageAttributes":
			record.MessageAttributes, err = p.r.Raw()
		default:
			err = p.r.Skip()
		}
		return err
	})
	return record, err
}

// body unescapes a message body into the memory that the batch's bodies share.
func (p *parser) body() (body []byte, garbled bool, err error) {
	if p.r.Kind() != jsontext.KindString {
		return nil, false, p.r.Skip()
	}
	quoted, err := p.r.Raw()
	if err != nil {
		return nil, false, err
	}
	start := len(p.bodies)
	// The decoder has accepted the string, so that broken text is all that is left to complain of.
	p.bodies, err = jsontext.AppendUnquote(p.bodies, quoted)
	return p.bodies[start:len(p.bodies):len(p.bodies)], err != nil, nil
}

// attributes keeps SQS's own attributes as they are and takes out what the back-off depends on.
func (p *parser) attributes(record *Record) (jsontext.Value, error) {
	if p.r.Kind() != jsontext.KindBeginObject {
		return nil, p.r.Skip()
	}
	return p.r.Object(func(name []byte) error {
		switch string(name) {
		case "ApproximateReceiveCount":
			text, err := p.r.Text()
			if count, bad := strconv.Atoi(text); bad == nil && count > 0 {
				record.ReceiveCount = count
			}
			return err
		case "SentTimestamp":
			text, err := p.r.Text()
			if ms, bad := strconv.ParseInt(text, 10, 64); bad == nil && ms > 0 {
				record.SentAt = time.UnixMilli(ms)
			}
			return err
		default:
			return p.r.Skip()
		}
	})
}

// Verdict says what the response tells SQS about one record.
type Verdict uint8

// Undecided is the zero value on purpose: a record that nobody decided on must never pass for an acknowledged one.
const (
	Undecided Verdict = iota
	Acknowledge
	Fail
)

// ErrUnsafe is returned by Respond when no response can be trusted: Lambda then returns the whole batch to the queue.
var ErrUnsafe = errors.New("unsafe batch response")

// Respond writes the partial batch response for records, given one verdict for each of them in order.
//
// Lambda reads an empty list as success and deletes every message, and it fails the whole batch on an empty or unknown
// id (AWS Lambda developer guide, "Implementing partial batch responses"). So ids are taken from the records only, each
// once, the list is never null, and anything that does not add up is an error: rather every message again than one lost.
func Respond(records []Record, verdicts []Verdict) ([]byte, error) {
	if len(verdicts) != len(records) {
		return nil, fmt.Errorf("%w: %d verdicts for %d records", ErrUnsafe, len(verdicts), len(records))
	}
	failed := make(map[string]bool)
	response := append(make([]byte, 0, 64), `{"batchItemFailures":[`...)
	for i, record := range records {
		if record.MessageID == "" {
			return nil, fmt.Errorf("%w: record %d has no message id", ErrUnsafe, i)
		}
		switch verdicts[i] {
		case Acknowledge:
			continue
		case Fail:
		default:
			return nil, fmt.Errorf("%w: record %d (message %s) has no outcome", ErrUnsafe, i, record.MessageID)
		}
		// A Standard queue can put one message into a batch twice: its id is reported once.
		if failed[record.MessageID] {
			continue
		}
		if len(failed) > 0 {
			response = append(response, ',')
		}
		failed[record.MessageID] = true
		response = append(response, `{"itemIdentifier":`...)
		var err error
		if response, err = jsontext.AppendQuote(response, record.MessageID); err != nil {
			return nil, fmt.Errorf("%w: message id of record %d: %w", ErrUnsafe, i, err)
		}
		response = append(response, '}')
	}
	return append(response, `]}`...), nil
}
