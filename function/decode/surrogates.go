package decode

import (
	"bytes"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// escape is how many bytes an escaped UTF-16 code unit has: \ud83d.
const escape = 6

// replaceLoneSurrogates makes U+FFFD of each half of a surrogate pair that is escaped in a JSON text without the other half. It
// returns how much memory it took: the body is copied if others have it as well.
//
// What is wrong with a body besides stays for the decoders to refuse: no other byte is changed.
func (doc *document) replaceLoneSurrogates() (bytesTaken int) {
	switch start := bytes.TrimLeft(doc.body, " \t\r\n"); {
	case len(start) == 0, start[0] != '{' && start[0] != '[' && start[0] != '"':
		return 0 // it may be compressed
	}
	for i := 0; ; {
		next := bytes.IndexByte(doc.body[i:], '\\')
		if next < 0 {
			return bytesTaken
		}
		i += next
		unit := codeUnit(doc.body[i:])
		switch {
		case !utf16.IsSurrogate(unit):
			i = min(i+2, len(doc.body))
			continue
		case utf16.DecodeRune(unit, codeUnit(doc.body[i+escape:])) != utf8.RuneError:
			i += 2 * escape
			continue
		}
		if doc.shared {
			doc.body, doc.shared = bytes.Clone(doc.body), false
			bytesTaken = len(doc.body)
		}
		i += copy(doc.body[i:], `\ufffd`)
	}
}

// codeUnit is the code unit that the bytes begin with the escape of, 0 for anything else.
func codeUnit(b []byte) rune {
	if len(b) < escape || b[0] != '\\' || b[1] != 'u' {
		return 0
	}
	unit, err := strconv.ParseUint(string(b[2:escape]), 16, 16)
	if err != nil {
		return 0
	}
	return rune(unit)
}
