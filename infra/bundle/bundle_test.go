package bundle

import (
	"archive/zip"
	"debug/elf"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cc-eventbridge/function/contract"
)

// TestSameSourcesGiveTheSameBytes builds the real function twice, from two folders, under flags of the caller that
// would change it.
func TestSameSourcesGiveTheSameBytes(t *testing.T) {
	source := filepath.Join("..", "..", "function")
	elsewhere := filepath.Join(t.TempDir(), "elsewhere", "function")
	if err := os.CopyFS(elsewhere, os.DirFS(source)); err != nil {
		t.Fatal(err)
	}
	for _, architecture := range []string{"arm64", "x86_64"} {
		t.Run(architecture, func(t *testing.T) {
			first, err := Go{Source: source, Output: t.TempDir()}.Build(t.Context(), architecture)
			if err != nil {
				t.Fatal(err)
			}
			t.Setenv("GOFLAGS", "-tags=somethingelse")
			t.Setenv("GOARM64", "v9.0")
			t.Setenv("GOAMD64", "v3")
			t.Setenv("GOENV", settingsOf(t, "GOFLAGS=-tags=somethingelse\nGOEXPERIMENT=noregabi\n"))
			second, err := Go{Source: elsewhere, Output: t.TempDir()}.Build(t.Context(), architecture)
			if err != nil {
				t.Fatal(err)
			}
			if first.SHA256 != second.SHA256 {
				t.Errorf("two builds of the same sources: %s and %s", first.SHA256, second.SHA256)
			}
			inspect(t, first.Path, architecture)
		})
	}
}

// settingsOf is the file that "go env -w" writes.
func settingsOf(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "env")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// maximumZip is what the function may weigh: a larger zip starts later.
const maximumZip = 8 << 20

// inspect checks what Lambda needs of the zip.
func inspect(t *testing.T, path, architecture string) {
	t.Helper()
	archive, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	if len(archive.File) != 1 || archive.File[0].Name != contract.Entrypoint {
		t.Fatalf("the zip has %d entries, the first %q; want one named bootstrap", len(archive.File), archive.File[0].Name)
	}
	entry := archive.File[0]
	if mode := entry.Mode(); mode != 0o755 {
		t.Errorf("bootstrap has mode %v, want 0755: Lambda starts it", mode)
	}
	if !entry.Modified.Equal(entryTime) {
		t.Errorf("bootstrap has time %v, want the fixed %v", entry.Modified, entryTime)
	}
	if info, err := os.Stat(path); err != nil || info.Size() > maximumZip {
		t.Errorf("the zip has %d bytes, want at most %d (%v)", info.Size(), maximumZip, err)
	}
	file, err := entry.Open()
	if err != nil {
		t.Fatal(err)
	}
	code, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	binary, err := elf.NewFile(strings.NewReader(string(code)))
	if err != nil {
		t.Fatalf("bootstrap is no Linux program: %v", err)
	}
	if want := map[string]elf.Machine{"arm64": elf.EM_AARCH64, "x86_64": elf.EM_X86_64}[architecture]; binary.Machine != want {
		t.Errorf("bootstrap is for %v, want %v", binary.Machine, want)
	}
}

func TestCompilerSettingsOfTheCallerAreReplaced(t *testing.T) {
	env, err := compilerEnv([]string{"HOME=/home/me", "GOFLAGS=-race", "CGO_ENABLED=1", "GOOS=darwin"}, []string{"GOPROXY=off"}, "arm64")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"HOME=/home/me", "GOPROXY=off", "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=", "GOWORK=off"} {
		if !slices.Contains(env, want) {
			t.Errorf("the compiler's environment lacks %s: %v", want, env)
		}
	}
	for _, bad := range []string{"GOFLAGS=-race", "CGO_ENABLED=1", "GOOS=darwin"} {
		if slices.Contains(env, bad) {
			t.Errorf("the compiler's environment has the caller's %s", bad)
		}
	}
}

func TestFailuresSayWhatAndWhy(t *testing.T) {
	broken := t.TempDir()
	for name, content := range map[string]string{
		"go.mod": "module broken\n\ngo 1.26\n", "cmd/processor/main.go": "package main\n\nfunc main() { undefined() }\n",
	} {
		path := filepath.Join(broken, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		source, architecture string
		want                 []string
	}{
		"code that does not compile": {broken, "arm64", []string{"compiling the function", broken, "undefined: undefined"}},
		"an architecture of our own": {broken, "riscv", []string{`"riscv"`, "arm64 or x86_64"}},
		"a folder that is not there": {filepath.Join(broken, "nowhere"), "arm64", []string{"compiling the function", "nowhere"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Go{Source: test.source, Output: t.TempDir()}.Build(t.Context(), test.architecture)
			if err == nil {
				t.Fatal("no error")
			}
			for _, part := range test.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error lacks %q: %v", part, err)
				}
			}
		})
	}
}

// TestReleaseZips builds the zip of each architecture. With RELEASE it leaves them in that folder, beside the executable in
// each, for .ci/release.sh.
func TestReleaseZips(t *testing.T) {
	out := os.Getenv("RELEASE")
	if out == "" {
		t.Skip("RELEASE names no folder")
	}
	for _, architecture := range []string{"arm64", "x86_64"} {
		if _, err := (Go{Source: filepath.Join("..", "..", "function"), Output: out}).Build(t.Context(), architecture); err != nil {
			t.Fatal(err)
		}
	}
}
