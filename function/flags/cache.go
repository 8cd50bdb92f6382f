package flags

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// keptFor is how long the file counts. Flags that no process of the environment has seen for a day say less about what
	// the operator wants than the defaults, which are the careful ones.
	keptFor = 24 * time.Hour
	// clockSkew is how far in the future the file's time may be.
	clockSkew = time.Minute
	// maxFile is the largest file that can hold a document: base64 makes four bytes of three.
	maxFile = MaxBytes/3*4 + 4096
	// fileMode lets nobody else read or write the file.
	fileMode = 0o600
)

// cache is the file with the last good document.
type cache struct {
	folder, path, identity string
}

// kept is what the file holds.
type kept struct {
	// Identity is that of the flags: a file of another function is not taken, whatever its name.
	Identity string `json:"identity"`
	// FetchedAt is when the document was last known to be the one in effect.
	FetchedAt time.Time `json:"fetchedAt"`
	Label     string    `json:"label"`
	Content   []byte    `json:"content"`
}

func newCache(folder string, identity []string) *cache {
	digest := sha256.Sum256([]byte(strings.Join(identity, "\x00")))
	name := hex.EncodeToString(digest[:])
	return &cache{folder: folder, path: filepath.Join(folder, "cc-eventbridge-flags-"+name[:16]+".json"), identity: name}
}

// read reads the file, which is a few microseconds: it is local and small.
func (c *cache) read(now time.Time) (kept, error) {
	content, err := c.bytes()
	if err != nil {
		return kept{}, err
	}
	var k kept
	if err := json.Unmarshal(content, &k); err != nil {
		return kept{}, fmt.Errorf("read kept flags of %s: %w", c.path, err)
	}
	age := now.Sub(k.FetchedAt)
	switch {
	case k.Identity != c.identity:
		return kept{}, fmt.Errorf("read kept flags of %s: they are another function's", c.path)
	case age > keptFor, age < -clockSkew:
		return kept{}, fmt.Errorf("read kept flags of %s: they are of %s, should be at most %s old", c.path, k.FetchedAt.Format(time.RFC3339), keptFor)
	}
	return k, nil
}

func (c *cache) bytes() ([]byte, error) {
	// Looked at before it is opened: opening a pipe would wait for its other end.
	switch info, err := os.Lstat(c.path); {
	case err != nil:
		return nil, fmt.Errorf("read kept flags: %w", err)
	case !info.Mode().IsRegular(), info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("read kept flags of %s: its mode is %s, should be a regular file of %#o", c.path, info.Mode(), fileMode)
	}
	file, err := os.Open(c.path)
	if err != nil {
		return nil, fmt.Errorf("read kept flags: %w", err)
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read kept flags: %w", err)
	}
	if len(content) > maxFile {
		return nil, fmt.Errorf("read kept flags of %s: it has more than %d bytes", c.path, maxFile)
	}
	return content, nil
}

// write replaces the file in one step, so that no process ever reads half of one, however many write.
func (c *cache) write(k kept) (err error) {
	k.Identity = c.identity
	content, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("keep flags: %w", err)
	}
	file, err := os.CreateTemp(c.folder, "cc-eventbridge-flags-*.tmp") // with mode 0600
	if err != nil {
		return fmt.Errorf("keep flags: %w", err)
	}
	_, err = file.Write(content)
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), c.path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("keep flags: %w", err), os.Remove(file.Name()))
	}
	return nil
}
