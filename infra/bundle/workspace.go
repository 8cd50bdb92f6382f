package bundle

import (
	"fmt"
	"os"
	"path/filepath"
)

// InWorkspace returns the Builder of this workspace's function. root is the workspace, or empty where the caller does not know:
// it is then the nearest folder at or above the working directory that holds go.work.
func InWorkspace(root string) (Go, error) {
	if root == "" {
		var err error
		if root, err = find("go.work"); err != nil {
			return Go{}, fmt.Errorf("looking for the workspace's root: %w", err)
		}
	}
	return Go{Source: filepath.Join(root, "function"), Output: filepath.Join(root, ".local", "function")}, nil
}

// find returns the nearest folder at or above the working directory that holds a file of that name.
func find(file string) (string, error) {
	start, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for dir := start; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", fmt.Errorf("no %s in %s or above it", file, start)
		}
	}
}
