package harness

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"cc-eventbridge/function/lambdatest"
)

// buildFunction builds this product's function for this machine.
func buildFunction(ctx context.Context, w *Workshop) (lambdatest.Command, error) {
	w.Progress("building the function")
	return w.goBuild(ctx, "function", "./cmd/processor", w.path("function"), nil)
}

// buildEmpty builds the yardstick for exec to first poll.
func buildEmpty(ctx context.Context, w *Workshop) (lambdatest.Command, error) {
	w.Progress("building the empty handler")
	return w.goBuild(ctx, "function", "./internal/bench/peers/empty", w.path("empty"), nil)
}

// goBuild builds a command of a module the way the program ships the function: no cgo, no workspace, no paths or version
// control in the binary, no symbols, and aws-lambda-go without its RPC mode.
func (w *Workshop) goBuild(ctx context.Context, module, pkg, dir string, target []string) (lambdatest.Command, error) {
	binary := filepath.Join(dir, "bootstrap")
	env := append([]string{"CGO_ENABLED=0", "GOWORK=off", "GOFLAGS="}, target...)
	_, err := w.run(ctx, filepath.Join(w.Root, module), env, "go", "build", "-trimpath", "-buildvcs=false",
		"-ldflags", "-s -w", "-tags", "lambda.norpc", "-o", binary, pkg)
	if err != nil {
		return lambdatest.Command{}, err
	}
	return lambdatest.Command{Path: binary, Dir: dir}, nil
}

// FunctionZipBytes is the size of the function's deployment package: its arm64 binary as the only entry of a zip.
func FunctionZipBytes(ctx context.Context, w *Workshop) (int64, error) {
	w.Progress("building the function for arm64, to weigh its zip")
	command, err := w.goBuild(ctx, "function", "./cmd/processor", w.path("arm64"), []string{"GOOS=linux", "GOARCH=arm64"})
	if err != nil {
		return 0, err
	}
	binary, err := os.Open(command.Path)
	if err != nil {
		return 0, fmt.Errorf("open the arm64 binary: %w", err)
	}
	defer binary.Close()
	size, err := zippedBytes("bootstrap", binary)
	if err != nil {
		return 0, fmt.Errorf("zip the arm64 binary: %w", err)
	}
	return size, nil
}

// zippedBytes is the size of a zip with one deflated entry.
func zippedBytes(name string, content io.Reader) (int64, error) {
	var size counter
	archive := zip.NewWriter(&size)
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
	if err != nil {
		return 0, fmt.Errorf("add %s: %w", name, err)
	}
	if _, err := io.Copy(entry, content); err != nil {
		return 0, fmt.Errorf("compress %s: %w", name, err)
	}
	if err := archive.Close(); err != nil {
		return 0, fmt.Errorf("finish: %w", err)
	}
	return int64(size), nil
}

// counter counts what is written to it.
type counter int64

// Write implements io.Writer; it never fails.
func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
