// Package walk reads the members of interest of a JSON document on one pass, without building the rest in memory.
package walk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/go-json-experiment/json/jsontext"
)

// Reader walks one document. The values it returns share the document's memory, texts excepted.
type Reader struct {
	dec      *jsontext.Decoder
	document []byte
	scratch  []byte
}

// New returns a reader at the start of document.
func New(document []byte, options ...jsontext.Options) *Reader {
	return &Reader{dec: jsontext.NewDecoder(bytes.NewBuffer(document), options...), document: document}
}

// Kind is the kind of the value that comes next.
func (r *Reader) Kind() jsontext.Kind { return r.dec.PeekKind() }

// Skip passes over the next value, checking its syntax.
func (r *Reader) Skip() error {
	// Costs half of what the decoder's SkipValue does, which is made for values that don't fit into memory.
	_, err := r.dec.ReadValue()
	return err
}

// Raw returns the next value as it was written.
func (r *Reader) Raw() (jsontext.Value, error) {
	value, err := r.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := int(r.dec.InputOffset())
	return r.document[end-len(value) : end : end], nil
}

// Text returns the next value if it is a string; it skips anything else and returns "".
func (r *Reader) Text() (string, error) {
	if r.Kind() != jsontext.KindString {
		return "", r.Skip()
	}
	quoted, err := r.dec.ReadValue()
	if err != nil {
		return "", err
	}
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1]), nil
	}
	// The decoder has accepted the string; where it was told to accept broken text, replacement characters stand for it.
	r.scratch, _ = jsontext.AppendUnquote(r.scratch[:0], quoted)
	return string(r.scratch), nil
}

// Object calls member with the name of each member of the next value, which must be an object; member consumes the
// member's value. It returns the whole object as it was written.
func (r *Reader) Object(member func(name []byte) error) (jsontext.Value, error) {
	if err := r.begin(jsontext.KindBeginObject); err != nil {
		return nil, err
	}
	start := int(r.dec.InputOffset()) - 1
	for r.Kind() != jsontext.KindEndObject {
		quoted, err := r.dec.ReadValue()
		if err != nil {
			return nil, err
		}
		name := quoted[1 : len(quoted)-1]
		if bytes.IndexByte(name, '\\') >= 0 {
			name, _ = jsontext.AppendUnquote(nil, quoted)
		}
		if err := member(name); err != nil {
			return nil, err
		}
	}
	_, err := r.dec.ReadToken()
	end := int(r.dec.InputOffset())
	return r.document[start:end:end], err
}

// Array calls element before each element of the next value, which must be an array; element consumes it.
func (r *Reader) Array(element func(index int) error) error {
	if err := r.begin(jsontext.KindBeginArray); err != nil {
		return err
	}
	for i := 0; r.Kind() != jsontext.KindEndArray; i++ {
		if err := element(i); err != nil {
			return err
		}
	}
	_, err := r.dec.ReadToken()
	return err
}

// begin reads the token that a value of a kind begins with. Any other is an error.
func (r *Reader) begin(kind jsontext.Kind) error {
	token, err := r.dec.ReadToken()
	if err == nil && token.Kind() != kind {
		err = fmt.Errorf("the value is a JSON %s, should be a %s", token.Kind(), kind)
	}
	return err
}

var errTrailing = errors.New("more follows the JSON value")

// End reports an error unless nothing but white space is left.
func (r *Reader) End() error {
	_, err := r.dec.ReadToken()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return errTrailing
	default:
		return err
	}
}

// Eight of a byte, for looking at eight bytes at a time.
const (
	ones        = 0x0101010101010101
	quotes      = ones * '"'
	backslashes = ones * '\\'
	highBits    = ones << 7
)

// SkipString returns the index of the quote that closes the string whose text starts at i, or the document's length if none
// does. It needs no valid JSON. Most of a document is strings, and most of those are short: calling bytes.IndexByte
// for each takes twice as long.
func SkipString(document []byte, i int) int {
	for len(document)-i >= 8 {
		eight := binary.LittleEndian.Uint64(document[i:])
		// Zero where there is a quote, or a backslash; the lowest byte that is zero then gets its high bit (Hacker's Delight,
		// "Find First 0-Byte").
		quote, backslash := eight^quotes, eight^backslashes
		found := ((quote-ones)&^quote | (backslash-ones)&^backslash) & highBits
		if found == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(found) / 8
		if document[i] == '"' {
			return i
		}
		i += 2
	}
	for i < len(document) && document[i] != '"' {
		if document[i] == '\\' {
			i++
		}
		i++
	}
	return min(i, len(document))
}
