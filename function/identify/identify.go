// Package identify says which event a message carries, so that the same event is acted on once however often it arrives.
// An event that arrives in both envelopes is two: they share no member that says that they are one.
//
// # Why the canonical form is written here
//
// jsontext writes it too, and the tests hold this package's writer to it. With jsontext in its place a record of 2 KB takes 38
// instead of 31 µs of CPU in the direct envelope and 43 instead of 35 in EventBridge's (median of 9 interleaved runs of
// `go test -run xxx -bench Invoke/.*/100/schemas=warn -cpu 1 ./process` with canonical leaving everything to jsontext), which
// is 18 %. The two side by side take 4.2 against 9.5 µs (median of 5): `go test -run xxx -bench Canonical -cpu 1 ./identify`.
// Below 10 % it should go.
package identify

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/event"
)

// MaxKeyBytes bounds Identity.Key. DynamoDB takes 2,048 bytes for a partition key (Amazon DynamoDB developer guide,
// "Quotas"); half of it leaves room for a prefix and keeps keys readable. Longer ones are hashed.
const MaxKeyBytes = 1024

// Identity is what duplicates of an event have in common.
type Identity struct {
	// Key names the event. It is the envelope's rule followed by a JSON array, so that no value can run into the next.
	Key string
	// PayloadHash is the SHA-256 of the payload's canonical form, in hex. Two messages of one key and different hashes
	// are not the same event, and someone must look at them.
	PayloadHash string
}

// Event returns the identity of an event. What it was wrapped in makes no difference.
//
//   - Direct envelope: type, timestamp and data.id; without an id, the hash of the data takes its place.
//   - EventBridge: source and the hash of the detail, if the detail has a time of its own and its topicName says what the
//     detail-type is. That is what Genesys Cloud sends. Neither the EventBridge id nor "time" (new with every publication), nor
//     metadata.CorrelationId on its own (shared by unrelated events) says which event it is.
//   - EventBridge, of any other detail: the detail-type beside these. Where the detail has no time, also the envelope's "time",
//     or its id if there is none: an agent who joins at eight and again at one is two events. Such an event that is published
//     again is delivered again.
//   - EventBridge, brought by the replay of an archive, if replaysAgain: the replay's name beside these, so that the event
//     is acted on once more for each replay, and once only. Otherwise a replay is like any other duplicate.
//
// The canonical form is RFC 8785's, but integers keep all their digits.
func Event(e event.Event, replaysAgain bool) (Identity, error) {
	hash, err := canonicalHash(e.Payload)
	if err != nil {
		return Identity{}, &decode.Error{Reason: decode.NotJSON, Detail: "the payload has no canonical form"}
	}
	var key []byte
	switch {
	case e.Envelope == event.EventBridge:
		key = published(e, hash, replaysAgain)
	case e.ID != "":
		key = array("direct", quoted(e.Type), canonicalScalar(e.Timestamp), canonicalScalar(e.ID))
	default:
		key = array("direct-data", quoted(e.Type), canonicalScalar(e.Timestamp), `"`+hash+`"`)
	}
	if len(key) > MaxKeyBytes {
		sum := sha256.Sum256(key)
		key = hex.AppendEncode([]byte("sha256:"), sum[:])
	}
	return Identity{Key: string(key), PayloadHash: hash}, nil
}

func array(rule string, elements ...string) []byte {
	key := append(make([]byte, 0, 160), rule...)
	for i, element := range elements {
		if i == 0 {
			key = append(key, '[')
		} else {
			key = append(key, ',')
		}
		key = append(key, element...)
	}
	return append(key, ']')
}

func quoted(text string) string {
	// The decoder let only valid UTF-8 through, which is all that can be wrong with a text.
	quoted, _ := jsontext.AppendQuote(make([]byte, 0, len(text)+2), text)
	return string(quoted)
}

// canonicalScalar gives one notation to scalars that mean the same: "A" and "\u0041", 1.50 and 1.5.
func canonicalScalar(scalar event.Scalar) string {
	value := jsontext.Value(scalar)
	if err := value.Canonicalize(jsontext.CanonicalizeRawInts(false)); err != nil {
		return string(scalar)
	}
	return string(value)
}

// keptBytes is the size from which a canonicalizer's memory is left to the garbage collector: few payloads are that large.
const keptBytes = 64 << 10

var canonicalizers = sync.Pool{New: func() any { return new(canonicalizer) }}

func canonicalHash(payload jsontext.Value) (string, error) {
	c := canonicalizers.Get().(*canonicalizer) // the pool holds nothing else
	defer func() {
		if cap(c.dst) <= keptBytes {
			canonicalizers.Put(c)
		}
	}()
	canonical, err := c.canonical(payload)
	if err != nil {
		return "", fmt.Errorf("write payload in canonical form: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}
