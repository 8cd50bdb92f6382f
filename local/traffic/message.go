package traffic

import (
	"crypto/sha256"
	"encoding/hex"

	"cc-eventbridge/function/contract"
)

// Message is a message as it is put on the ingestion queue.
type Message struct {
	Body string
	// Attributes are its message attributes by name, all of the type String.
	Attributes map[string]string
}

// Bare returns messages without attributes.
func Bare(bodies ...string) []Message {
	messages := make([]Message, len(bodies))
	for i, body := range bodies {
		messages[i].Body = body
	}
	return messages
}

// Object is what a claim check points to. It must be in the payload bucket before the message is sent.
type Object struct {
	Key  string
	Body []byte
}

// newObject names an object after its content, as a producer that may have to write it a second time does well to.
func newObject(body string) Object {
	sum := sha256.Sum256([]byte(body))
	return Object{Key: contract.ProducerPrefix + hex.EncodeToString(sum[:]), Body: []byte(body)}
}

// Parcel is a message, and the objects that it points to.
type Parcel struct {
	Message
	Objects []Object
}

// Payloads says where claim checks point to.
type Payloads struct {
	// Bucket is the payload bucket's name.
	Bucket string
	// Endpoint is the URL of the S3 that has it, for pre-signed URLs, which name the bucket in their path there.
	Endpoint string
}
