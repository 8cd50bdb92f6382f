package cloud

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// miniStack installs the emulator into a virtual environment of the checkout and returns its program.
func miniStack(ctx context.Context, w *Workspace) (string, error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return "", fmt.Errorf("looking for python3, which the emulator runs on: %w; install Python 3.10 or newer with its venv module, or set AWS_ENDPOINT_URL to an emulator of yours", err)
	}
	venv := w.Path("venv")
	program := filepath.Join(venv, "bin", "ministack")
	requirements := filepath.Join(w.Root, "local", "cloud", "requirements.txt")
	stamp, err := fingerprint(python, requirements)
	if err != nil {
		return "", err
	}
	return program, once(program, stamp, func() error {
		return w.Out.During("installing the AWS emulator into a virtual environment (once)", func() error {
			if err := os.RemoveAll(venv); err != nil {
				return fmt.Errorf("clearing the virtual environment: %w", err)
			}
			if _, err := output(ctx, w.Root, python, "-m", "venv", venv); err != nil {
				return fmt.Errorf("making a virtual environment (on Debian and Ubuntu it needs the package python3-venv): %w", err)
			}
			pip := filepath.Join(venv, "bin", "python")
			if _, err := output(ctx, w.Root, pip, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements); err != nil {
				return fmt.Errorf("installing the emulator: %w", err)
			}
			return nil
		})
	})
}
