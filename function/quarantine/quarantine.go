// Package quarantine sends messages that can never be processed to the validation queue, where people look at them.
//
// The body goes there unchanged, but for what SQS can't hold: an empty one is named so. Why it is there and where it came
// from goes into message attributes:
//
//	reason, stage        why, and the step that found it
//	schemaPath           where in its schema the payload failed (a JSON pointer), for that reason
//	messageId            of the original message
//	eventId              the event's identity, where it has one: the key of its dedup record
//	receiveCount         how often it was received
//	quarantinedAt        when it was sent here (RFC 3339)
//	envelopes            the decoders that it went through, outermost first: "sns>compressed>direct"
//	original             {"attributes": …, "messageAttributes": …} of the original message, as they came. The first has
//	                     SentTimestamp, when the ingestion queue took it (ms since 1970); a replay sends the second along
//	originalDropped      "true" in place of original, when there was no room for it
//	ExtendedPayloadSize  the size in bytes of a body that lies in the payload bucket
//
// A message has ten attributes at most (Amazon SQS developer guide, "Message metadata"), so that this list is full: what
// is yet to come belongs into original.
//
// # Bodies that leave no room
//
// A message has 262,144 bytes, attributes included, and an original message may have had all of them for itself. Such a
// message goes by claim check: the body is put into the payload bucket as quarantine/<SHA-256 of the body>, and the pointer
// that Amazon's extended client libraries write takes its place:
//
//	["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "…", "s3Key": "quarantine/…"}]
//
// The function follows it when that message is sent to the ingestion queue again, before anything else and whatever the flags
// say: what lies there is the message's body (see package decode). The extended clients follow it on the validation queue, by
// ExtendedPayloadSize. A body that is put again, since its message's answer was lost, goes to the
// same key.
//
// What does not fit even then is left out, the least important first: original attributes of 256 KB, which nobody is known
// to send. Where there is no payload bucket that is all that can be done, and the body still stays whole.
package quarantine

import (
	"context"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"cc-eventbridge/function/internal/safely"
)

// API is what this package calls of SQS.
type API interface {
	SendMessageBatch(ctx context.Context, input *sqs.SendMessageBatchInput, options ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// Store is the payload bucket.
type Store interface {
	// Put puts an object under a key, in place of any that is there.
	Put(ctx context.Context, key string, body []byte) error
}

// Queue is the validation queue.
type Queue struct {
	api    API
	url    string
	store  Store
	bucket string
}

// NewQueue returns the validation queue of that URL. Bodies that leave no room for their attributes go to store, which is
// the bucket of that name; a nil store is none.
func NewQueue(api API, url string, store Store, bucket string) *Queue {
	return &Queue{api: api, url: url, store: store, bucket: bucket}
}

// Send sends messages and returns an error for each that is not in the queue for certain. A message whose answer was lost
// is sent again: the queue may then hold it twice.
func (q *Queue) Send(ctx context.Context, messages []Message, seed uint64) []error {
	errs := make([]error, len(messages))
	entries := make([]entry, len(messages))
	var whole, offloaded []int
	for i, message := range messages {
		entries[i] = q.entry(message, i)
		if entries[i].key == "" {
			whole = append(whole, i)
		} else {
			offloaded = append(offloaded, i)
		}
	}
	// Side by side: a bucket that does not answer must not keep the others from the queue.
	var work sync.WaitGroup
	if len(offloaded) > 0 {
		safely.Go(&work, func() {
			there := q.offload(ctx, messages, entries, offloaded, errs)
			q.deliver(ctx, entries, there, errs, seed+1)
		}, func(err error) {
			for _, i := range offloaded {
				errs[i] = fmt.Errorf("send to validation queue: %w", err)
			}
		})
	}
	q.deliver(ctx, entries, whole, errs, seed)
	work.Wait()
	return errs
}
