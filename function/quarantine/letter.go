package quarantine

import (
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-json-experiment/json/jsontext"
)

// emptyBody stands in for a body without characters, which SQS does not take.
const emptyBody = "(empty body)"

// Letter is one message to quarantine.
type Letter struct {
	Body          []byte
	Reason, Stage string
	MessageID     string
	EventID       string
	ReceiveCount  int
	At            time.Time
	// Attributes and MessageAttributes are the original message's, as JSON objects; nil where there are none.
	Attributes, MessageAttributes jsontext.Value
}

type entry struct {
	request types.SendMessageBatchRequestEntry
	bytes   int // as SQS counts them: body and attributes' names, types and values
}

type attribute struct{ name, value string }

// entry writes the letter in SQS's terms. What does not fit beside the body is left out, the least important first.
func (l Letter) entry(index int) entry {
	body := string(l.Body)
	if body == "" {
		body = emptyBody
	}
	e := entry{
		request: types.SendMessageBatchRequestEntry{
			Id:                aws.String(strconv.Itoa(index)),
			MessageBody:       aws.String(body),
			MessageAttributes: make(map[string]types.MessageAttributeValue, 8),
		},
		bytes: len(body),
	}
	for _, a := range l.attributes() {
		e.add(a)
	}
	if !e.add(attribute{"original", l.original()}) {
		e.add(attribute{"originalDropped", "true"})
	}
	return e
}

// attributes are the letter's attributes of its own, the most important first.
func (l Letter) attributes() []attribute {
	return []attribute{
		{"reason", l.Reason},
		{"stage", l.Stage},
		{"messageId", l.MessageID},
		{"eventId", l.EventID},
		{"receiveCount", strconv.Itoa(l.ReceiveCount)},
		{"quarantinedAt", l.At.UTC().Format(time.RFC3339Nano)},
	}
}

func (l Letter) original() string {
	original := make([]byte, 0, 64+len(l.Attributes)+len(l.MessageAttributes))
	original = append(original, `{"attributes":`...)
	original = append(original, orEmpty(l.Attributes)...)
	original = append(original, `,"messageAttributes":`...)
	original = append(original, orEmpty(l.MessageAttributes)...)
	return string(append(original, '}'))
}

func orEmpty(object jsontext.Value) jsontext.Value {
	if object == nil {
		return jsontext.Value("{}")
	}
	return object
}

const stringType = "String"

// acceptable replaces characters that SQS takes in no attribute: those that XML 1.0 lacks (Amazon SQS API reference,
// SendMessage). One of them in an event's id must not keep its message from the queue.
func acceptable(r rune) rune {
	if r == '\uFFFE' || r == '\uFFFF' || r < ' ' && r != '\t' && r != '\n' && r != '\r' {
		return '\uFFFD'
	}
	return r
}

func (a attribute) bytes() int { return len(a.name) + len(stringType) + len(a.value) }

// add adds an attribute if there is something in it, and reports whether there was room for it.
func (e *entry) add(a attribute) bool {
	a.value = strings.Map(acceptable, a.value)
	switch {
	case a.value == "":
		return true
	case e.bytes+a.bytes() > maxBytes:
		return false
	}
	e.bytes += a.bytes()
	e.request.MessageAttributes[a.name] = types.MessageAttributeValue{
		DataType: aws.String(stringType), StringValue: aws.String(a.value),
	}
	return true
}
