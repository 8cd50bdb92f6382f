package expression

import (
	"fmt"
	"strings"
)

type kind int

const (
	end         kind = iota
	word             // keyword or unquoted attribute name
	quotedName       // "name"
	text             // 'text'
	number           // 12.5e3
	param            // ?
	namePlace        // #name
	valuePlace       // :value
	punctuation      // operators, brackets, commas
)

type token struct {
	kind kind
	text string
}

func (t token) String() string {
	if t.kind == end {
		return "end of expression"
	}
	return fmt.Sprintf("%q", t.text)
}

// lex splits an expression into tokens, refusing spellings that the dialect does not have.
func lex(source string, dialect Dialect) ([]token, error) {
	var tokens []token
	for i := 0; i < len(source); {
		c := source[i]
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case c == '"' || c == '\'':
			if dialect != PartiQL {
				return nil, fmt.Errorf("syntax error; token: %q", c)
			}
			content, n, err := lexQuoted(source[i:])
			if err != nil {
				return nil, err
			}
			k := quotedName
			if c == '\'' {
				k = text
			}
			tokens = append(tokens, token{k, content})
			i += n
		case c == '?' && dialect == PartiQL:
			tokens = append(tokens, token{param, "?"})
			i++
		case (c == '#' || c == ':') && dialect == Expressions:
			n := 1 + span(source[i+1:], isWordByte)
			if n == 1 {
				return nil, fmt.Errorf("syntax error; token: %q", c)
			}
			k := namePlace
			if c == ':' {
				k = valuePlace
			}
			tokens = append(tokens, token{k, source[i : i+n]})
			i += n
		case isDigit(c) || c == '-' && i+1 < len(source) && isDigit(source[i+1]):
			n := 1 + span(source[i+1:], isNumberByte)
			tokens = append(tokens, token{number, source[i : i+n]})
			i += n
		case isWordByte(c):
			n := span(source[i:], isWordByte)
			tokens = append(tokens, token{word, source[i : i+n]})
			i += n
		default:
			n := punctuationLength(source[i:], dialect)
			if n == 0 {
				return nil, fmt.Errorf("syntax error; token: %q", c)
			}
			tokens = append(tokens, token{punctuation, source[i : i+n]})
			i += n
		}
	}
	return append(tokens, token{kind: end}), nil
}

// lexQuoted reads a quoted text in which the quote itself is written twice.
func lexQuoted(source string) (content string, length int, err error) {
	quote := source[0]
	var b strings.Builder
	for i := 1; i < len(source); i++ {
		if source[i] != quote {
			b.WriteByte(source[i])
			continue
		}
		if i+1 < len(source) && source[i+1] == quote {
			b.WriteByte(quote)
			i++
			continue
		}
		return b.String(), i + 1, nil
	}
	return "", 0, fmt.Errorf("unterminated quote %c", quote)
}

func punctuationLength(source string, dialect Dialect) int {
	for _, p := range []string{"<>", "<=", ">=", "!="} {
		if strings.HasPrefix(source, p) && (p != "!=" || dialect == PartiQL) {
			return len(p)
		}
	}
	allowed := "=<>(),+-"
	if dialect == PartiQL {
		allowed += "{}[]:;*"
	}
	if strings.IndexByte(allowed, source[0]) >= 0 {
		return 1
	}
	return 0
}

func span(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isWordByte(c byte) bool {
	return isDigit(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

func isNumberByte(c byte) bool { return isDigit(c) || c == '.' || c == 'e' || c == 'E' }
