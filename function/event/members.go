package event

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/internal/walk"
)

// members calls member with each member of an object, in order, until it returns false. It goes over the bytes once
// and checks nothing: a decoder has done so. What is not an object has no members.
//
// A name is unquoted only if it has an escape; it and the value share the object's memory otherwise. inside is a value
// that is part of the object, or nil: its length is known, so that it is passed over in one step.
func members(object, inside jsontext.Value, member func(name []byte, value jsontext.Value) bool) {
	i := skipSpace(object, 0)
	if i >= len(object) || object[i] != '{' {
		return
	}
	for i++; ; i++ {
		i = skipSpace(object, i)
		if i >= len(object) || object[i] != '"' {
			return
		}
		end := skipValue(object, nil, i)
		name := unquoted(object[i:end])
		i = skipSpace(object, end)
		if i >= len(object) || object[i] != ':' {
			return
		}
		start := skipSpace(object, i+1)
		end = skipValue(object, inside, start)
		if end == start || !member(name, object[start:end:end]) {
			return
		}
		i = skipSpace(object, end)
		if i >= len(object) || object[i] != ',' {
			return
		}
	}
}

// lookup returns the value of the member at the end of a path of names, nil where there is none.
func lookup(object, inside jsontext.Value, path ...string) jsontext.Value {
	for _, step := range path {
		var found jsontext.Value
		members(object, inside, func(name []byte, value jsontext.Value) bool {
			if string(name) == step {
				found = value
			}
			return found == nil
		})
		object = found
	}
	return object
}

func unquoted(quoted []byte) []byte {
	if len(quoted) < 2 {
		return nil
	}
	name := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		name, _ = jsontext.AppendUnquote(nil, quoted)
	}
	return name
}

func skipSpace(value []byte, i int) int {
	for i < len(value) && (value[i] == ' ' || value[i] == '\n' || value[i] == '\r' || value[i] == '\t') {
		i++
	}
	return i
}

// skipValue returns the index behind the value that starts at i.
func skipValue(value, inside []byte, i int) int {
	depth := 0
	for i < len(value) {
		switch value[i] {
		case '"':
			i = walk.SkipString(value, i+1)
		case '{', '[':
			if len(inside) > 0 && &value[i] == &inside[0] {
				i += len(inside) - 1
			} else {
				depth++
			}
		case '}', ']':
			// One that closes what is around the value ends a number or a literal.
			if depth == 0 {
				return i
			}
			depth--
		case ',', ':', ' ', '\n', '\r', '\t':
			if depth == 0 {
				return i
			}
			i++
			continue
		default:
			i = skipPlain(value, i)
			if depth == 0 {
				return i
			}
			continue
		}
		i++
		if depth == 0 {
			return min(i, len(value))
		}
	}
	return len(value)
}

// skipPlain returns the index behind a number or a literal.
func skipPlain(value []byte, i int) int {
	for i < len(value) {
		switch value[i] {
		case '"', '{', '[', '}', ']', ',', ':', ' ', '\n', '\r', '\t':
			return i
		}
		i++
	}
	return i
}
