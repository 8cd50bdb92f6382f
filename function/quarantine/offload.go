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

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/internal/safely"
)

// entry is the message as it goes to the queue: with its body, or by claim check if that way fewer attributes are lost.
func (q *Queue) entry(m Message, index int) entry {
	whole := m.entry(index, string(m.Body), nil)
	if whole.lost == 0 || q.store == nil {
		return whole
	}
	sum := sha256.Sum256(m.Body)
	key := contract.QuarantinePrefix + hex.EncodeToString(sum[:])
	offloaded := m.entry(index, pointer(q.bucket, key), []attribute{
		{name: contract.ClaimCheckSize, value: strconv.Itoa(len(m.Body)), dataType: numberType},
	})
	if whole.lost <= offloaded.lost {
		return whole
	}
	offloaded.key = key
	return offloaded
}

// pointer is a claim check as the extended client libraries write it.
func pointer(bucket, key string) string {
	b := append([]byte(`["`), contract.ClaimCheckClass...)
	b = append(b, `",{"s3BucketName":`...)
	b, _ = jsontext.AppendQuote(b, bucket) // fails for invalid UTF-8 only, which neither has
	b = append(b, `,"s3Key":`...)
	b, _ = jsontext.AppendQuote(b, key)
	return string(append(b, "}]"...))
}

// offload puts the bodies of messages into the payload bucket, some side by side, and returns those messages whose body is
// there. It sets the error of the others.
func (q *Queue) offload(ctx context.Context, messages []Message, entries []entry, indices []int, errs []error) []int {
	var (
		calls sync.WaitGroup
		slots = make(chan struct{}, maxCalls)
	)
	for _, i := range indices {
		slots <- struct{}{}
		safely.Go(&calls, func() {
			defer func() { <-slots }()
			if err := q.store.Put(ctx, entries[i].key, messages[i].Body); err != nil {
				errs[i] = fmt.Errorf("put body into payload bucket for the validation queue: %w", err)
			}
		}, func(err error) {
			errs[i] = fmt.Errorf("put body into payload bucket for the validation queue: %w", err)
		})
	}
	calls.Wait()
	return slices.DeleteFunc(slices.Clone(indices), func(i int) bool { return errs[i] != nil })
}
