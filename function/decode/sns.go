package decode

import (
	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/walk"
)

// isSNS reports whether there are "Type", "Message" and "TopicArn" members, and none that an event's envelope has.
func isSNS(_ document, o outline) bool {
	return o.has(typeMember|messageMember|topicArnMember) &&
		!o.has(eventMember) && !o.has(detailMember) && !o.has(detailTypeMember)
}

// decodeSNS returns the message that was published.
func decodeSNS(doc document) (content, error) {
	var (
		kind    string
		message jsontext.Value
		inner   = document{attributes: doc.attributes}
	)
	_, err := walkObject(doc.body, func(r *walk.Reader, name []byte) (err error) {
		switch string(name) {
		case "Type":
			kind, err = r.Text()
		case "Message":
			message, err = r.Raw()
		case "MessageAttributes":
			inner.attributes, err = r.Raw()
		default:
			err = r.Skip()
		}
		return err
	})
	switch {
	case err != nil:
		return content{}, err
	case kind == "SubscriptionConfirmation":
		return content{}, refuse(UnknownEnvelope, "an SNS subscription waits to be confirmed, which is for an operator to do")
	case kind != "Notification":
		return content{}, refuse(UnknownEnvelope, `the Type of an SNS message should be "Notification"`)
	case message.Kind() != jsontext.KindString:
		return content{}, refuse(UnknownEnvelope, "the Message of an SNS notification should be a string")
	}
	inner.body, err = jsontext.AppendUnquote(make([]byte, 0, len(message)), message)
	if err != nil {
		return content{}, syntax(doc.body, err)
	}
	return content{inner: inner}, nil
}
