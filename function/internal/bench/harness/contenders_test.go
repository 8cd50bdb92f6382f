package harness

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"cc-eventbridge/function/internal/bench/peers"
)

func TestEveryContenderHasItsOwnNameAndTable(t *testing.T) {
	names, tables := map[string]bool{}, map[string]bool{}
	for _, c := range Contenders() {
		if names[c.Name] || tables[c.Table()] {
			t.Errorf("%s is there twice", c.Name)
		}
		names[c.Name], tables[c.Table()] = true, true
	}
}

func TestNothingOfThisMachineLeaksIntoAFunction(t *testing.T) {
	t.Setenv("LOG_LEVEL", "debug")
	t.Setenv("NODE_OPTIONS", "--inspect")
	for _, c := range Contenders() {
		for _, variable := range append(c.lambdaEnv("http://127.0.0.1:2"), c.env...) {
			if strings.HasPrefix(variable, "NODE_OPTIONS") || variable == "LOG_LEVEL=debug" {
				t.Errorf("%s is given %s", c.Name, variable)
			}
		}
	}
}

func TestAToolThatIsMissingIsNamedWithWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, name := range []string{Guide, PowertoolsTypeScript, PowertoolsPython} {
		for _, c := range Contenders() {
			if c.Name != name {
				continue
			}
			err := c.Prepare(t.Context(), &Workshop{Dir: t.TempDir()})
			if err == nil || !strings.Contains(err.Error(), "was not found: install ") {
				t.Errorf("%s: error = %v, want it to say what to install", name, err)
			}
		}
	}
}

func TestAnInstallationIsRepeatedWhenWhatItIsMadeFromChanges(t *testing.T) {
	shop := &Workshop{Dir: t.TempDir(), Progress: t.Logf}
	installations := func(content string) int {
		files := fstest.MapFS{"peer/handler.txt": {Data: []byte(content)}}
		dir, err := shop.install(t.Context(), "peer", files, []string{"git"}, "install git", [][]string{{"sh", "-c", "cat handler.txt >> made"}})
		if err != nil {
			t.Fatal(err)
		}
		made, err := os.ReadFile(filepath.Join(dir, "made"))
		if err != nil {
			t.Fatal(err)
		}
		return len(made)
	}
	for i, content := range []string{"a", "a", "b", "b"} {
		if got, want := installations(content), 1+i/2; got != want {
			t.Errorf("step %d: %d installations, want %d", i, got, want)
		}
	}
	_, err := shop.install(t.Context(), "broken", fstest.MapFS{"broken/x": {}}, []string{"git"}, "install git", [][]string{{"sh", "-c", "echo why; exit 1"}})
	if err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("error = %v, want what the step printed", err)
	}
}

func TestTheLockFileNamesNoRegistry(t *testing.T) {
	lock, err := peers.Node.ReadFile("node/package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(lock, []byte(`"resolved"`)) || !bytes.Contains(lock, []byte(`"integrity"`)) {
		t.Error("want the integrity of every package and no address: make it with npm install --omit-lockfile-registry-resolved")
	}
}

func TestTheZipIsWeighedAsItIsShipped(t *testing.T) {
	content := bytes.Repeat([]byte("compressible "), 10_000)
	size, err := zippedBytes(content)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	archive := zip.NewWriter(&file)
	entry, err := archive.Create("bootstrap")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := entry.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if size != int64(file.Len()) || size >= int64(len(content)) {
		t.Errorf("size = %d, want the %d bytes of a zip file", size, file.Len())
	}
}
