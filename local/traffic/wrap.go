package traffic

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"io"

	"cc-eventbridge/function/contract"
)

// javaMessaging is the class name that began a claim check before the extended client libraries shared one.
const javaMessaging = "com.amazon.sqs.javamessaging.MessageS3Pointer"

// Wrapping is a way in which producers send an event.
type Wrapping struct {
	Name string
	// Around wraps the body of an event.
	Around func(body string) Parcel
}

// Wrappings returns every wrapping that the function opens. Claim checks point to payloads.
func Wrappings(payloads Payloads) []Wrapping {
	return []Wrapping{
		{"SNS", func(body string) Parcel { return bare(notification(body)) }},
		{"gzip", func(body string) Parcel { return bare(inBase64(gzipped(body))) }},
		{"zlib", func(body string) Parcel { return bare(inBase64(zlibbed(body))) }},
		{"raw deflate, by its attribute", func(body string) Parcel {
			return Parcel{Message: Message{Body: inBase64(deflated(body)), Attributes: map[string]string{"Content-Encoding": "deflate"}}}
		}},
		{"gzip in SNS", func(body string) Parcel { return bare(notification(inBase64(gzipped(body)))) }},
		{"claim check", func(body string) Parcel { return payloads.claimCheck(contract.ClaimCheckClass, body) }},
		{"claim check of the older class name", func(body string) Parcel { return payloads.claimCheck(javaMessaging, body) }},
		{"claim check to a gzip object", func(body string) Parcel {
			return payloads.claimCheck(contract.ClaimCheckClass, gzipped(body))
		}},
		{"pre-signed URL", payloads.preSigned},
	}
}

func bare(body string) Parcel { return Parcel{Message: Message{Body: body}} }

// claimCheck puts a body into the bucket and returns the pointer to it.
func (p Payloads) claimCheck(class, body string) Parcel {
	object := newObject(body)
	return Parcel{Message: Message{Body: claimCheckOf(class, p.Bucket, object.Key)}, Objects: []Object{object}}
}

func claimCheckOf(class, bucket, key string) string {
	return text([]any{class, map[string]string{"s3BucketName": bucket, "s3Key": key}})
}

// preSigned points to a body by URL. Nobody checks the signature: the function reads the object with its own role.
func (p Payloads) preSigned(body string) Parcel {
	object := newObject(body)
	url := p.Endpoint + "/" + p.Bucket + "/" + object.Key + "?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=604800&X-Amz-Signature=0"
	return Parcel{Message: Message{Body: text(map[string]string{"payloadUrl": url})}, Objects: []Object{object}}
}

// notification is what SNS delivers to a queue for a message that was published (Amazon SNS developer guide, "Amazon SNS
// message delivery to Amazon SQS").
func notification(message string) string {
	return text(map[string]any{
		"Type": "Notification", "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
		"TopicArn": "arn:aws:sns:us-east-1:123456789012:contact-centre", "Message": message,
		"Timestamp": "2025-01-01T00:00:00.000Z", "SignatureVersion": "1", "Signature": "",
	})
}

func inBase64(compressed string) string { return base64.StdEncoding.EncodeToString([]byte(compressed)) }

func gzipped(body string) string {
	return compressed(body, func(out io.Writer) io.WriteCloser { return gzip.NewWriter(out) })
}

func zlibbed(body string) string {
	return compressed(body, func(out io.Writer) io.WriteCloser { return zlib.NewWriter(out) })
}

func deflated(body string) string {
	return compressed(body, func(out io.Writer) io.WriteCloser {
		w, err := flate.NewWriter(out, flate.DefaultCompression)
		if err != nil {
			panic(fmt.Sprintf("the default level is one that there is: %v", err))
		}
		return w
	})
}

func compressed(body string, to func(io.Writer) io.WriteCloser) string {
	var out bytes.Buffer
	w := to(&out)
	_, err := io.WriteString(w, body)
	if closeErr := w.Close(); err != nil || closeErr != nil {
		panic(fmt.Sprintf("writing to memory does not fail: %v, %v", err, closeErr))
	}
	return out.String()
}
