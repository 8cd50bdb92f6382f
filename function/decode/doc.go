// Package decode takes the envelopes off a message, one in another, down to the event. This is the specification of the
// envelopes; each has a file of its name with its decoder, and examples below testdata.
//
// An event comes in one of two envelopes: Genesys Cloud's own (direct) or EventBridge's (eventbridge). Around it there may
// be wrappings: a notification of SNS (sns), compression (compressed) and a claim check (claim-check), which says where in
// the payload bucket the rest lies. These names are the decoders' in flags and logs.
//
// # Which envelope a body is in
//
// That shows in the body itself. No body is recognized by two decoders, and the order of members makes no difference. A
// decoder that is switched off still recognizes its envelopes: the message is refused, and is never taken for another event.
//
//   - direct: an object with "event" and without "detail".
//   - eventbridge: an object with "detail" or "detail-type" and without "event".
//   - sns: an object with "Type", "Message" and "TopicArn" and without "event", "detail" and "detail-type".
//   - claim-check: an array that begins with a class name of the extended client libraries; or an object with "payloadUrl"
//     that is none of the above and has no "event", "detail" or "detail-type".
//   - compressed: what does not begin like JSON ({, [ or ") and has an attribute or first bytes of a compression.
//
// A body is gone over twice. The first look passes over its bytes, checks what must be checked before anything recurses, and
// notes which of the names above are there. The decoder that this selects then makes the one walk that parses.
//
// # direct
//
// What Genesys Cloud writes to the queue itself:
//
//	{"event":     {"type": "telephony.call.created",
//	               "data": {"id": "…", …},
//	               …},
//	 "timestamp": "2026-01-02T03:04:05.678Z",
//	 "metadata":  {"organizationId": "…"},
//	 …}
//
// type must be a text that is not empty, timestamp such a text or a number, data anything but null. data.id may be
// missing. Unknown members are kept as they came (event.Event's Extra).
//
// # eventbridge
//
// What EventBridge delivers partner events in (Amazon EventBridge user guide, "AWS service event structure"):
//
//	{"version":     "0",
//	 "id":          "…",                    new with every publication
//	 "detail-type": "v2.users.{id}.presence",
//	 "source":      "aws.partner/genesys.com/cloud/<organization>/<suffix>",
//	 "account":     "…", "time": "…", "region": "…", "resources": [],
//	 "replay-name": "…",                    only when an archive is replayed
//	 "detail":      {"topicName": "v2.users.<id>.presence",
//	                 "version":   "2",
//	                 "eventBody": {"eventTime": 1767323045678, …},
//	                 "metadata":  {"CorrelationId": "…"},
//	                 "timestamp": "2026-01-02T03:04:05.901Z"},
//	 …}
//
// source and detail-type must be texts that are not empty, detail an object with at least one member; nothing in detail
// is required. "time" has a resolution of one second and is the publication's, not the event's: it is looked at only for the
// identity of an event whose detail has no time. Unknown members are kept as they came (event.Event's Extra).
//
// # sns
//
// What Amazon SNS wraps a message in when it delivers to a queue without raw message delivery (Amazon SNS developer guide,
// "Amazon SNS message delivery to Amazon SQS"):
//
//	{"Type":              "Notification",
//	 "MessageId":         "…",
//	 "TopicArn":          "arn:aws:sns:…",
//	 "Message":           "what was published, as a text",
//	 "Timestamp":         "…",
//	 "MessageAttributes": {"content-encoding": {"Type": "String", "Value": "gzip"}},
//	 "SignatureVersion":  "1", "Signature": "…", "SigningCertURL": "…", "UnsubscribeURL": "…"}
//
// What is inside is Message, with the MessageAttributes; in a notification without any, the queue's own attributes apply.
//
// The signature is not checked. It would protect a receiver that anyone can send to; the queue's policy says who can send to
// this one, and such a sender can do without SNS. To check it, the function would have to fetch a certificate from a URL
// that the message names. Nothing in a notification is contacted: neither that URL nor the one that would confirm a
// subscription, which is refused and left for an operator to see.
//
// # compressed
//
// Any of the other envelopes, compressed:
//
//	H4sIAAAAAAAA/6tWSi1LzStRsqpWKqksSFWyUipRqq0FAIlS…        base64 of gzip
//
// The compression is gzip (RFC 1952; of several members, as its section 2.2 allows), zlib (RFC 1950) or raw deflate (RFC
// 1951). A message is text, so it comes in base64: of the standard or the URL alphabet, padded or not, with line breaks or
// without. An object of the payload bucket may be the compressed bytes themselves.
//
// A body is taken to be compressed by
//   - the message attribute content-encoding, contentencoding or compression (of any case): gzip, deflate or zlib;
//   - or without one by its first bytes: 1f 8b 08 of gzip ("H4sI" in base64) or a header of zlib that begins with 78 ("eA",
//     "eF", "eJ", "eN"), none of which can begin a JSON value.
//
// The bytes have the last word on which compression it is: a header of gzip or zlib is believed, whatever the attribute
// says, and raw deflate, which has no header, needs an attribute that says deflate. A body that begins with {, [ or " is
// taken for JSON even if the attribute says that it is compressed: an attribute may be left over from an earlier step, and
// neither base64 nor any compression of JSON begins with one of these. What is inside has no attributes: they have been used.
//
// # claim-check
//
// A message that says where in the payload bucket its body lies, because that is too large for a queue. It is what the
// extended client libraries of Amazon SQS and SNS write (Amazon SQS developer guide, "Managing large Amazon SQS messages"),
// of the newer class name or the older:
//
//	["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "…", "s3Key": "…"}]
//	["com.amazon.sqs.javamessaging.MessageS3Pointer",      {"s3BucketName": "…", "s3Key": "…"}]
//
// or an object whose payloadUrl is a pre-signed URL:
//
//	{"payloadUrl": "https://<bucket>.s3.<region>.amazonaws.com/payloads/…?X-Amz-Signature=…"}
//
// The object has the message's attributes: a producer's library leaves them in place when it puts the body elsewhere.
//
// Nothing but the payload bucket can be contacted by way of a claim check. The package contacts nobody; what it returns is a
// bucket and a key that ClaimCheckRules allow, and the function reads that object with its own role. A URL is never
// requested: it is compared, byte for byte, with the hosts that the bucket has, and taken apart into bucket and key; its
// query, with the signature, is ignored. So a URL to an address of the network inside (169.254.169.254), one with
// credentials before the host, one whose host only looks like the bucket's or one that redirects have no effect.
//
// # Bounds
//
//   - A body nests at most 128 levels, has at most 1,048,576 names and values, where a number with an exponent counts for
//     four, and no number beyond float64. Objects in one another have at most 65,536 names together,
//     where one counts for every 64 bytes.
//   - At most MaxWrappings are around an event.
//   - What comes out of all wrappings of a message together, the object of its claim check not counted, has at most
//     Limits.MaxBytes; so has that object.
//   - Beyond 1 MiB, what is compressed expands at most 200-fold.
//   - One claim check per message: its object has none in it, itself or another. Two objects that refer to each other would
//     keep the function reading for ever.
//
// # Bodies that come back from quarantine
//
// What lies under contract.QuarantinePrefix was put there by package quarantine: a message's own body, for which the
// validation queue had no room. When that message is sent to the ingestion queue again, its claim check is followed first,
// and what it leads to is opened as if it had come in the message. So it counts neither as a wrapping nor as the message's one
// claim check, and switching off the decoder claim-check leaves it alone.
//
// That holds for the body of a message alone. Within any wrapping, such a claim check is like every other.
//
// # Errors
//
// A body that can never be processed is refused with an *Error and a Reason. Its text never has values of the body in it,
// because those are personal data.
//
// Half of a surrogate pair in a text ("\ud83d" alone) is InvalidUTF8, since no UTF-8 says what it is. Where
// Message.ReplaceLoneSurrogates says so, it is read as U+FFFD instead, in what comes out of wrappings as well: the event
// then has "\ufffd" in its place.
//
// An event's identity (package identify) is the same whatever it was wrapped in.
package decode
