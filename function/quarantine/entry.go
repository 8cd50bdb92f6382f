package quarantine

import (
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// maxBytes is the queue's maximum message size, and with it the most that one call may carry in all.
const maxBytes = 262144

// entry is a message as it goes to the queue.
type entry struct {
	request types.SendMessageBatchRequestEntry
	bytes   int // as SQS counts them: body and attributes' names, types and values
	lost    int // attributes that did not fit
	// key is that of the object which must be there before the entry is sent; "" if the body goes along.
	key string
}

func newEntry(index int, body string) entry {
	return entry{
		request: types.SendMessageBatchRequestEntry{
			Id:                aws.String(strconv.Itoa(index)),
			MessageBody:       aws.String(body),
			MessageAttributes: make(map[string]types.MessageAttributeValue, 10),
		},
		bytes: len(body),
	}
}

// Types of attributes (Amazon SQS developer guide, "Message attribute data types").
const (
	stringType = "String"
	numberType = "Number"
)

type attribute struct{ name, value, dataType string }

func text(name, value string) attribute { return attribute{name, value, stringType} }

func (a attribute) bytes() int { return len(a.name) + len(a.dataType) + len(a.value) }

// add adds an attribute if there is something in it, and reports whether there was room for it.
func (e *entry) add(a attribute) bool {
	a.value = strings.Map(acceptable, a.value)
	switch {
	case a.value == "":
		return true
	case e.bytes+a.bytes() > maxBytes:
		e.lost++
		return false
	}
	e.bytes += a.bytes()
	e.request.MessageAttributes[a.name] = types.MessageAttributeValue{
		DataType: aws.String(a.dataType), StringValue: aws.String(a.value),
	}
	return true
}

// acceptable replaces characters that SQS takes in no attribute: those that XML 1.0 lacks (Amazon SQS API reference,
// SendMessage). One of them in an event's id must not keep its message from the queue.
func acceptable(r rune) rune {
	if r == '\uFFFE' || r == '\uFFFF' || r < ' ' && r != '\t' && r != '\n' && r != '\r' {
		return '\uFFFD'
	}
	return r
}
