package harness

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cc-eventbridge/function/internal/bench/peers"
)

func TestEveryContenderHasItsOwnNameAndTable(t *testing.T) {
	names, tables := map[string]bool{}, map[string]bool{}
	for _, c := range All() {
		if names[c.Name] || tables[c.Table()] {
			t.Errorf("%s is there twice", c.Name)
		}
		names[c.Name], tables[c.Table()] = true, true
	}
}

func TestNothingOfThisMachineLeaksIntoAFunction(t *testing.T) {
	t.Setenv("LOG_LEVEL", "debug")
	t.Setenv("NODE_OPTIONS", "--inspect")
	for _, c := range All() {
		for _, variable := range append(c.lambdaEnv("127.0.0.1:1", "http://127.0.0.1:2"), c.env...) {
			if strings.HasPrefix(variable, "NODE_OPTIONS") || variable == "LOG_LEVEL=debug" {
				t.Errorf("%s is given %s", c.Name, variable)
			}
		}
	}
}

func TestAToolThatIsMissingIsNamedWithWhatToInstall(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, name := range []string{Guide, PowertoolsTypeScript, PowertoolsPython} {
		for _, c := range All() {
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
	dir := t.TempDir()
	digest, err := unpack(peers.Node, "node", dir)
	if err != nil {
		t.Fatal(err)
	}
	if installed(dir, digest) {
		t.Error("it counts as installed before it is")
	}
	if err := markInstalled(dir, digest); err != nil {
		t.Fatal(err)
	}
	if !installed(dir, digest) || installed(dir, digest+"x") {
		t.Error("the mark does not tell one installation from another")
	}
	for _, name := range []string{"package.json", "package-lock.json", "runtime.mjs", "guide.cjs", "powertools.mjs"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
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

func TestMajorOfAVersion(t *testing.T) {
	for version, want := range map[string]int{"v20.1.2": 20, "v22": 22, "": 0, "vX.1": 0} {
		if got, err := majorOf(version); got != want || (err != nil) != (want == 0) {
			t.Errorf("majorOf(%q) = %d, %v", version, got, err)
		}
	}
}

func TestTheZipIsWeighedAsItIsShipped(t *testing.T) {
	content := bytes.Repeat([]byte("compressible "), 10_000)
	size, err := zippedBytes("bootstrap", bytes.NewReader(content))
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
