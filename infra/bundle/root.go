package bundle

import (
	"fmt"
	"os"
	"path/filepath"
)

// Root returns the workspace's root: known, when the engine says where it is, or else the nearest folder at or above
// the working directory that holds go.work. Older language hosts and unit tests do not say.
func Root(known string) (string, error) {
	if known != "" {
		return known, nil
	}
	start, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("looking for the workspace's root: %w", err)
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("looking for the workspace's root: no go.work in %s or above it", start)
		}
	}
}
