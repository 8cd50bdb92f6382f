package harness

import (
	"context"
	"fmt"
	"path/filepath"

	"cc-eventbridge/function/internal/bench/peers"
	"cc-eventbridge/function/lambdatest"
)

// installPython installs Powertools for Python, and AWS's own runtime client to run it, in a virtual environment.
func installPython(ctx context.Context, w *Workshop) (lambdatest.Command, error) {
	const advice = "install Python 3.10 or newer with its venv module (python3 and python3-venv of your package manager)"
	python, err := find("python3", advice)
	if err != nil {
		return lambdatest.Command{}, err
	}
	version, err := w.run(ctx, w.Dir, nil, python, "--version")
	if err != nil {
		return lambdatest.Command{}, err
	}
	dir := w.path("python")
	digest, err := unpack(peers.Python, "python", dir)
	if err != nil {
		return lambdatest.Command{}, err
	}
	interpreter := filepath.Join(dir, "venv", "bin", "python")
	if stamp := digest + " " + version; !installed(dir, stamp) {
		w.Progress("installing the Python peer (pip install)")
		if _, err := w.run(ctx, dir, nil, python, "-m", "venv", "--clear", "venv"); err != nil {
			return lambdatest.Command{}, fmt.Errorf("%w\n%s", err, advice)
		}
		// Only wheels: the runtime client would compile libcurl otherwise.
		if _, err := w.run(ctx, dir, nil, interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
			"--require-hashes", "--only-binary", ":all:", "-r", "requirements.txt"); err != nil {
			return lambdatest.Command{}, err
		}
		if err := markInstalled(dir, stamp); err != nil {
			return lambdatest.Command{}, err
		}
	}
	return lambdatest.Command{Path: interpreter, Args: []string{"-m", "awslambdaric", "powertools_handler.handler"}, Dir: dir}, nil
}
