// Package payload reads and writes the objects of the payload bucket: bodies that are too large for a queue.
//
// Producers write under contract.ProducerPrefix and send a pointer to the object (package decode says which claim checks are
// followed); the function writes under contract.QuarantinePrefix what is too large for the validation queue, and under
// contract.DeliveryPrefix what is too large for a target.
//
// # Reading
//
//   - An object has at most as many bytes as the caller says. Its length is known from the answer's header before the first
//     byte is read; of one that is too large nothing is read, the connection is closed. So a Range header, which S3 would
//     answer with 416 for an empty object, is not needed.
//   - Memory is taken once, as much as the length says; what comes must be exactly so long.
//   - A call has 2 s to answer and a read 10 s in all, within the caller's deadline. It is tried a second time if nothing
//     answered, if S3 failed (5xx, among them 503 SlowDown) or if the body was cut off.
//
// # Errors
//
// An *Error is permanent: the object is missing or too large, and another try would end the same way. Every other error is
// transient. Among those is 403: a permission that is missing says nothing about the message. The function may list the
// bucket, because S3 says 403 of a missing object to whoever may not (Amazon S3 API Reference, GetObject, "Permissions").
// No error has a key in it, since producers choose them, nor the text of an answer, since S3 quotes keys in some.
package payload

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"cc-eventbridge/function/internal/backoff"
)

const (
	// answerTimeout is when a call that has not answered is given up for another: S3's guideline for objects below 512 KB
	// (AWS white paper "Best Practices Design Patterns: Optimizing Amazon S3 Performance", "Timeouts and Retries"). Reading
	// the body has its own time.
	answerTimeout = 2 * time.Second
	// readTimeout is how long a read may take in all. 16 MiB, the largest payload that a stack can be configured for, come in
	// that time at 1.7 MB/s.
	readTimeout = 10 * time.Second
	// sendRate is how many bytes of a body a second are waited for, beside answerTimeout. The largest payload has ten seconds in all.
	sendRate = 2 << 20
	// maxTries bounds the calls of one read or write. What fails twice comes back with its message, after a back-off that
	// spans all messages of the queue.
	maxTries  = 2
	waitBase  = 100 * time.Millisecond
	waitLimit = time.Second
)

// API is what this package calls of Amazon S3.
type API interface {
	GetObject(ctx context.Context, input *s3.GetObjectInput, options ...func(*s3.Options)) (*s3.GetObjectOutput, error)
	PutObject(ctx context.Context, input *s3.PutObjectInput, options ...func(*s3.Options)) (*s3.PutObjectOutput, error)
}

// Bucket is the payload bucket. It is safe for concurrent use.
type Bucket struct {
	api  API
	name string
}

// NewBucket returns the bucket of that name. Its client should not retry by itself.
func NewBucket(api API, name string) *Bucket { return &Bucket{api: api, name: name} }

// Put writes an object. Objects are named after their content, so that a write whose answer was lost can be made again.
func (b *Bucket) Put(ctx context.Context, key string, body []byte) error {
	timeout := answerTimeout + time.Duration(len(body))*time.Second/sendRate
	err := tries(ctx, key, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		_, err := b.api.PutObject(ctx, &s3.PutObjectInput{
			Bucket: aws.String(b.name), Key: aws.String(key),
			Body: bytes.NewReader(body), ContentLength: aws.Int64(int64(len(body))),
		}, lean)
		return err
	})
	if err != nil {
		return fmt.Errorf("write payload object of %d bytes: %w", len(body), withoutKey(err))
	}
	return nil
}

// lean leaves out the checksums that the SDK adds by itself. A write is signed with the SHA-256 of its body, which S3
// checks, and a read is protected by TLS.
func lean(o *s3.Options) {
	o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
	o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
}

// tries makes a call, and once more if that can help.
func tries(ctx context.Context, key string, call func(ctx context.Context) error) error {
	// Reads of one batch fail together and must not return together; their keys tell them apart.
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(key))
	waits := backoff.New(waitBase, waitLimit, seed.Sum64())
	for try := 1; ; try++ {
		err := call(ctx)
		if err == nil || try == maxTries || ctx.Err() != nil || !worthAnother(err) || !waits.Wait(ctx, try-1) {
			return err
		}
	}
}
