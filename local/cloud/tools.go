package cloud

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/blang/semver"
)

// cliModule is the module that the Pulumi CLI is built from; its version is pinned in local/offline/tools/pulumi/go.mod.
const cliModule = "github.com/pulumi/pulumi/pkg/v3"

// oldest is the oldest installed Pulumi that is used instead of building one, as Pulumi.yaml requires it.
var oldest = semver.MustParse("3.200.0")

// Tools says where the tools are.
type Tools struct {
	// Pulumi is the CLI's path.
	Pulumi string
	// Path is the PATH under which the CLI finds the language host and the provider.
	Path string
	// MiniStack is the emulator's program; empty where the caller has one.
	MiniStack string
}

var ensuring sync.Mutex

// EnsureTools returns the tools, building and installing what is missing. Without emulator it leaves that out: the caller has
// one.
func EnsureTools(ctx context.Context, w *Workspace, emulator bool) (Tools, error) {
	ensuring.Lock() // tests that run side by side want the same files
	defer ensuring.Unlock()
	if err := os.MkdirAll(w.Bin, 0o755); err != nil {
		return Tools{}, fmt.Errorf("making the folder for tools: %w", err)
	}
	if _, err := exec.LookPath("go"); err != nil {
		return Tools{}, fmt.Errorf("looking for the Go toolchain: %w; install Go and put it on PATH", err)
	}
	tools := Tools{Path: w.Bin + string(os.PathListSeparator) + os.Getenv("PATH")}
	if err := buildCommand(ctx, w, "stand-in aws provider", "pulumi-resource-aws"); err != nil {
		return Tools{}, err
	}
	var err error
	if tools.Pulumi, err = pulumi(ctx, w); err != nil {
		return Tools{}, err
	}
	if emulator {
		if tools.MiniStack, err = miniStack(ctx, w); err != nil {
			return Tools{}, err
		}
	}
	return tools, nil
}

// pulumi returns an installed CLI that is new enough and brings its Go language host, or builds both.
func pulumi(ctx context.Context, w *Workspace) (string, error) {
	if installed, err := exec.LookPath("pulumi"); err == nil && usable(ctx, installed) {
		return installed, nil
	}
	if err := buildCommand(ctx, w, "Go language host", "pulumi-language-go"); err != nil {
		return "", err
	}
	cli := filepath.Join(w.Bin, "pulumi")
	module := filepath.Join(w.Root, "local", "offline", "tools", "pulumi")
	stamp, err := fingerprint(runtime.Version(), filepath.Join(module, "go.mod"), filepath.Join(module, "go.sum"))
	if err != nil {
		return "", err
	}
	return cli, once(cli, stamp, func() error {
		return w.Out.During("building the Pulumi CLI from its Go module (once; up to five minutes on a fresh machine)", func() error {
			version, err := output(ctx, module, "go", "list", "-m", "-f", "{{.Version}}", cliModule)
			if err != nil {
				return err
			}
			return goBuild(ctx, module, cli, cliModule+"/cmd/pulumi",
				"-ldflags", "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version="+version)
		})
	})
}

func usable(ctx context.Context, cli string) bool {
	text, err := output(ctx, "", cli, "version")
	if err != nil {
		return false
	}
	version, err := semver.ParseTolerant(text)
	if err != nil || version.Major != oldest.Major || version.LT(oldest) {
		return false
	}
	resolved, err := filepath.EvalSymlinks(cli)
	if err != nil {
		return false
	}
	for _, dir := range []string{filepath.Dir(cli), filepath.Dir(resolved)} {
		if _, err := os.Stat(filepath.Join(dir, "pulumi-language-go")); err == nil {
			return true
		}
	}
	return false
}

// miniStack installs the emulator into a virtual environment of the checkout and returns its program.
func miniStack(ctx context.Context, w *Workspace) (string, error) {
	python, err := exec.LookPath("python3")
	if err != nil {
		return "", fmt.Errorf("looking for python3, which the emulator runs on: %w; install Python 3.10 or newer with its venv module, "+
			"or set AWS_ENDPOINT_URL to an emulator of yours", err)
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

// buildCommand builds one of local's own commands. The Go toolchain leaves it alone when nothing changed.
func buildCommand(ctx context.Context, w *Workspace, what, name string) error {
	target := filepath.Join(w.Bin, name)
	build := func() error { return goBuild(ctx, filepath.Join(w.Root, "local"), target, "./offline/"+name) }
	if _, err := os.Stat(target); errors.Is(err, os.ErrNotExist) {
		return w.Out.During("building the "+what+" (once; up to five minutes on a fresh machine)", build)
	}
	return build()
}

func goBuild(ctx context.Context, dir, target, pkg string, flags ...string) error {
	args := append(append([]string{"build"}, flags...), "-o", target, pkg)
	_, err := output(ctx, dir, "go", args...)
	return err
}

// output runs a command outside any Go workspace and returns what it prints; an error carries all of that.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "PULUMI_SKIP_UPDATE_CHECK=true")
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("running %s %s: %w\n%s%s", filepath.Base(name), strings.Join(args, " "), err, out, errs.String())
	}
	return strings.TrimSpace(string(out)), nil
}

// once makes target unless the stamp beside it says that it was made from the same sources.
func once(target, stamp string, build func() error) error {
	note := target + ".stamp"
	if old, err := os.ReadFile(note); err == nil && string(old) == stamp {
		if _, err := os.Stat(target); err == nil {
			return nil
		}
	}
	if err := build(); err != nil {
		return err
	}
	if err := os.WriteFile(note, []byte(stamp), 0o644); err != nil {
		return fmt.Errorf("noting what %s was made from: %w", filepath.Base(target), err)
	}
	return nil
}

// fingerprint is a hash over a text and the contents of files.
func fingerprint(text string, files ...string) (string, error) {
	sum := sha256.New()
	fmt.Fprintln(sum, text)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return "", fmt.Errorf("reading a pinned version: %w", err)
		}
		fmt.Fprintln(sum, len(data))
		sum.Write(data)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
