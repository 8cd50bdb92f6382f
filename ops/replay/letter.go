package replay

import (
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-json-experiment/json"

	"cc-eventbridge/function/quarantine"
)

// chooses reports whether a letter is to be replayed, and fills in what is to be sent.
func (r *run) chooses(message types.Message, l *letter) bool {
	reason := aws.ToString(message.MessageAttributes[quarantine.ReasonAttribute].StringValue)
	if r.full() || r.options.Reason != "" && r.options.Reason != reason {
		return false
	}
	if sent, ok := sentAt(message); ok && sent.After(r.began) {
		r.note(l.id, "left: it came after this run had begun")
		return false
	}
	if aws.ToString(message.Body) == quarantine.EmptyBody {
		r.note(l.id, "left: its body was empty, which no queue takes")
		return false
	}
	attributes, known, err := originals(message)
	if err != nil {
		r.note(l.id, "left: %v", err)
		return false
	}
	if !known && !r.options.WithoutAttributes {
		r.note(l.id, "left: its original attributes are not there")
		return false
	}
	l.body, l.attributes = message.Body, attributes
	if r.options.DryRun {
		r.note(l.id, "would be replayed, reason %q", reason)
	}
	return true
}

// sentAt is when the validation queue took a letter, by that queue's clock.
func sentAt(message types.Message) (time.Time, bool) {
	ms, err := strconv.ParseInt(message.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	return time.UnixMilli(ms), err == nil
}

// originals are the message attributes that the original message had. They are not known if there was no room for them.
func originals(message types.Message) (attributes map[string]types.MessageAttributeValue, known bool, err error) {
	kept, ok := message.MessageAttributes[quarantine.OriginalAttribute]
	if !ok {
		return nil, false, nil
	}
	// As Lambda writes them (AWS Lambda developer guide, "Using Lambda with Amazon SQS", "Example Amazon SQS event").
	var original struct {
		MessageAttributes map[string]struct {
			DataType    string  `json:"dataType"`
			StringValue *string `json:"stringValue"`
			BinaryValue []byte  `json:"binaryValue"`
		} `json:"messageAttributes"`
	}
	if err := json.Unmarshal([]byte(aws.ToString(kept.StringValue)), &original); err != nil {
		// The error's text may have values of the message in it.
		return nil, false, fmt.Errorf("its attribute %q, of %d bytes, is not what the function writes", quarantine.OriginalAttribute, len(aws.ToString(kept.StringValue)))
	}
	attributes = make(map[string]types.MessageAttributeValue, len(original.MessageAttributes))
	for name, value := range original.MessageAttributes {
		attribute := types.MessageAttributeValue{DataType: aws.String(value.DataType), StringValue: value.StringValue}
		if value.StringValue == nil {
			attribute.BinaryValue = value.BinaryValue
		}
		attributes[name] = attribute
	}
	return attributes, true, nil
}
