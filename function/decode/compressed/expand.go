package compressed

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"

	"cc-eventbridge/function/decode/envelope"
)

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
	i := inflaters.Get().(*inflater) //nolint:forcetypeassert // the pool holds nothing else
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
		return nil, envelope.Refuse(envelope.CorruptCompression, "something follows the end of the compressed bytes")
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
		return i.zlib, i.zlib.(zlib.Resetter).Reset(&i.source, nil) //nolint:forcetypeassert // documented for what zlib.NewReader returns
	case deflated:
		if i.raw == nil {
			i.raw = flate.NewReader(&i.source)
			return i.raw, nil
		}
		return i.raw, i.raw.(flate.Resetter).Reset(&i.source, nil) //nolint:forcetypeassert // documented for what flate.NewReader returns
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
		case len(expanded) > ratioFrom && len(expanded) > MaxRatio*i.source.consumed:
			return nil, envelope.Refuse(envelope.CompressionBomb, "it expands more than "+strconv.Itoa(MaxRatio)+"-fold")
		case len(expanded) > limit:
			return nil, envelope.Refuse(envelope.TooLarge, "what is compressed is larger than the maximum for all that is inside a message")
		case errors.Is(err, io.EOF):
			return expanded, nil
		case err != nil:
			return nil, err
		}
	}
}

// corrupt makes an error of an inflater a permanent one, which says no more: theirs may one day have bytes of the body.
func corrupt(err error) error {
	if refused, ok := errors.AsType[*envelope.Error](err); ok {
		return refused
	}
	switch {
	case errors.Is(err, errNotBase64):
		return envelope.Refuse(envelope.CorruptCompression, "a body that should be compressed is not base64 throughout")
	case errors.Is(err, errNoHeader):
		return envelope.Refuse(envelope.CorruptCompression, "an attribute says that the body is compressed, which it is not")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return envelope.Refuse(envelope.CorruptCompression, "the compressed bytes are cut off")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, zlib.ErrChecksum):
		return envelope.Refuse(envelope.CorruptCompression, "the checksum is wrong")
	default:
		return envelope.Refuse(envelope.CorruptCompression, "the compressed bytes are broken")
	}
}
