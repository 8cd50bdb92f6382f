// Package compressed decodes bodies that are compressed, around any of the other envelopes:
//
//	H4sIAAAAAAAA/6tWSi1LzStRsqpWKqksSFWyUipRqq0FAIlS…        base64 of gzip
//
// The compression is gzip (RFC 1952; of several members, as its section 2.2 allows), zlib (RFC 1950) or raw deflate (RFC
// 1951). A message is text, so that it comes in base64: of the standard or the URL alphabet, padded or not, with line
// breaks or without. An object of the payload bucket may be the compressed bytes themselves.
//
// What is compressed is told by
//   - the message attribute content-encoding, contentencoding or compression (of any case): gzip, deflate or zlib;
//   - or without one the first bytes: 1f 8b 08 of gzip ("H4sI" in base64) and a header of zlib that begins with 78 ("eA", "eF",
//     "eJ", "eN"), none of which can begin a JSON value.
//
// The bytes have the last word on which compression it is: a header of gzip or zlib is believed, whatever the attribute
// says, and raw deflate, which has no header, needs an attribute that says deflate. A body that begins with {, [ or " is
// taken for JSON even if the attribute says that it is compressed: an attribute may well be left over from a step
// before, and neither base64 nor any compression of JSON begins with one of these.
//
// Expanding is bounded, see Decode, so that no body can take more memory or time than the largest good one.
package compressed

import (
	"bytes"
	"encoding/base64"

	"cc-eventbridge/function/decode/envelope"
)

// Name is the decoder's name in flags and logs.
const Name = "compressed"

const (
	// MaxRatio is how many times larger than itself a body may become. JSON of real events shrinks to a tenth, very
	// repetitive JSON to a hundredth; deflate can reach 1,032 (zlib's technical details, "Maximum Compression Factor"),
	// which only a bomb does.
	MaxRatio = 200
	// ratioFrom is the size in bytes up to which no ratio is too much: it costs little.
	ratioFrom = 1 << 20
)

// Decoder decodes compressed bodies.
type Decoder struct{}

// Name is the decoder's name in flags and logs.
func (Decoder) Name() string { return Name }

// Recognizes reports whether a body that is not plainly JSON has an attribute or first bytes of a compression.
func (Decoder) Recognizes(document envelope.Document, outline envelope.Outline) bool {
	return outline.Kind == 0 && (magic(document.Body) || encodingOf(document.Attributes) != "")
}

// Decode expands a body. It is refused when it is corrupt (cut off, a wrong checksum, anything behind its end), when it
// is larger than document.Limit, or when beyond 1 MiB it is more than MaxRatio times larger than what was read of it so
// far: a bomb is found out in the first of its gigabytes.
//
// The attribute has then been heard, and what is inside has none that speaks of a compression.
func (Decoder) Decode(document envelope.Document) (envelope.Content, error) {
	expanded, err := expand(document.Body, encodingOf(document.Attributes), document.Limit)
	if err != nil {
		return envelope.Content{}, err
	}
	return envelope.Content{Inner: envelope.Document{Body: expanded}}, nil
}

// magic reports whether a body begins as a compression with a header does, in base64 or without.
func magic(body []byte) bool {
	if credible(body) {
		return true
	}
	text := bytes.TrimLeft(body, " \t\r\n")
	if len(text) < 4 || text[0] != 'H' && text[0] != 'e' {
		return false
	}
	var first [3]byte
	n, err := base64.StdEncoding.Decode(first[:], text[:4])
	return err == nil && credible(first[:n])
}

// credible reports a header that needs no attribute. Of zlib's, that is only the one for the full window, which nearly
// all encoders use: a text may well begin with the bytes of another.
func credible(b []byte) bool {
	switch headerOf(b) {
	case gzipped:
		return len(b) > 2 && b[2] == 8
	case zlibbed:
		return b[0] == 0x78
	default:
		return false
	}
}

// headerOf returns which compression has the header that the bytes begin with, "" for none.
func headerOf(b []byte) encoding {
	switch {
	case len(b) < 2:
		return ""
	case b[0] == 0x1f && b[1] == 0x8b:
		return gzipped
	// RFC 1950, section 2.2: deflate with a window of up to 32 KiB, no preset dictionary, a multiple of 31.
	case b[0]&0x0f == 8 && b[0]>>4 <= 7 && b[1]&0x20 == 0 && (int(b[0])<<8|int(b[1]))%31 == 0:
		return zlibbed
	default:
		return ""
	}
}
