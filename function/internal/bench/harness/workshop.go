package harness

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Workshop is where contenders are built and installed.
type Workshop struct {
	// Root is the folder of go.work.
	Root string
	// Dir takes everything that is made; git ignores it.
	Dir string
	// Progress is told what takes long.
	Progress func(format string, arguments ...any)
}

// run executes a tool in a folder; what it printed is part of its error.
func (w *Workshop) run(ctx context.Context, dir string, env []string, name string, arguments ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, arguments...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var printed bytes.Buffer
	cmd.Stdout, cmd.Stderr = &printed, &printed
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(arguments, " "), err, bytes.TrimSpace(printed.Bytes()))
	}
	return strings.TrimSpace(printed.String()), nil
}

// unpack writes the embedded files of one folder flat into another and returns their digest.
func unpack(files fs.FS, folder, into string) (digest string, err error) {
	if err := os.MkdirAll(into, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of %s: %w", folder, err)
	}
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return "", fmt.Errorf("list the embedded files of %s: %w", folder, err)
	}
	sum := sha256.New()
	for _, entry := range entries {
		content, err := fs.ReadFile(files, folder+"/"+entry.Name())
		if err != nil {
			return "", fmt.Errorf("read embedded %s: %w", entry.Name(), err)
		}
		fmt.Fprintf(sum, "%s %d\n", entry.Name(), len(content))
		sum.Write(content)
		if err := os.WriteFile(filepath.Join(into, entry.Name()), content, 0o644); err != nil {
			return "", fmt.Errorf("unpack %s: %w", entry.Name(), err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// stampFile marks a finished installation with what it was installed from.
const stampFile = ".installed"

// installed tells whether a folder holds a finished installation of exactly this.
func installed(dir, stamp string) bool {
	found, err := os.ReadFile(filepath.Join(dir, stampFile))
	return err == nil && string(found) == stamp
}

// markInstalled is the last step of an installation.
func markInstalled(dir, stamp string) error {
	if err := os.WriteFile(filepath.Join(dir, stampFile), []byte(stamp), 0o644); err != nil {
		return fmt.Errorf("mark the installation as finished: %w", err)
	}
	return nil
}

// find looks a tool up and says what to install where it is missing.
func find(tool, install string) (string, error) {
	path, err := exec.LookPath(tool)
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%s was not found: %s", tool, install)
	}
	if err != nil {
		return "", fmt.Errorf("look up %s: %w", tool, err)
	}
	return path, nil
}
