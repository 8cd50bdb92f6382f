package harness

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"cc-eventbridge/function/internal/bench/peers"
	"cc-eventbridge/function/lambdatest"
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
	printed, err := cmd.CombinedOutput()
	text := string(bytes.TrimSpace(printed))
	if err != nil {
		return "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), strings.Join(arguments, " "), err, text)
	}
	return text, nil
}

// build returns how a command of the function's module is built for this machine.
func build(pkg string) func(context.Context, *Workshop) (lambdatest.Command, error) {
	return func(ctx context.Context, w *Workshop) (lambdatest.Command, error) {
		return w.goBuild(ctx, pkg, filepath.Base(pkg))
	}
}

// goBuild builds a command of the function's module the way the program ships the function: no cgo, no workspace, no paths
// or version control in the binary, no symbols, and aws-lambda-go without its RPC mode.
func (w *Workshop) goBuild(ctx context.Context, pkg, folder string, target ...string) (lambdatest.Command, error) {
	w.Progress("building %s into %s", pkg, folder)
	dir := filepath.Join(w.Dir, folder)
	binary := filepath.Join(dir, "bootstrap")
	_, err := w.run(ctx, filepath.Join(w.Root, "function"), append([]string{"CGO_ENABLED=0", "GOWORK=off", "GOFLAGS="}, target...),
		"go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-tags", "lambda.norpc", "-o", binary, pkg)
	return lambdatest.Command{Path: binary, Dir: dir}, err
}

// FunctionZipBytes is the size of the function's deployment package: its arm64 binary as the only entry of a zip.
func FunctionZipBytes(ctx context.Context, w *Workshop) (int64, error) {
	command, err := w.goBuild(ctx, processor, "arm64", "GOOS=linux", "GOARCH=arm64")
	if err != nil {
		return 0, err
	}
	binary, err := os.ReadFile(command.Path)
	if err != nil {
		return 0, fmt.Errorf("read the arm64 binary: %w", err)
	}
	return zippedBytes(binary)
}

// zippedBytes is the size of a zip with one deflated entry.
func zippedBytes(content []byte) (int64, error) {
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	entry, err := archive.CreateHeader(&zip.FileHeader{Name: "bootstrap", Method: zip.Deflate})
	if err == nil {
		_, err = entry.Write(content)
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return 0, fmt.Errorf("zip the function: %w", err)
	}
	return int64(file.Len()), nil
}

// installNode returns how a Node peer is installed: all of them from one lock file, once.
func installNode(module string) func(context.Context, *Workshop) (lambdatest.Command, error) {
	return func(ctx context.Context, w *Workshop) (lambdatest.Command, error) {
		const advice = "install Node.js 20 or newer, which brings npm along (https://nodejs.org, or your package manager)"
		dir, err := w.install(ctx, "node", peers.Node, []string{"node", "npm"}, advice, [][]string{
			{"npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--engine-strict"},
		})
		node, _ := exec.LookPath("node") // install has found it
		return lambdatest.Command{Path: node, Args: []string{"runtime.mjs", module}, Dir: dir}, err
	}
}

// installPython installs the Python peer into a virtual environment. Only wheels: the runtime client would compile libcurl
// otherwise.
func installPython(ctx context.Context, w *Workshop) (lambdatest.Command, error) {
	const advice = "install Python 3.10 or newer with its venv module (python3 and python3-venv of your package manager)"
	interpreter := filepath.Join(w.Dir, "python", "venv", "bin", "python")
	dir, err := w.install(ctx, "python", peers.Python, []string{"python3"}, advice, [][]string{
		{"python3", "-m", "venv", "--clear", "venv"},
		{
			interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
			"--require-hashes", "--only-binary", ":all:", "-r", "requirements.txt",
		},
	})
	return lambdatest.Command{Path: interpreter, Args: []string{"-m", "awslambdaric", "powertools_handler.handler"}, Dir: dir}, err
}

// install unpacks a peer's files into a folder of their own and runs the steps there, unless the same files have been
// installed by the same version of the first tool already.
func (w *Workshop) install(ctx context.Context, folder string, files fs.FS, tools []string, advice string, steps [][]string) (dir string, err error) {
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return "", fmt.Errorf("%s was not found: %s", tool, advice)
		}
	}
	dir = filepath.Join(w.Dir, folder)
	digest, err := unpack(files, folder, dir)
	if err != nil {
		return "", err
	}
	version, err := w.run(ctx, dir, nil, tools[0], "--version")
	if err != nil {
		return "", err
	}
	stamp, mark := digest+" "+version, filepath.Join(dir, ".installed")
	if found, err := os.ReadFile(mark); err == nil && string(found) == stamp {
		return dir, nil
	}
	w.Progress("installing the peers in %s", folder)
	for _, step := range steps {
		if _, err := w.run(ctx, dir, nil, step[0], step[1:]...); err != nil {
			return "", fmt.Errorf("%w\n%s", err, advice)
		}
	}
	if err := os.WriteFile(mark, []byte(stamp), 0o644); err != nil {
		return "", fmt.Errorf("mark the installation as finished: %w", err)
	}
	return dir, nil
}

// unpack writes the embedded files of one folder flat into another and returns their digest.
func unpack(files fs.FS, folder, into string) (digest string, err error) {
	if err := os.MkdirAll(into, 0o755); err != nil {
		return "", fmt.Errorf("make the folder of %s: %w", folder, err)
	}
	sum := sha256.New()
	err = fs.WalkDir(files, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n%s", name, len(content), content)
		return os.WriteFile(filepath.Join(into, entry.Name()), content, 0o644)
	})
	if err != nil {
		return "", fmt.Errorf("unpack the files of %s: %w", folder, err)
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}
