package schema

import (
	"bytes"
	"math"
	"strconv"

	"cc-eventbridge/function/internal/walk"
)

const (
	// maxShapeDepth bounds recursion on documents that the decoder has not bounded.
	maxShapeDepth = 1000
	// keptElements is how many different elements of an array are remembered to leave out those of the same shape. Arrays
	// of events have a few kinds of elements; where there are more, the shape is longer than it need be and just as right.
	keptElements = 8
	// none is the index behind a value that is not there.
	none = -1
)

// shaper reduces a JSON document to its shape, which is a JSON document as well. The document must be valid JSON without
// duplicate names; of one that is not, the shape has no meaning.
type shaper struct {
	document []byte
	shape    []byte
	names    map[string]struct{} // of the members to keep; nil keeps all
}

// appendShape appends the document's shape to dst. It reports false where it met something that is not JSON.
func appendShape(dst, document []byte, names map[string]struct{}) ([]byte, bool) {
	s := shaper{document: document, shape: dst, names: names}
	end := s.value(s.space(0), 0)
	return s.shape, end != none && s.space(end) == len(document)
}

// value appends the shape of the value at i and returns the index behind it, none if there is no value.
func (s *shaper) value(i, depth int) int {
	if i >= len(s.document) || depth > maxShapeDepth {
		return none
	}
	switch c := s.document[i]; c {
	case '{':
		return s.object(i, depth)
	case '[':
		return s.array(i, depth)
	case '"':
		s.shape = append(s.shape, `""`...)
		return s.text(i)
	case 't':
		s.shape = append(s.shape, "true"...)
		return s.literal(i, "true")
	case 'f':
		s.shape = append(s.shape, "true"...)
		return s.literal(i, "false")
	case 'n':
		s.shape = append(s.shape, "null"...)
		return s.literal(i, "null")
	default:
		end := s.number(i)
		switch {
		case end == i:
			return none
		case integer(s.document[i:end]):
			s.shape = append(s.shape, '0')
		default:
			s.shape = append(s.shape, "0.5"...)
		}
		return end
	}
}

func (s *shaper) object(i, depth int) int {
	s.shape = append(s.shape, '{')
	first := true
	if i = s.space(i + 1); s.at(i) == '}' {
		s.shape = append(s.shape, '}')
		return i + 1
	}
	for {
		if s.at(i) != '"' {
			return none
		}
		end := s.text(i)
		if end == none {
			return none
		}
		name := s.document[i:end]
		if i = s.space(end); s.at(i) != ':' {
			return none
		}
		i = s.space(i + 1)
		if s.keeps(name) {
			if !first {
				s.shape = append(s.shape, ',')
			}
			first = false
			s.shape = append(append(s.shape, name...), ':')
			i = s.value(i, depth+1)
		} else {
			i = s.skip(i)
		}
		if i == none {
			return none
		}
		switch i = s.space(i); s.at(i) {
		case ',':
			i = s.space(i + 1)
		case '}':
			s.shape = append(s.shape, '}')
			return i + 1
		default:
			return none
		}
	}
}

// keeps reports whether a member, given by its name in quotes, belongs to the shape. A name that is written with escapes
// is kept without looking further: what is kept too much does no harm.
func (s *shaper) keeps(name []byte) bool {
	if s.names == nil || bytes.IndexByte(name, '\\') >= 0 {
		return true
	}
	_, ok := s.names[string(name[1:len(name)-1])]
	return ok
}

func (s *shaper) array(i, depth int) int {
	s.shape = append(s.shape, '[')
	if i = s.space(i + 1); s.at(i) == ']' {
		s.shape = append(s.shape, ']')
		return i + 1
	}
	var (
		kept  [keptElements][2]int
		count int
		first = true
	)
	for {
		before := len(s.shape)
		if !first {
			s.shape = append(s.shape, ',')
		}
		start := len(s.shape)
		if i = s.value(i, depth+1); i == none {
			return none
		}
		switch {
		case s.seen(kept[:count], start):
			s.shape = s.shape[:before]
		case count < keptElements:
			kept[count] = [2]int{start, len(s.shape)}
			count++
		}
		first = false
		switch i = s.space(i); s.at(i) {
		case ',':
			i = s.space(i + 1)
		case ']':
			s.shape = append(s.shape, ']')
			return i + 1
		default:
			return none
		}
	}
}

// seen reports whether the shape from start on is that of an earlier element.
func (s *shaper) seen(kept [][2]int, start int) bool {
	for _, k := range kept {
		if bytes.Equal(s.shape[k[0]:k[1]], s.shape[start:]) {
			return true
		}
	}
	return false
}

// skip passes over a value that the shape does not have.
func (s *shaper) skip(i int) int {
	depth := 0
	for i < len(s.document) {
		switch s.document[i] {
		case '"':
			if i = s.text(i); i == none {
				return none
			}
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return none
}

// text returns the index behind the string that begins at i, none if it does not end.
func (s *shaper) text(i int) int {
	end := walk.SkipString(s.document, i+1)
	if end == len(s.document) {
		return none
	}
	return end + 1
}

func (s *shaper) literal(i int, text string) int {
	if !bytes.HasPrefix(s.document[i:], []byte(text)) {
		return none
	}
	return i + len(text)
}

func (s *shaper) number(i int) int {
	for i < len(s.document) {
		switch c := s.document[i]; {
		case c >= '0' && c <= '9', c == '.', c == 'e', c == 'E', c == '+', c == '-':
			i++
		default:
			return i
		}
	}
	return i
}

// integer reports whether a number has no fraction once it is a float64, which is how it is validated.
func integer(number []byte) bool {
	if !bytes.ContainsAny(number, ".eE") {
		return true
	}
	f, err := strconv.ParseFloat(string(number), 64)
	return err == nil && f == math.Trunc(f)
}

func (s *shaper) space(i int) int {
	for i < len(s.document) {
		switch s.document[i] {
		case ' ', '\t', '\n', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// at is the byte at i, 0 behind the end.
func (s *shaper) at(i int) byte {
	if i < len(s.document) {
		return s.document[i]
	}
	return 0
}
