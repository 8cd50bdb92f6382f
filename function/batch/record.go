// Package batch is the function's boundary with the SQS event source mapping: it reads the event that Lambda is invoked
// with and writes the partial batch response.
package batch

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
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
