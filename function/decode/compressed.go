package decode

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/walk"
)

const (
	// maxRatio is how many times larger than itself a body may become. JSON of real events shrinks to a tenth, very
	// repetitive JSON to a hundredth; deflate can reach 1,032 (zlib's technical details, "Maximum Compression Factor"),
	// which only a bomb does.
	maxRatio = 200
	// ratioFrom is the size in bytes up to which no ratio is too much: it costs little.
	ratioFrom = 1 << 20
)

// isCompressed reports whether a body that is not plainly JSON has an attribute or first bytes of a compression.
func isCompressed(doc document, o outline) bool {
	return o.kind == 0 && (magic(doc.body) || encodingOf(doc.attributes) != "")
}

// decodeCompressed expands a body. It is refused when it is corrupt (cut off, a wrong checksum, anything behind its end), when
// it is larger than doc.limit, or when beyond 1 MiB it is more than maxRatio times larger than what was read of it so far: a
// bomb is found out in the first of its gigabytes.
//
// The attribute has then been used, and what is inside has none that speaks of a compression.
func decodeCompressed(doc document) (content, error) {
	expanded, err := expand(doc.body, encodingOf(doc.attributes), doc.limit)
	if err != nil {
		return content{}, err
	}
	return content{inner: document{body: expanded}}, nil
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

// encoding is the name of a compression, as attributes have it.
type encoding string

const (
	gzipped  encoding = "gzip"
	zlibbed  encoding = "zlib"
	deflated encoding = "deflate"
)

// encodingOf returns the compression that a message's attributes name, "" for none or another. Attributes are a JSON
// object, of SQS as Lambda passes them on ({"name": {"stringValue": "gzip"}}) or of SNS ({"name": {"Value": "gzip"}}).
func encodingOf(attributes jsontext.Value) encoding {
	if attributes.Kind() != jsontext.KindBeginObject {
		return ""
	}
	var found encoding
	r := walk.New(attributes)
	_, err := r.Object(func(name []byte) error {
		if !namesEncoding(name) || r.Kind() != jsontext.KindBeginObject {
			return r.Skip()
		}
		_, err := r.Object(func(name []byte) error {
			switch string(name) {
			case "stringValue", "StringValue", "Value":
				value, err := r.Text()
				if known := knownEncoding(value); known != "" {
					found = known
				}
				return err
			default:
				return r.Skip()
			}
		})
		return err
	})
	if err != nil {
		return ""
	}
	return found
}

func namesEncoding(name []byte) bool {
	switch strings.ToLower(string(name)) {
	case "content-encoding", "contentencoding", "compression":
		return true
	default:
		return false
	}
}

func knownEncoding(value string) encoding {
	switch e := encoding(strings.ToLower(strings.TrimSpace(value))); e {
	case gzipped, zlibbed, deflated:
		return e
	default:
		return ""
	}
}

// firstGuess is how many times larger than its body the buffer for what comes out is made at first, up to the size from
// which the ratio is watched: a large bomb gets no more than a small one.
const firstGuess = 4

// inflater has what it takes to expand one body. An inflater of package flate is 40 KB, so that they are kept.
type inflater struct {
	source source
	gzip   gzip.Reader
	zlib   io.ReadCloser
	raw    io.ReadCloser
}

var inflaters = sync.Pool{New: func() any { return new(inflater) }}

// expand returns what is compressed in a body. stated is what its attribute says, "" if nothing.
func expand(body []byte, stated encoding, limit int) ([]byte, error) {
	i := inflaters.Get().(*inflater) // the pool holds nothing else
	defer func() {
		i.source.reset(nil, false) // or the pool would keep the body
		inflaters.Put(i)
	}()
	i.source.reset(body, isText(body))
	reader, err := i.open(stated)
	if err != nil {
		return nil, corrupt(err)
	}
	expanded, err := i.read(reader, len(body), limit)
	if err != nil {
		return nil, corrupt(err)
	}
	if _, err := i.source.ReadByte(); !errors.Is(err, io.EOF) {
		return nil, refuse(CorruptCompression, "something follows the end of the compressed bytes")
	}
	return expanded, nil
}

var errNoHeader = errors.New("no header")

// open returns a reader of what is compressed.
func (i *inflater) open(stated encoding) (io.Reader, error) {
	found := headerOf(i.source.peek(2))
	if found == "" && stated == deflated {
		found = deflated
	}
	switch found {
	case gzipped:
		return &i.gzip, i.gzip.Reset(&i.source)
	case zlibbed:
		if i.zlib == nil {
			reader, err := zlib.NewReader(&i.source)
			if err != nil {
				return nil, fmt.Errorf("read header of zlib: %w", err)
			}
			i.zlib = reader
			return reader, nil
		}
		return i.zlib, i.zlib.(zlib.Resetter).Reset(&i.source, nil) // documented for what zlib.NewReader returns
	case deflated:
		if i.raw == nil {
			i.raw = flate.NewReader(&i.source)
			return i.raw, nil
		}
		return i.raw, i.raw.(flate.Resetter).Reset(&i.source, nil) // documented for what flate.NewReader returns
	default:
		return nil, errNoHeader
	}
}

// read reads all there is, within the limits, into a buffer that grows as it is filled: nobody is believed who says how
// much it will be.
func (i *inflater) read(reader io.Reader, bodySize, limit int) ([]byte, error) {
	expanded := make([]byte, 0, min(firstGuess*bodySize+512, ratioFrom+1, limit+1))
	for {
		if len(expanded) == cap(expanded) {
			expanded = slices.Grow(expanded, min(cap(expanded)+1, limit+1-len(expanded)))
		}
		n, err := reader.Read(expanded[len(expanded):cap(expanded)])
		expanded = expanded[:len(expanded)+n]
		switch {
		case len(expanded) > ratioFrom && len(expanded) > maxRatio*i.source.consumed:
			return nil, refuse(CompressionBomb, "it expands more than "+strconv.Itoa(maxRatio)+"-fold")
		case len(expanded) > limit:
			return nil, refuse(TooLarge, "what is compressed is larger than the maximum for all that is inside a message")
		case errors.Is(err, io.EOF):
			return expanded, nil
		case err != nil:
			return nil, err
		}
	}
}

// corrupt makes an error of an inflater a permanent one, which says no more: theirs may one day have bytes of the body.
func corrupt(err error) error {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused
	}
	switch {
	case errors.Is(err, errNotBase64):
		return refuse(CorruptCompression, "a body that should be compressed is not base64 throughout")
	case errors.Is(err, errNoHeader):
		return refuse(CorruptCompression, "an attribute says that the body is compressed, but it has no header of gzip or zlib")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refuse(CorruptCompression, "the compressed bytes are cut off")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zlib.ErrChecksum):
		return refuse(CorruptCompression, "the checksum is wrong")
	default:
		return refuse(CorruptCompression, "the compressed bytes are broken")
	}
}
