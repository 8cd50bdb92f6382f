package replay

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
)

// Attributes of a message in a rule's dead-letter queue (Amazon EventBridge User Guide, "Using dead-letter queues to process
// undelivered events").
const (
	ruleARN   = "RULE_ARN"
	errorCode = "ERROR_CODE"
)

// reasonOf is why a message was set aside. Dead letters do not say.
func (r *run) reasonOf(got types.Message) string {
	if r.options.DeadLetters {
		return ""
	}
	attributes := got.MessageAttributes
	return aws.ToString(cmp.Or(attributes[contract.QuarantineReason].StringValue, attributes[errorCode].StringValue))
}

// chooses reports whether a message is to be replayed, and fills in what is to be sent.
func (r *run) chooses(got types.Message, m *message) bool {
	if r.full() || !r.matches(got) {
		return false
	}
	if sent, ok := sentAt(got); ok && sent.After(r.began) {
		r.note(m.id, "left: it came after this run had begun")
		return false
	}
	if r.options.Discard {
		return r.discards(got, m)
	}
	if aws.ToString(got.Body) == contract.QuarantineEmptyBody {
		r.note(m.id, "left: its body was empty, which no queue takes")
		return false
	}
	o, err := r.originals(got)
	if err != nil {
		r.note(m.id, "left: %v", err)
		return false
	}
	if !o.known && !r.options.WithoutAttributes {
		r.note(m.id, "left: its original attributes are not there")
		return false
	}
	if r.options.Topic != "" && !r.hasTopic(m.id, aws.ToString(got.Body), o.raw) {
		return false
	}
	m.body, m.attributes, m.group = got.Body, o.attributes, o.group
	if r.options.DryRun {
		r.note(m.id, "would be replayed, reason %q", r.reasonOf(got))
	}
	return true
}

// discards reports whether a message is to be discarded. One whose topic does not show is left where a topic is asked for.
func (r *run) discards(got types.Message, m *message) bool {
	described := r.describe(got)
	if r.options.Topic != "" && described.Topic != r.options.Topic {
		return false
	}
	if r.options.Keep != nil {
		m.kept = &described
	}
	if r.options.DryRun {
		r.note(m.id, "would be discarded, reason %q", described.Reason)
	}
	return true
}

// matches reports whether a message is among those that the options name, but for its topic.
func (r *run) matches(got types.Message) bool {
	o := r.options
	if o.ID != "" && o.ID != aws.ToString(got.MessageId) || o.Reason != "" && o.Reason != r.reasonOf(got) {
		return false
	}
	sent, known := sentAt(got)
	return known && !sent.Before(o.Since) && (o.Until.IsZero() || !sent.After(o.Until)) || o.Since.IsZero() && o.Until.IsZero()
}

// sentAt is when the queue took a message, by that queue's clock.
func sentAt(got types.Message) (time.Time, bool) {
	ms, err := strconv.ParseInt(got.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64)
	return time.UnixMilli(ms), err == nil
}

// original is what a message had beside its body.
type original struct {
	known      bool // it is not, if the attribute would have made the message too large
	attributes map[string]types.MessageAttributeValue
	raw        jsontext.Value // the attributes as Lambda writes them; nil for none
	group      *string
}

func (r *run) originals(got types.Message) (original, error) {
	var o original
	if group := got.Attributes[string(types.MessageSystemAttributeNameMessageGroupId)]; group != "" {
		o.group = aws.String(group)
	}
	if r.options.DeadLetters {
		var err error
		o.known, o.attributes = true, got.MessageAttributes
		o.raw, err = asLambda(got.MessageAttributes)
		return o, err
	}
	kept, ok := got.MessageAttributes[contract.QuarantineOriginal]
	if !ok {
		_, o.known = got.MessageAttributes[ruleARN] // a rule sends no attributes
		return o, nil
	}
	// As Lambda writes them (AWS Lambda developer guide, "Using Lambda with Amazon SQS", "Example Amazon SQS event").
	var record struct {
		Attributes struct {
			MessageGroupID *string `json:"MessageGroupId"`
		} `json:"attributes"`
		MessageAttributes jsontext.Value `json:"messageAttributes"`
	}
	var values map[string]struct {
		DataType    string  `json:"dataType"`
		StringValue *string `json:"stringValue"`
		BinaryValue []byte  `json:"binaryValue"`
	}
	err := json.Unmarshal([]byte(aws.ToString(kept.StringValue)), &record)
	if err == nil && record.MessageAttributes != nil {
		err = json.Unmarshal(record.MessageAttributes, &values)
	}
	if err != nil {
		// The error's text may have values of the message in it.
		return o, fmt.Errorf("its attribute %q, of %d bytes, is not what the function writes", contract.QuarantineOriginal, len(aws.ToString(kept.StringValue)))
	}
	o.known, o.raw = true, record.MessageAttributes
	if o.group == nil {
		o.group = record.Attributes.MessageGroupID
	}
	o.attributes = make(map[string]types.MessageAttributeValue, len(values))
	for name, value := range values {
		attribute := types.MessageAttributeValue{DataType: aws.String(value.DataType), StringValue: value.StringValue}
		if value.StringValue == nil {
			attribute.BinaryValue = value.BinaryValue
		}
		o.attributes[name] = attribute
	}
	return o, nil
}

// asLambda writes message attributes as Lambda does; nil for none.
func asLambda(attributes map[string]types.MessageAttributeValue) (jsontext.Value, error) {
	if len(attributes) == 0 {
		return nil, nil
	}
	type value struct {
		DataType    string  `json:"dataType"`
		StringValue *string `json:"stringValue,omitempty"`
		BinaryValue []byte  `json:"binaryValue,omitempty"`
	}
	values := make(map[string]value, len(attributes))
	for name, v := range attributes {
		values[name] = value{aws.ToString(v.DataType), v.StringValue, v.BinaryValue}
	}
	text, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("its %d message attributes can't be written as JSON", len(attributes))
	}
	return text, nil
}

// hasTopic reports whether a body has an event of the topic in it, as far as that shows without the object of a claim check.
func (r *run) hasTopic(id, body string, attributes jsontext.Value) bool {
	topic := r.topicOf(body, attributes)
	if topic == "" {
		r.note(id, "left: its topic does not show in its body")
	}
	return topic == r.options.Topic
}

// topicOf is the type of the event in a body, "" if it does not show.
func (r *run) topicOf(body string, attributes jsontext.Value) string {
	opened, err := r.reader.Open(decode.Message{Body: []byte(body), Attributes: attributes}, nil)
	if err != nil || opened.Event.Envelope == "" {
		return ""
	}
	return opened.Event.Type
}
