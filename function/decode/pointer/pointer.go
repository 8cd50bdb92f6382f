// Package pointer decodes claim checks: messages that say where in the payload bucket the body lies, because it is too
// large for a queue. Its decoder's name is "claim-check". A claim check is what the extended client libraries of Amazon SQS
// and SNS write (Amazon SQS developer guide, "Managing large Amazon SQS messages"), of the newer class name or the older:
//
//	["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "…", "s3Key": "…"}]
//	["com.amazon.sqs.javamessaging.MessageS3Pointer",      {"s3BucketName": "…", "s3Key": "…"}]
//
// or an object whose payloadUrl is a pre-signed URL:
//
//	{"payloadUrl": "https://<bucket>.s3.<region>.amazonaws.com/payloads/…?X-Amz-Signature=…"}
//
// # What a sender can make the function contact
//
// Nothing but the payload bucket. The package contacts nobody; what it returns is a bucket and a key that Rules allow,
// and the function reads that object with its own role. A URL is never requested: it is compared, byte for byte, with the
// hosts that the bucket has, and taken apart into bucket and key; its query, with the signature, is ignored. So a URL to
// an address of the network inside (169.254.169.254), one with credentials before the host, one whose host only looks
// like the bucket's or one that redirects have nothing to act on.
//
// An object that holds a claim check itself is refused by whoever resolves pointers (decode.Reader).
package pointer

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/decode/envelope"
	"cc-eventbridge/function/internal/walk"
)

// Name is the decoder's name in flags and logs.
const Name = "claim-check"

// The class names that begin a claim check in the extended clients' notation, the newer first.
const (
	PayloadOffloading = "software.amazon.payloadoffloading.PayloadS3Pointer"
	JavaMessaging     = "com.amazon.sqs.javamessaging.MessageS3Pointer"
)

// The prefixes of the payload bucket's keys that claim checks may point to. The stack's policies go by them.
const (
	// ProducerPrefix begins the keys of what producers write.
	ProducerPrefix = "payloads/"
	// QuarantinePrefix begins the keys of what the function writes, which comes back when it is replayed.
	QuarantinePrefix = "quarantine/"
)

// Pointer says where in the payload bucket an object lies.
type Pointer = envelope.Pointer

// Decoder decodes claim checks. The zero Decoder has no bucket and refuses all of them.
type Decoder struct {
	rules Rules
	hosts hosts
}

// New returns a decoder of claim checks for what the rules allow.
func New(rules Rules) Decoder { return Decoder{rules, rules.hosts()} }

// Name is the decoder's name in flags and logs.
func (Decoder) Name() string { return Name }

// Recognizes reports whether a body is an array that begins with one of the class names, or an object with a "payloadUrl"
// member and none that an event's or SNS's envelope has.
func (Decoder) Recognizes(document envelope.Document, outline envelope.Outline) bool {
	switch outline.Kind {
	case jsontext.KindBeginArray:
		first := bytes.TrimLeft(document.Body, "[ \t\r\n")
		return begins(first, PayloadOffloading) || begins(first, JavaMessaging)
	case jsontext.KindBeginObject:
		return outline.Has(envelope.PayloadURL) &&
			!outline.Has(envelope.Event) && !outline.Has(envelope.Detail) && !outline.Has(envelope.DetailType) &&
			!outline.Has(envelope.Type|envelope.Message|envelope.TopicArn)
	default:
		return false
	}
}

// begins reports whether bytes begin with a class name in quotes.
func begins(quoted []byte, class string) bool {
	return len(quoted) > len(class)+1 && quoted[0] == '"' && string(quoted[1:len(class)+1]) == class && quoted[len(class)+1] == '"'
}

// Decode returns the pointer. What is inside it has the message's attributes: a producer's library leaves them where they
// are when it puts the body elsewhere.
func (d Decoder) Decode(document envelope.Document) (envelope.Content, error) {
	var (
		p   Pointer
		err error
	)
	if bytes.TrimLeft(document.Body, " \t\r\n")[0] == '[' {
		p, err = readArray(document.Body)
	} else {
		p, err = d.readURL(document.Body)
	}
	if err == nil {
		err = d.rules.check(p)
	}
	if err != nil {
		return envelope.Content{}, err
	}
	return envelope.Content{Pointer: &p, Inner: envelope.Document{Attributes: document.Attributes}}, nil
}

// readArray reads the extended clients' notation.
func readArray(body []byte) (Pointer, error) {
	var (
		p        Pointer
		elements int
		class    string
		where    bool
	)
	r := walk.New(body)
	err := r.Array(func(index int) (err error) {
		elements++
		switch {
		case index == 0:
			class, err = r.Text()
		case index == 1 && r.Kind() == jsontext.KindBeginObject:
			where = true
			err = readWhere(r, &p)
		default:
			err = r.Skip()
		}
		return err
	})
	if err == nil {
		err = r.End()
	}
	switch {
	case err != nil:
		return Pointer{}, envelope.Syntax(body, err)
	case elements != 2 || class != PayloadOffloading && class != JavaMessaging || !where:
		return Pointer{}, envelope.Refuse(envelope.BadPointer, "a claim check should be an array of a class name and an object")
	case p.Bucket == "":
		return Pointer{}, envelope.Refuse(envelope.BadPointer, "s3BucketName should be a non-empty string")
	}
	return p, nil
}

func readWhere(r *walk.Reader, p *Pointer) error {
	_, err := r.Object(func(name []byte) (err error) {
		switch string(name) {
		case "s3BucketName":
			p.Bucket, err = r.Text()
		case "s3Key":
			p.Key, err = r.Text()
		default:
			err = r.Skip()
		}
		return err
	})
	return err
}

// readURL reads the notation with a pre-signed URL.
func (d Decoder) readURL(body []byte) (Pointer, error) {
	var address string
	_, err := envelope.Members(body, func(r *walk.Reader, name []byte) (err error) {
		if string(name) != "payloadUrl" {
			return r.Skip()
		}
		address, err = r.Text()
		return err
	})
	switch {
	case err != nil:
		return Pointer{}, err
	case address == "":
		return Pointer{}, envelope.Refuse(envelope.BadPointer, "payloadUrl should be a non-empty string")
	case d.rules.Bucket == "":
		return Pointer{}, errOff
	}
	return d.hosts.split(address, d.rules.Bucket)
}
