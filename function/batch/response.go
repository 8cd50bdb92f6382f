package batch

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

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
