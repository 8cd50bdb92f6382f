package deliver

import (
	"context"
	"encoding/base64"

	"cc-eventbridge/function/contract"
)

// firehoseMost is the largest record before it is encoded: 1,000 KiB (Amazon Data Firehose developer guide, "Quota").
const firehoseMost = 1000 << 10

// firehoseCodes are those of PutRecord (Amazon Data Firehose API reference). What a record holds is never looked at, so that an
// argument that is not valid is the stream's: one that reads from Kinesis takes no records.
var firehoseCodes = map[string]meaning{
	"InvalidArgumentException": unusable, "InvalidSourceException": unusable, "InvalidKMSResourceException": unusable,
	"ServiceUnavailableException": throttled,
}

// firehose puts each event into a stream as a line of its own.
type firehose struct {
	service *service
	content *content
	stream  string
}

func openFirehose(target contract.Target, env Environment) (Downstream, error) {
	content, err := contentOf(target, env, limits{most: firehoseMost, offload: firehoseMost})
	if err != nil {
		return nil, err
	}
	service, stream, err := openService(target, env, "firehose", "deliverystream/", firehoseCodes)
	if err != nil {
		return nil, err
	}
	return &firehose{service: service, content: content, stream: stream}, nil
}

// Deliver puts one event.
func (f *firehose) Deliver(ctx context.Context, delivery Delivery) error {
	m, err := f.content.of(ctx, delivery, 1)
	if err != nil {
		return err
	}
	line := oneLine(m.body)
	body := make([]byte, 0, 128+len(f.stream)+base64.StdEncoding.EncodedLen(len(line)))
	body = text(append(body, '{'), "DeliveryStreamName", f.stream)
	body = append(body, `,"Record":{"Data":"`...)
	body = append(base64.StdEncoding.AppendEncode(body, line), `"}}`...)
	_, err = f.service.do(ctx, delivery, jsonCall("1.1", "Firehose_20150804.PutRecord", body))
	return err
}

// oneLine is a JSON text as one line that ends: a payload may come with line breaks between its members.
func oneLine(body []byte) []byte {
	line := make([]byte, 0, len(body)+1)
	for _, c := range body {
		if c == '\n' || c == '\r' { // raw ones are never within a JSON text's strings
			c = ' '
		}
		line = append(line, c)
	}
	return append(line, '\n')
}
