package schema

import "cc-eventbridge/function/internal/walk"

// What the parts of a document take at most while it is validated, in bytes: TestCost measures the document taken apart, and
// TestMemory of cmd/processor what validators remember of it beside that.
const (
	// valueBytes is its place in what it is in, which has been grown there, and a validator's note of it.
	valueBytes = 128
	// textBytes is of a text, beside its characters.
	textBytes = 32
	// objectBytes is of an object with up to eight members, nameBytes of a name beside its characters.
	objectBytes = 352
	nameBytes   = 64
)

// DefaultTreeBytes is what validating one payload may take where nothing else is said.
const DefaultTreeBytes = 64 << 20

// Within returns the registry with another bound on the memory that validating one payload may take, in bytes. A schema that
// looks at values looks at the whole payload, taken apart, which is many times as large as its text. A payload
// beyond the bound does not match: nobody can say that it does.
func (r *Registry) Within(bytes int) *Registry {
	within := *r
	within.treeBytes = bytes
	return &within
}

// treeBytes is how much memory a valid document takes at most while it is validated.
func treeBytes(document []byte) int {
	total := 0
	for i := 0; i < len(document); i++ {
		switch c := document[i]; {
		case c == '"':
			end := walk.SkipString(document, i+1)
			total += valueBytes + textBytes + end - i
			i = end
		case c == ':': // what stands before it is a name, and has been taken for a text
			total += nameBytes - textBytes
		case c == '{':
			total += valueBytes + objectBytes
		case c == '[':
			total += valueBytes
		case plainByte(c):
			total += valueBytes
			for i+1 < len(document) && plainByte(document[i+1]) {
				i++
			}
		}
	}
	return total
}

// plainByte reports whether a byte is part of a number or a literal.
func plainByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.' || c == 'E'
}
