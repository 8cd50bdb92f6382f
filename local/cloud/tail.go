package cloud

import (
	"bytes"
	"fmt"
	"os"
)

// tailBytes is as much of a log as helps to see why something failed.
const tailBytes = 4 << 10

// Tail returns the end of a log file, for an error's text.
func Tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Sprintf("(no log: %v)", err)
	}
	if len(data) > tailBytes {
		data = data[len(data)-tailBytes:]
		if i := bytes.IndexByte(data, '\n'); i >= 0 {
			data = data[i+1:]
		}
	}
	return fmt.Sprintf("last lines of %s:\n%s", path, bytes.TrimSpace(data))
}
