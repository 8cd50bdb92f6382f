package traffic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/identify"
	"cc-eventbridge/function/payload"
)

// maximumPayloadBytes is the default of maximumPayloadBytes, which stacks on the embedded cloud have.
const maximumPayloadBytes = 16 << 20

// objects is the payload bucket. It says by a *payload.Error that there is no such object.
type objects interface {
	Read(ctx context.Context, key string, limit int) ([]byte, error)
}

// opener finds out which event a message carries, whatever it is wrapped in.
type opener struct {
	reader *decode.Reader
	bucket objects
}

// newOpener returns an opener that follows claim checks to a bucket.
func newOpener(payloads Payloads, bucket objects) *opener {
	rules := decode.ClaimCheckRules{
		Bucket: payloads.Bucket, Endpoint: payloads.Endpoint,
		Prefixes: []string{contract.ProducerPrefix, contract.QuarantinePrefix},
	}
	return &opener{decode.NewReader(decode.Limits{MaxBytes: maximumPayloadBytes}, rules), bucket}
}

// key returns the key under which the downstream gets the event of a message, or nothing for a message that has none.
func (o *opener) key(ctx context.Context, message Message) (string, error) {
	attributes, err := asLambda(message.Attributes)
	if err != nil {
		return "", err
	}
	opened, err := o.reader.Open(decode.Message{Body: []byte(message.Body), Attributes: attributes}, nil)
	for err == nil && opened.ClaimCheck != nil {
		opened, err = o.resume(ctx, opened)
	}
	if noEvent(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("opening a message that was sent: %w", err)
	}
	identity, err := identify.Event(opened.Event, false)
	if noEvent(err) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("identifying an event that was sent: %w", err)
	}
	return identity.Key, nil
}

func (o *opener) resume(ctx context.Context, opened decode.Opened) (decode.Opened, error) {
	object, err := o.bucket.Read(ctx, opened.ClaimCheck.Key, maximumPayloadBytes)
	if err != nil {
		return opened, err
	}
	return o.reader.Resume(opened, object, nil)
}

// noEvent reports an error that says that there is no event in a message.
func noEvent(err error) bool {
	_, refused := errors.AsType[*decode.Error](err)
	_, missing := errors.AsType[*payload.Error](err)
	return refused || missing
}

// asLambda writes message attributes as Lambda passes them on (AWS Lambda developer guide, "Using Lambda with Amazon SQS").
func asLambda(attributes map[string]string) ([]byte, error) {
	if len(attributes) == 0 {
		return nil, nil
	}
	values := make(map[string]map[string]string, len(attributes))
	for name, value := range attributes {
		values[name] = map[string]string{"stringValue": value, "dataType": "String"}
	}
	text, err := json.Marshal(values)
	if err != nil {
		return nil, fmt.Errorf("writing the attributes of a message that was sent: %w", err)
	}
	return text, nil
}
