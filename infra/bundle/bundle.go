// Package bundle builds the Lambda function into the zip that is deployed. The same sources and Go toolchain give the
// same bytes on any machine and in any folder, so that a preview shows a code change only when there is one:
//
//   - the compiler gets a fixed environment: no cgo, no workspace, no flags of the caller, no paths (-trimpath), no
//     version-control stamp (-buildvcs=false), module versions exactly as go.mod has them (-mod=readonly)
//   - -tags lambda.norpc leaves the RPC mode of retired runtimes out; -s -w leave symbol tables out
//   - the zip has one entry, contract.Entrypoint, with mode 0755, which Pulumi's own archiver would drop, and a fixed time
//   - the zip appears under its final name whole or not at all: Pulumi reads it after the program has ended
package bundle

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/fsutil"

	"cc-eventbridge/function/contract"
)

// Artifact is a built function.
type Artifact struct {
	// Path is the zip's absolute path.
	Path string
	// SHA256 is the base64 SHA-256 of the zip, as Lambda reports it in CodeSha256.
	SHA256 string
}

// Builder builds the function for one of Lambda's architectures, arm64 or x86_64.
type Builder interface {
	Build(ctx context.Context, architecture string) (Artifact, error)
}

// Go is the Builder that calls the Go toolchain.
type Go struct {
	// Source is the folder of the function's module.
	Source string
	// Output is the folder for the zip; it is made when missing and should be ignored by version control.
	Output string
}

const command = "./cmd/processor"

// entryTime is the earliest time that a zip can hold.
var entryTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Build compiles and packs the function.
func (g Go) Build(ctx context.Context, architecture string) (Artifact, error) {
	out := filepath.Join(g.Output, architecture)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return Artifact{}, fmt.Errorf("making the output folder of the function: %w", err)
	}
	// The files have stable names, so that the toolchain can skip the link when nothing changed: previews of two stacks
	// in one checkout take turns.
	turn := fsutil.NewFileMutex(filepath.Join(out, "lock"))
	if err := turn.Lock(); err != nil {
		return Artifact{}, fmt.Errorf("waiting for another build of the function: %w", err)
	}
	defer func() { _ = turn.Unlock() }()
	binary := filepath.Join(out, contract.Entrypoint)
	registries, err := registrySettings(ctx)
	if err != nil {
		return Artifact{}, err
	}
	environment, err := compilerEnv(os.Environ(), registries, architecture)
	if err != nil {
		return Artifact{}, err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false",
		"-tags", "lambda.norpc", "-ldflags", "-s -w", "-o", binary, command)
	cmd.Dir, cmd.Env = g.Source, environment
	if output, err := cmd.CombinedOutput(); err != nil {
		return Artifact{}, fmt.Errorf("compiling the function in %s for %s: %w\n%s", g.Source, architecture, err, bytes.TrimSpace(output))
	}
	code, err := os.ReadFile(binary)
	if err != nil {
		return Artifact{}, fmt.Errorf("reading the compiled function: %w", err)
	}
	return write(filepath.Join(out, "function.zip"), code)
}

// registryVariables are the Go settings of a user that say where modules come from and where they are kept. They are
// passed on; the rest of what was set with "go env -w" is not.
var registryVariables = []string{
	"GOPROXY", "GOPRIVATE", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOINSECURE", "GOAUTH", "GOVCS", "GOMODCACHE", "GOCACHE",
}

func registrySettings(ctx context.Context) ([]string, error) {
	out, err := exec.CommandContext(ctx, "go", append([]string{"env"}, registryVariables...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("asking the Go toolchain for its settings: %w", err)
	}
	values := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	for i := range min(len(values), len(registryVariables)) {
		values[i] = registryVariables[i] + "=" + values[i]
	}
	return values, nil
}

// compilerEnv is the caller's environment with everything replaced that could change the result.
func compilerEnv(environ, registries []string, architecture string) ([]string, error) {
	goarch, ok := map[string]string{"arm64": "arm64", "x86_64": "amd64"}[architecture]
	if !ok {
		return nil, fmt.Errorf("building the function: architecture %q is not one of Lambda's; it should be arm64 or x86_64", architecture)
	}
	fixed := append([]string{
		"GOENV=off", "GOOS=linux", "GOARCH=" + goarch, "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "GOEXPERIMENT=",
		"GOAMD64=v2", "GOARM64=v8.0", "GODEBUG=", "GOFIPS140=off",
	}, registries...)
	env := make([]string, 0, len(environ)+len(fixed))
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if !replaced(fixed, name) {
			env = append(env, variable)
		}
	}
	return append(env, fixed...), nil
}

func replaced(fixed []string, name string) bool {
	for _, variable := range fixed {
		if strings.HasPrefix(variable, name+"=") {
			return true
		}
	}
	return false
}

// write packs code into a zip at path, unless the zip there was packed from the same code: compressing takes a second,
// which every preview would pay.
func write(path string, code []byte) (Artifact, error) {
	note := path + ".from"
	of := digest(code)
	if packed, err := os.ReadFile(path); err == nil {
		sum := digest(packed)
		if from, err := os.ReadFile(note); err == nil && string(from) == of+" "+sum {
			return Artifact{Path: path, SHA256: sum}, nil
		}
	}
	var packed bytes.Buffer
	if err := pack(&packed, code); err != nil {
		return Artifact{}, fmt.Errorf("packing the function: %w", err)
	}
	artifact := Artifact{Path: path, SHA256: digest(packed.Bytes())}
	for file, content := range map[string][]byte{path: packed.Bytes(), note: []byte(of + " " + artifact.SHA256)} {
		if err := replace(file, content); err != nil {
			return Artifact{}, fmt.Errorf("writing the zip of the function: %w", err)
		}
	}
	return artifact, nil
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// replace gives a file new content in one step: whoever reads it meanwhile gets the old or the new one.
func replace(path string, content []byte) (err error) {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+"-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temp.Name())
		}
	}()
	_, err = temp.Write(content)
	if err := errors.Join(err, temp.Chmod(0o644), temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// pack writes a zip whose only entry is the executable.
func pack(w io.Writer, code []byte) error {
	archive := zip.NewWriter(w)
	archive.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, flate.BestCompression)
	})
	header := &zip.FileHeader{Name: contract.Entrypoint, Method: zip.Deflate, Modified: entryTime}
	header.SetMode(0o755)
	entry, err := archive.CreateHeader(header)
	if err != nil {
		return err
	}
	if _, err := entry.Write(code); err != nil {
		return err
	}
	return archive.Close()
}
