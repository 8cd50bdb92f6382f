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
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
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
//   - EventBridge, of any other detail: the detail-type beside these. Where the detail has no time (0 and year 1 are none), also the
//     envelope's "time", or its id if there is none: an agent who joins at eight and again at one is two events. Such an event that is published
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

// canonicalizer writes a JSON value in the canonical form of RFC 8785, except that integers keep all their digits.
//
// jsontext has this, too, and is what a rare member name (with an escape or beyond ASCII) is left to. But it has to be
// ready for any input and checks it twice more, and a payload has been checked when it was decoded. So this does it in one
// pass, with the fuzz test holding it to jsontext's result. The package's documentation says what that is worth.
type canonicalizer struct {
	src     []byte
	pos     int
	dst     []byte
	members []member // of the objects that are open
	sorted  []byte
}

// member is a member of an object, as it stands in dst: its name without quotes, and the whole of it.
type member struct{ nameEnd, start, end int }

// canonical returns the canonical form of a valid value, which must not be changed and lives until the next call.
func (c *canonicalizer) canonical(value jsontext.Value) (jsontext.Value, error) {
	c.src, c.pos, c.dst, c.members = value, 0, c.dst[:0], c.members[:0]
	if c.value() {
		return c.dst, nil
	}
	c.dst = append(c.dst[:0], value...)
	whole := jsontext.Value(c.dst)
	err := whole.Canonicalize(jsontext.CanonicalizeRawInts(false))
	c.dst = whole
	return whole, err
}

// next passes over white space, commas and colons, of which a valid value has them where they belong.
func (c *canonicalizer) next() byte {
	for {
		switch b := c.src[c.pos]; b {
		case ' ', '\t', '\r', '\n', ',', ':':
			c.pos++
		default:
			return b
		}
	}
}

// value writes one value; false means that there is something in it that is left to jsontext.
func (c *canonicalizer) value() bool {
	switch b := c.next(); b {
	case '{':
		return c.object()
	case '[':
		return c.array()
	case '"':
		return c.text()
	case 't', 'n':
		return c.literal(len("true"))
	case 'f':
		return c.literal(len("false"))
	default:
		return c.number()
	}
}

func (c *canonicalizer) literal(length int) bool {
	c.dst = append(c.dst, c.src[c.pos:c.pos+length]...)
	c.pos += length
	return true
}

func (c *canonicalizer) array() bool {
	c.dst = append(c.dst, '[')
	c.pos++
	for first := true; c.next() != ']'; first = false {
		if !first {
			c.dst = append(c.dst, ',')
		}
		if !c.value() {
			return false
		}
	}
	c.dst = append(c.dst, ']')
	c.pos++
	return true
}

func (c *canonicalizer) object() bool {
	c.dst = append(c.dst, '{')
	c.pos++
	outer := len(c.members)
	inOrder := true
	for c.next() != '}' {
		if len(c.members) > outer {
			c.dst = append(c.dst, ',')
		}
		start := len(c.dst)
		if !c.name() {
			return false
		}
		m := member{nameEnd: len(c.dst) - 1, start: start}
		c.dst = append(c.dst, ':')
		if !c.value() {
			return false
		}
		m.end = len(c.dst)
		inOrder = inOrder && (len(c.members) == outer || c.compare(c.members[len(c.members)-1], m) < 0)
		c.members = append(c.members, m)
	}
	if !inOrder {
		c.reorder(c.members[outer:])
	}
	c.members = c.members[:outer]
	c.dst = append(c.dst, '}')
	c.pos++
	return true
}

func (c *canonicalizer) compare(a, b member) int {
	return bytes.Compare(c.dst[a.start+1:a.nameEnd], c.dst[b.start+1:b.nameEnd])
}

func (c *canonicalizer) reorder(members []member) {
	from := members[0].start
	slices.SortFunc(members, c.compare)
	c.sorted = c.sorted[:0]
	for i, m := range members {
		if i > 0 {
			c.sorted = append(c.sorted, ',')
		}
		c.sorted = append(c.sorted, c.dst[m.start:m.end]...)
	}
	copy(c.dst[from:], c.sorted)
}

// name writes a member's name if the order of its bytes is the order that RFC 8785 sorts by (UTF-16's).
func (c *canonicalizer) name() bool {
	for i := c.pos + 1; ; i++ {
		switch b := c.src[i]; {
		case b == '"':
			return c.literal(i + 1 - c.pos)
		case b == '\\' || b >= 0x80:
			return false
		}
	}
}

func (c *canonicalizer) text() bool {
	for i := c.pos + 1; ; i++ {
		i += bytes.IndexByte(c.src[i:], '"')
		escapes := 0
		for j := i - 1; c.src[j] == '\\'; j-- {
			escapes++
		}
		if escapes%2 == 0 {
			return c.string(c.src[c.pos : i+1])
		}
	}
}

func (c *canonicalizer) string(quoted []byte) bool {
	c.pos += len(quoted)
	if bytes.IndexByte(quoted, '\\') < 0 {
		c.dst = append(c.dst, quoted...)
		return true
	}
	text, err := jsontext.AppendUnquote(nil, quoted)
	if err == nil {
		c.dst, err = jsontext.AppendQuote(c.dst, text)
	}
	return err == nil
}

func (c *canonicalizer) number() bool {
	start, integer := c.pos, true
	for ; c.pos < len(c.src); c.pos++ {
		switch b := c.src[c.pos]; {
		case b >= '0' && b <= '9' || b == '-' || b == '+':
			continue
		case b == '.' || b == 'e' || b == 'E':
			integer = false
			continue
		}
		break
	}
	number := c.src[start:c.pos]
	if string(number) == "-0" {
		number = number[1:]
	}
	if integer {
		c.dst = append(c.dst, number...)
		return true
	}
	float, err := strconv.ParseFloat(string(number), 64)
	if err != nil {
		return false
	}
	c.dst = jsontext.AppendFloat(c.dst, float+0, 64) // + 0 makes 0 of -0
	return true
}
