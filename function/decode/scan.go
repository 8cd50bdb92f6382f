package decode

import (
	"bytes"
	"errors"
	"strconv"
)

// MaxDepth bounds how deep a body may nest. Genesys events nest fewer than ten levels; the bound keeps the cost of what
// comes after (canonical form, schema validation) in proportion to a body's size.
const MaxDepth = 128

// safeDigits is the length up to which a number without exponent is surely within float64's range (largest: 1.8e308).
const safeDigits = 300

// scan checks in one cheap pass, before anything recurses, what the JSON decoder does not: depth and the range of
// numbers. It needs no valid JSON; what is not JSON is left for the decoder to refuse.
func scan(body []byte) error {
	depth := 0
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			i = skipString(body, i+1)
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return refuse(TooDeep, "the body nests deeper than "+strconv.Itoa(MaxDepth)+" levels")
			}
		case c == '}' || c == ']':
			depth--
		case c >= '0' && c <= '9':
			end := skipNumber(body, i)
			if outOfRange(body[i:end]) {
				return refuse(NumberOutOfRange, "a number is beyond what float64 holds")
			}
			i = end - 1
		}
	}
	return nil
}

// skipString returns the index of the quote that closes the string whose text starts at i.
func skipString(body []byte, i int) int {
	for i < len(body) {
		end := bytes.IndexByte(body[i:], '"')
		if end < 0 {
			return len(body)
		}
		escapes := 0
		for j := i + end - 1; j >= i && body[j] == '\\'; j-- {
			escapes++
		}
		i += end
		if escapes%2 == 0 {
			return i
		}
		i++
	}
	return len(body)
}

func skipNumber(body []byte, i int) int {
	for i < len(body) {
		switch c := body[i]; {
		case c >= '0' && c <= '9', c == '.', c == 'e', c == 'E', c == '+', c == '-':
			i++
		default:
			return i
		}
	}
	return i
}

func outOfRange(number []byte) bool {
	if len(number) <= safeDigits && bytes.IndexByte(number, 'e') < 0 && bytes.IndexByte(number, 'E') < 0 {
		return false
	}
	_, err := strconv.ParseFloat(string(number), 64)
	return errors.Is(err, strconv.ErrRange)
}
