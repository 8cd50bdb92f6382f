package quarantine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/decode"
)

// sizeAttribute is the attribute by which the extended client libraries recognize a claim check (Amazon SQS developer guide,
// "Managing large Amazon SQS messages").
const sizeAttribute = "ExtendedPayloadSize"

// entry is the letter as it goes to the queue: with its body, or by claim check if that way fewer attributes are lost.
func (q *Queue) entry(l Letter, index int) entry {
	whole := l.entry(index, string(l.Body), nil)
	if whole.lost == 0 || q.store == nil {
		return whole
	}
	sum := sha256.Sum256(l.Body)
	key := decode.QuarantinePrefix + hex.EncodeToString(sum[:])
	offloaded := l.entry(index, pointer(q.bucket, key), []attribute{
		{name: sizeAttribute, value: strconv.Itoa(len(l.Body)), dataType: numberType},
	})
	if whole.lost <= offloaded.lost {
		return whole
	}
	offloaded.key = key
	return offloaded
}

// pointer is a claim check as the extended client libraries write it.
func pointer(bucket, key string) string {
	b := append([]byte(`["`), decode.ClaimCheckClass...)
	b = append(b, `",{"s3BucketName":`...)
	b, _ = jsontext.AppendQuote(b, bucket) // fails for invalid UTF-8 only, which neither has
	b = append(b, `,"s3Key":`...)
	b, _ = jsontext.AppendQuote(b, key)
	return string(append(b, "}]"...))
}

// offload puts the bodies of letters into the payload bucket, some side by side, and returns those letters whose body is
// there. It sets the error of the others.
func (q *Queue) offload(ctx context.Context, letters []Letter, entries []entry, indices []int, errs []error) []int {
	var (
		calls sync.WaitGroup
		slots = make(chan struct{}, maxCalls)
	)
	for _, i := range indices {
		slots <- struct{}{}
		calls.Go(func() {
			defer func() { <-slots }()
			if err := q.store.Put(ctx, entries[i].key, letters[i].Body); err != nil {
				errs[i] = fmt.Errorf("put body into payload bucket for the validation queue: %w", err)
			}
		})
	}
	calls.Wait()
	return slices.DeleteFunc(slices.Clone(indices), func(i int) bool { return errs[i] != nil })
}
