package decode

import (
	"encoding/base64"
	"errors"
	"io"
)

// chunk is how many bytes of base64 are decoded at a time; a multiple of 4.
const chunk = 4096

// textSample is how many bytes of a body are looked at to tell base64 from compressed bytes. That compressed bytes, which
// look random, are all of the alphabet is less likely than one in 10^14 from 24 bytes on, and shorter bodies hold no event.
const textSample = 64

var errNotBase64 = errors.New("not base64")

// source reads a body, out of base64 if it is in it, and counts what was read. It hands out single bytes, because that is
// how the inflaters read exactly up to the end of a stream and not beyond.
type source struct {
	body     []byte // what is still to be read of the body
	text     bool
	closed   bool // padding was met: nothing but more of it may follow
	consumed int  // decoded bytes that were handed out
	decoded  []byte
	clean    [chunk]byte
	buffer   [chunk / 4 * 3]byte
}

func (s *source) reset(body []byte, text bool) {
	s.body, s.text, s.closed, s.consumed, s.decoded = body, text, false, 0, nil
	if !text {
		s.decoded, s.body = body, nil
	}
}

// isText reports whether a body looks like base64.
func isText(body []byte) bool {
	for _, c := range body[:min(len(body), textSample)] {
		if sixBits[c] == foreign {
			return false
		}
	}
	return true
}

// fill decodes the next chunk of base64; io.EOF says that there is none.
func (s *source) fill() error {
	for len(s.decoded) == 0 {
		if len(s.body) == 0 {
			return io.EOF
		}
		n, read := 0, 0
		for read < len(s.body) && n < chunk {
			c := s.body[read]
			read++
			switch kind := sixBits[c]; {
			case kind == space:
			case kind == padding:
				s.closed = true
			case kind == foreign || s.closed:
				return errNotBase64
			default:
				s.clean[n] = kind
				n++
			}
		}
		s.body = s.body[read:]
		decoded, err := base64.RawStdEncoding.Decode(s.buffer[:], s.clean[:n])
		if err != nil {
			return errNotBase64
		}
		s.decoded = s.buffer[:decoded]
	}
	return nil
}

// peek returns the next n bytes without reading them, or as many as there are.
func (s *source) peek(n int) []byte {
	if s.fill() != nil {
		return nil
	}
	return s.decoded[:min(n, len(s.decoded))]
}

// ReadByte makes the inflaters read no further than they need.
func (s *source) ReadByte() (byte, error) {
	if len(s.decoded) == 0 {
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
	b := s.decoded[0]
	s.decoded = s.decoded[1:]
	s.consumed++
	return b, nil
}

func (s *source) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := s.fill(); err != nil {
		return 0, err
	}
	n := copy(p, s.decoded)
	s.decoded = s.decoded[n:]
	s.consumed += n
	return n, nil
}

// Classes of bytes in sixBits beside the characters of the alphabet, which stand for themselves, URL's for standard's.
const (
	foreign byte = 0
	space   byte = ' '
	padding byte = '='
)

var sixBits = func() (table [256]byte) {
	for c := range table {
		switch c := byte(c); {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/', c == '=':
			table[c] = c
		case c == '-':
			table[c] = '+'
		case c == '_':
			table[c] = '/'
		case c == ' ', c == '\t', c == '\r', c == '\n':
			table[c] = space
		}
	}
	return table
}()
