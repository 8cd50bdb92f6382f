package walk

import (
	"encoding/binary"
	"math/bits"
)

// Eight of a byte, for looking at eight bytes at a time.
const (
	ones        = 0x0101010101010101
	quotes      = ones * '"'
	backslashes = ones * '\\'
	highBits    = ones << 7
)

// SkipString returns the index of the quote that closes the string whose text starts at i, or the document's length if none
// does. It needs no valid JSON. Most of a document is strings, and most of those are short: calling bytes.IndexByte for each takes twice as long.
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
