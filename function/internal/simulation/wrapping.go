package simulation

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"strings"
	"sync"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/identify"
	"cc-eventbridge/function/process"
)

const (
	payloadBucket = "payloads-of-the-world"
	region        = "eu-west-1"
)

// rules are the claim checks that the function follows.
var rules = decode.ClaimCheckRules{Bucket: payloadBucket, Region: region, Prefixes: []string{contract.ProducerPrefix, contract.QuarantinePrefix}}

// wrapping is what is around the event of a message. It makes no difference to which event that is.
type wrapping string

const (
	unwrapped     wrapping = "nothing"
	gzipped       wrapping = "gzip"
	notified      wrapping = "SNS"
	notifiedGzip  wrapping = "SNS of gzip"
	checked       wrapping = "claim check"
	checkedGzip   wrapping = "claim check to gzip"
	notifiedCheck wrapping = "SNS of claim check"
)

var wrappings = []wrapping{gzipped, gzipped, notified, notifiedGzip, checked, checked, checkedGzip, notifiedCheck}

// wrap puts an event into a message, or in part into the object of a key. takes is the memory for which the function
// needs memory in its batch: what comes out of the wrappings, the object of a claim check among it.
func (p *plan) wrap(m *message, kind wrapping, event, key string) {
	m.wrapping = kind
	switch kind {
	case unwrapped:
		m.body = event
	case gzipped:
		m.body, m.takes = pack(event), len(event)
	case notified:
		m.body, m.takes = notification(event, m.of.bulk), len(event)
	case notifiedGzip:
		packed := pack(event)
		m.body, m.takes = notification(packed, m.of.bulk), len(packed)+len(event)
	case checked:
		m.body, m.takes = p.deposit(m, key, event), len(event)
	case checkedGzip:
		packed := zip(event)
		p.deposit(m, key, packed)
		m.body, m.takes = presigned(key), len(packed)+len(event)
	case notifiedCheck:
		check := p.deposit(m, key, event)
		m.body, m.takes = notification(check, m.of.bulk), len(check)+len(event)
	}
}

// deposit puts an object into the bucket and returns the claim check for it.
func (p *plan) deposit(m *message, key, object string) (check string) {
	m.object = key
	p.bucket.put(key, object)
	p.bucket.point(key, m)
	return claimCheck(payloadBucket, key)
}

func claimCheck(bucket, key string) string {
	return fmt.Sprintf(`[%q,{"s3BucketName":%q,"s3Key":%q}]`, contract.ClaimCheckClass, bucket, key)
}

// presigned is a claim check as a pre-signed URL.
func presigned(key string) string {
	return fmt.Sprintf(`{"payloadUrl":"https://%s.s3.%s.amazonaws.com/%s?X-Amz-Signature=00"}`, payloadBucket, region, key)
}

// bulkyBody is the size of a body that leaves no room for the attributes of a quarantined message.
const bulkyBody = 261900

func notification(text string, b bulk) string {
	subject := ""
	if b == bulkyShell {
		subject = fmt.Sprintf(`"Subject":%q,`, strings.Repeat("s", max(bulkyBody-len(text)-200, 0)))
	}
	return fmt.Sprintf(`{"Type":"Notification","MessageId":"00000000-0000-0000-0000-000000000000","TopicArn":"arn:aws:sns:eu-west-1:123456789012:t",%s"Message":%q}`, subject, text)
}

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

func zip(text string) string {
	w := zippers.Get().(*gzip.Writer) // the pool holds nothing else
	defer zippers.Put(w)
	var packed bytes.Buffer
	w.Reset(&packed)
	for _, err := range []error{second(w.Write([]byte(text))), w.Close()} {
		if err != nil {
			panic(err) // a buffer takes everything
		}
	}
	return packed.String()
}

func second(_ int, err error) error { return err }

func pack(text string) string { return base64.StdEncoding.EncodeToString([]byte(zip(text))) }

var reader = decode.NewReader(decode.Limits{MaxBytes: process.DefaultMaximumPayloadBytes}, rules)

// identity is the key and payload hash of the record of an event; "" when it has none. It is taken from the event as it is
// before it is wrapped, so that a wrapping which makes another event of it is found out. again is whether the replay of an
// archive makes another event of it.
func identity(event string, again bool) (key, hash string) {
	opened, err := reader.Open(decode.Message{Body: []byte(event)}, nil)
	if err != nil || opened.ClaimCheck != nil {
		return "", ""
	}
	id, err := identify.Event(opened.Event, again)
	if err != nil {
		return "", ""
	}
	return id.Key, id.PayloadHash
}
