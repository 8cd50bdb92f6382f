package traffic

import (
	"strings"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/function/decode"
	"cc-eventbridge/function/payload"
)

// Bad is a message that can never succeed.
type Bad struct {
	Name string
	// Reason is the one that it is quarantined for.
	Reason string
	Parcel
}

const (
	// depth is beyond what any event is nested to, and what a parser that calls itself bears.
	depth = 10_000
	// bombBytes is what the bomb expands to: a thousand times its size.
	bombBytes = 8 << 20
	// loopKey is the key of the object that points to itself, which can't be named after its content.
	loopKey = contract.ProducerPrefix + "loop"
)

// Malformed returns messages that must end in the validation queue and harm no neighbour.
func Malformed() []Bad {
	var all []Bad
	add := func(name string, reason decode.Reason, body string) {
		all = append(all, Bad{Name: name, Reason: string(reason), Parcel: bare(body)})
	}
	add("not JSON", decode.NotJSON, "telephony.call.created")
	add("only white space", decode.EmptyBody, " \t ")
	add("cut off", decode.NotJSON, `{"event":{"type":"telephony.call.created","data":{"id":"a1`)
	add("not an object", decode.UnknownEnvelope, `["event"]`)
	add("unknown envelope", decode.UnknownEnvelope, `{"notification":{"kind":"call"}}`)
	add("no type", decode.MissingIdentity, `{"event":{"data":{"id":"a1"}},"timestamp":"2025-01-01T00:00:00Z"}`)
	add("no timestamp", decode.MissingIdentity, `{"event":{"type":"telephony.call.created","data":{"id":"a1"}}}`)
	add("nested to depth 10,000", decode.TooDeep, with(nested()))
	add("half of a surrogate pair", decode.InvalidUTF8, with(`"\ud83d"`))
	add("a number beyond float64", decode.NumberOutOfRange, with(`1e999`))
	add("256 KB of no JSON", decode.NotJSON, strings.Repeat("x", maximumBytes-1024))
	add("corrupt gzip", decode.CorruptCompression, inBase64(cutOff(gzipped(with("1")))))
	add("a gzip bomb", decode.CompressionBomb, inBase64(gzipped(strings.Repeat(" ", bombBytes))))
	add("nested to depth 10,000, in gzip", decode.TooDeep, inBase64(gzipped(with(nested()))))
	add("gzip in gzip, once more than anyone sends", decode.TooManyEnvelopes, inBase64(often(gzipped, decode.MaxWrappings+1, with("1"))))
	return all
}

// HostileClaimChecks returns claim checks that must end in the validation queue, and make nobody contact anything but the
// payload bucket.
func HostileClaimChecks(payloads Payloads) []Bad {
	check := func(name, reason string, body string, objects ...Object) Bad {
		return Bad{Name: name, Reason: reason, Parcel: Parcel{Message{Body: body}, objects}}
	}
	loop := claimCheckOf(contract.ClaimCheckClass, payloads.Bucket, loopKey)
	return []Bad{
		check("a foreign bucket", string(decode.ForeignBucket), claimCheckOf(contract.ClaimCheckClass, "another-"+payloads.Bucket, contract.ProducerPrefix+"a")),
		check("a foreign prefix", string(decode.ForeignPrefix), claimCheckOf(contract.ClaimCheckClass, payloads.Bucket, "secrets/a")),
		check("a missing object", payload.MissingObject, claimCheckOf(contract.ClaimCheckClass, payloads.Bucket, contract.ProducerPrefix+"missing")),
		check("an object that points to itself", string(decode.ClaimCheckLoop), loop, Object{loopKey, []byte(loop)}),
		check("a URL inside the network", string(decode.ForeignURL), `{"payloadUrl":"http://169.254.169.254/latest/meta-data/iam/security-credentials/"}`),
	}
}

// with is an event with a value in its data.
func with(value string) string {
	return `{"event":{"type":"telephony.call.created","data":{"id":"malformed","value":` + value + `}},"timestamp":"2025-01-01T00:00:00Z"}`
}

func nested() string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

func cutOff(text string) string { return text[:len(text)-1] }

func often(wrap func(string) string, times int, body string) string {
	for range times {
		body = wrap(body)
	}
	return body
}
