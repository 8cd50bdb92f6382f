package awsprovider

import (
	"archive/zip"
	"bytes"
	"context"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

// startEmulator runs a MiniStack of the test's own on a free loopback port. Where none is installed the test is skipped,
// except in CI.
func startEmulator(t *testing.T) (endpoint string) {
	t.Helper()
	program, err := findEmulator()
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("MiniStack is not installed, and CI must not skip this test: %v", err)
		}
		t.Skipf("MiniStack is not installed (make demo installs it into .local/venv, MINISTACK names another one): %v", err)
	}
	port := strconv.Itoa(freePort(t))
	home := t.TempDir()
	var log bytes.Buffer
	cmd := exec.Command(program)
	cmd.Dir, cmd.Stdout, cmd.Stderr = home, &log, &log
	cmd.Env = append(os.Environ(), "BIND_HOST=127.0.0.1", "GATEWAY_PORT="+port, "MINISTACK_HOST=127.0.0.1", "TMPDIR="+home, "STATE_DIR="+home,
		"S3_DATA_DIR="+filepath.Join(home, "s3"), "PERSIST_STATE=0", "MINISTACK_REGION="+testRegion)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting MiniStack: %v", err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait()
		if t.Failed() && testing.Verbose() {
			t.Logf("MiniStack's log:\n%s", log.String())
		}
	})
	endpoint = "http://127.0.0.1:" + port
	err = until(t.Context(), time.Minute, "MiniStack", func() (bool, error) {
		resp, err := http.Get(endpoint + "/_ministack/health")
		if err != nil {
			return false, nil //nolint:nilerr // it is not up yet
		}
		return resp.StatusCode == http.StatusOK, resp.Body.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
	return endpoint
}

func findEmulator() (string, error) {
	if program := os.Getenv("MINISTACK"); program != "" {
		return program, nil
	}
	for dir, _ := os.Getwd(); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		program := filepath.Join(dir, ".local", "venv", "bin", "ministack")
		if _, err := os.Stat(program); err == nil {
			return program, nil
		}
	}
	return exec.LookPath("ministack")
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

const testRegion = "eu-west-1"

// configured is a provider as the engine would set it up.
func configured(t *testing.T, endpoint string, config resource.PropertyMap) *Provider {
	t.Helper()
	p := New(endpoint, slog.New(slog.NewTextHandler(testWriter{t}, nil)))
	t.Cleanup(func() { _ = p.Close() })
	if config == nil {
		config = resource.PropertyMap{}
	}
	config["region"] = resource.NewProperty(testRegion)
	if _, err := p.Configure(context.Background(), sdk.ConfigureRequest{Inputs: config}); err != nil {
		t.Fatal(err)
	}
	return p
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Logf("%s", bytes.TrimSpace(b))
	return len(b), nil
}

// functionZip is a deployable zip, different for each body.
func functionZip(t *testing.T, body string) *resource.Archive {
	t.Helper()
	path := filepath.Join(t.TempDir(), "function.zip")
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: "bootstrap", Method: zip.Deflate}
	header.SetMode(0o755)
	f, err := w.CreateHeader(header)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("#!/bin/sh\n# " + body + "\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	archive, err := resource.NewPathArchive(path)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}
