package walk_test

import (
	"math/rand/v2"
	"testing"

	"cc-eventbridge/function/internal/walk"
)

// closingQuote is what SkipString should return, found a byte at a time.
func closingQuote(body []byte, i int) int {
	for ; i < len(body); i++ {
		switch body[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return len(body)
}

// TestSkipString looks at texts of up to three times eight bytes, with quotes, backslashes and the bytes next to them in
// value at every place.
func TestSkipString(t *testing.T) {
	alphabet := []byte{'"', '\\', '!', '#', '[', ']', 0, 1, 0x80, 0xa2, 0xdc, 0xff, 'a', 'b', 'c', 'd'}
	r := rand.New(rand.NewPCG(1, 2))
	for range 200_000 {
		body := make([]byte, r.IntN(24))
		for i := range body {
			// A text of mostly others, so that the first quote is anywhere.
			body[i] = alphabet[2+r.IntN(len(alphabet)-2)]
			if r.IntN(8) == 0 {
				body[i] = alphabet[r.IntN(2)]
			}
		}
		if got, want := walk.SkipString(body, 0), closingQuote(body, 0); got != want {
			t.Fatalf("%q: %d, want %d", body, got, want)
		}
	}
}
