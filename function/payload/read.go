package payload

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

var (
	errNoAnswer = fmt.Errorf("no answer within %s", answerTimeout)
	errNoLength = errors.New("the answer does not say how long the object is")
	errLonger   = errors.New("the object is longer than the answer said")
)

// Read returns the object under a key, of up to limit bytes. An *Error is permanent, any other transient.
func (b *Bucket) Read(ctx context.Context, key string, limit int) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	var object []byte
	err := tries(ctx, key, func(ctx context.Context) (err error) {
		object, err = b.get(ctx, key, limit, object)
		return err
	})
	switch permanent, ok := errors.AsType[*Error](err); {
	case ok:
		return nil, permanent
	case err != nil:
		return nil, fmt.Errorf("read payload object: %w", withoutKey(err))
	}
	return object, nil
}

// get makes one call and reads its body, into memory of an earlier one if that is enough. With an error it returns the
// memory that it has.
func (b *Bucket) get(ctx context.Context, key string, limit int, memory []byte) ([]byte, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	late := time.AfterFunc(answerTimeout, cancel)
	out, err := b.api.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(b.name), Key: aws.String(key)}, lean)
	inTime := late.Stop()
	if err == nil {
		defer out.Body.Close()
	}
	switch {
	case missing(err):
		return memory, &Error{MissingObject, "there is no object under the key"}
	case !inTime:
		return memory, errNoAnswer
	case err != nil:
		return memory, err
	case out.ContentLength == nil || *out.ContentLength < 0:
		return memory, errNoLength
	case *out.ContentLength > int64(limit):
		return memory, &Error{ObjectTooLarge, fmt.Sprintf("the object has %d bytes, the maximum is %d", *out.ContentLength, limit)}
	}
	length := int(*out.ContentLength)
	if cap(memory) < length {
		memory = make([]byte, length)
	}
	memory = memory[:length]
	if n, err := io.ReadFull(out.Body, memory); err != nil {
		return memory, fmt.Errorf("the body ended after %d of %d bytes: %w", n, length, err)
	}
	// Reading up to the end also leaves the connection to the next call.
	if n, _ := io.ReadFull(out.Body, make([]byte, 1)); n > 0 {
		return memory, errLonger
	}
	return memory, nil
}
