package batch

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/walk"
)

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
