package decode_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/decode/pointer"
)

const (
	maximum     = 16 << 20
	directEvent = `{"event":{"type":"t","data":{"id":"1"}},"timestamp":1}`
	bridgeEvent = `{"source":"s","detail-type":"t","detail":{"a":1}}`
	claimCheck  = `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"stack-payloads","s3Key":"payloads/x"}]`
	foreign     = `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"other","s3Key":"payloads/x"}]`
)

func newRules() pointer.Rules {
	return pointer.Rules{Bucket: "stack-payloads", Region: "eu-central-1", Prefixes: []string{"payloads/", "quarantine/"}}
}

func newReader() *decode.Reader {
	return decode.NewReader(decode.Limits{MaxBytes: maximum}, newRules())
}

func message(body string) decode.Message { return decode.Message{Body: []byte(body)} }

// notification wraps a text as SNS does.
func notification(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string has JSON
	}
	return `{"Type":"Notification","MessageId":"m","TopicArn":"arn:aws:sns:eu-central-1:111122223333:t","Message":` + string(quoted) + `}`
}

func gzipBytes(text string) string {
	var packed bytes.Buffer
	return pack(text, &packed, gzip.NewWriter(&packed))
}

func gzipText(text string) string {
	return base64.StdEncoding.EncodeToString([]byte(gzipBytes(text)))
}

func zlibText(text string) string {
	var packed bytes.Buffer
	return base64.URLEncoding.EncodeToString([]byte(pack(text, &packed, zlib.NewWriter(&packed))))
}

func pack(text string, packed *bytes.Buffer, w io.WriteCloser) string {
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		panic(err) // a buffer takes everything
	}
	return packed.String()
}
