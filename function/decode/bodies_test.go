package decode

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
)

const (
	maximum           = 16 << 20
	directEvent       = `{"event":{"type":"t","data":{"id":"1"}},"timestamp":1}`
	bridgeEvent       = `{"source":"s","detail-type":"t","detail":{"a":1}}`
	claimCheck        = `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads","s3Key":"payloads/x"}]`
	foreignClaimCheck = `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"other","s3Key":"payloads/x"}]`
)

func newRules() ClaimCheckRules {
	return ClaimCheckRules{Bucket: "stack-payloads", Region: "eu-central-1", Prefixes: []string{"payloads/", "quarantine/"}}
}

func newReader() *Reader {
	return NewReader(Limits{MaxBytes: maximum}, newRules())
}

func message(body string) Message { return Message{Body: []byte(body)} }

// notification wraps a text as SNS does.
func notification(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string has JSON
	}
	return `{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-central-1:111122223333:t","Message":` + string(quoted) + `}`
}

func gzipOf(text string) []byte {
	return compressed(text, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func zlibOf(text string) []byte {
	return compressed(text, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
}

func deflateOf(text string) []byte {
	return compressed(text, func(w io.Writer) io.WriteCloser {
		deflater, err := flate.NewWriter(w, flate.BestCompression)
		if err != nil {
			panic(err) // the level is one that there is
		}
		return deflater
	})
}

func compressed(text string, writer func(io.Writer) io.WriteCloser) []byte {
	var packed bytes.Buffer
	w := writer(&packed)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		panic(err) // a buffer takes everything
	}
	return packed.Bytes()
}

func inBase64(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }

func gzipText(text string) string { return string(inBase64(gzipOf(text))) }

func zlibText(text string) string { return base64.URLEncoding.EncodeToString(zlibOf(text)) }
