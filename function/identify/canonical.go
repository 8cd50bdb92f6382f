package identify

import (
	"bytes"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

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
