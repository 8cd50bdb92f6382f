package pointer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"cc-eventbridge/function/decode/envelope"
)

// MaxKeyBytes is the longest key that S3 has (Amazon S3 user guide, "Naming Amazon S3 objects").
const MaxKeyBytes = 1024

// Rules say which objects a claim check may point to.
type Rules struct {
	// Bucket is the payload bucket; "" where there is none.
	Bucket string
	// Region is the bucket's, for the hosts of its URLs.
	Region string
	// Prefixes are what keys must begin with, each with its slash; none allows nothing.
	Prefixes []string
	// Endpoint is the URL of an S3 other than AWS's, as in tests ("http://127.0.0.1:4566"); "" for AWS. URLs of pointers
	// must then be of that scheme, host and port.
	Endpoint string
}

var errOff = envelope.Refuse(envelope.ClaimCheckOff, "this stack has no payload bucket")

// check reports an error unless the rules allow a pointer. No error names the bucket or the key: the sender chose them.
func (r Rules) check(p Pointer) error {
	switch {
	case r.Bucket == "":
		return errOff
	case p.Bucket != r.Bucket:
		return envelope.Refuse(envelope.ForeignBucket, "the bucket should be the payload bucket")
	case p.Key == "" || len(p.Key) > MaxKeyBytes:
		return envelope.Refuse(envelope.BadPointer, "the key should have 1 to 1024 bytes")
	case !utf8.ValidString(p.Key):
		return envelope.Refuse(envelope.BadPointer, "the key should be UTF-8")
	case strings.ContainsFunc(p.Key, unicode.IsControl):
		return envelope.Refuse(envelope.BadPointer, "the key should have no control characters")
	case climbs(p.Key):
		return envelope.Refuse(envelope.BadPointer, `the key should have no "..", and no "." between slashes`)
	}
	for _, prefix := range r.Prefixes {
		if name, ok := strings.CutPrefix(p.Key, prefix); ok && name != "" {
			return nil
		}
	}
	return envelope.Refuse(envelope.ForeignPrefix, "the key should be a name behind one of the prefixes that payloads have")
}

// climbs reports a key that is another one to whoever resolves it like a path, as some proxies and clients do.
func climbs(key string) bool {
	return strings.Contains(key, "..") || strings.Contains("/"+key+"/", "/./")
}
