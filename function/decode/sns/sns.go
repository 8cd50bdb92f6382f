// Package sns decodes the notification that Amazon SNS wraps a message in when it delivers to a queue without raw message
// delivery (Amazon SNS developer guide, "Amazon SNS message delivery to Amazon SQS"):
//
//	{"Type":              "Notification",
//	 "MessageId":         "…",
//	 "TopicArn":          "arn:aws:sns:…",
//	 "Message":           "what was published, as a text",
//	 "Timestamp":         "…",
//	 "MessageAttributes": {"content-encoding": {"Type": "String", "Value": "gzip"}},
//	 "SignatureVersion":  "1", "Signature": "…", "SigningCertURL": "…", "UnsubscribeURL": "…"}
//
// What is inside is Message, with the MessageAttributes; a notification without any leaves it the queue's own.
//
// The signature is not checked. It would protect a receiver that anyone can send to; into this queue only those can send
// whom its policy allows, and one of those who wanted to cheat would not need SNS for it. To check it, the function would
// have to fetch a certificate from a URL that the message names. Nothing in a notification is contacted: neither that
// URL nor the one that would confirm a subscription, which is refused and left for an operator to see.
package sns

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/internal/walk"
)

// Name is the decoder's name in flags and logs.
const Name = "sns"

// Decoder decodes SNS notifications.
type Decoder struct{}

// Name is the decoder's name in flags and logs.
func (Decoder) Name() string { return Name }

// Recognizes reports whether there are "Type", "Message" and "TopicArn" members, and none that an event's envelope has.
func (Decoder) Recognizes(_ envelope.Document, outline envelope.Outline) bool {
	return outline.Has(envelope.Type|envelope.Message|envelope.TopicArn) &&
		!outline.Has(envelope.Event) && !outline.Has(envelope.Detail) && !outline.Has(envelope.DetailType)
}

// Decode returns the message that was published.
func (Decoder) Decode(document envelope.Document) (envelope.Content, error) {
	var (
		kind    string
		message jsontext.Value
		inner   = envelope.Document{Attributes: document.Attributes}
	)
	_, err := envelope.Members(document.Body, func(r *walk.Reader, name []byte) (err error) {
		switch string(name) {
		case "Type":
			kind, err = r.Text()
		case "Message":
			message, err = r.Raw()
		case "MessageAttributes":
			inner.Attributes, err = r.Raw()
		default:
			err = r.Skip()
		}
		return err
	})
	switch {
	case err != nil:
		return envelope.Content{}, err
	case kind == "SubscriptionConfirmation":
		return envelope.Content{}, envelope.Refuse(envelope.UnknownEnvelope, "an SNS subscription waits to be confirmed, which is for an operator to do")
	case kind != "Notification":
		return envelope.Content{}, envelope.Refuse(envelope.UnknownEnvelope, `the Type of an SNS message should be "Notification"`)
	case message.Kind() != jsontext.KindString:
		return envelope.Content{}, envelope.Refuse(envelope.UnknownEnvelope, "the Message of an SNS notification should be a string")
	}
	inner.Body, err = jsontext.AppendUnquote(make([]byte, 0, len(message)), message)
	if err != nil {
		return envelope.Content{}, envelope.Syntax(document.Body, err)
	}
	return envelope.Content{Inner: inner}, nil
}
