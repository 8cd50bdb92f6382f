package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// program writes a Go program into a folder of its own.
func program(t *testing.T, code string) string {
	t.Helper()
	t.Setenv("GOWORK", "off")
	dir := t.TempDir()
	for name, content := range map[string]string{"go.mod": "module program\n\ngo 1.26\n", "main.go": "package main\n\n" + code} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRunTellsHowAProgramEnded(t *testing.T) {
	for name, test := range map[string]struct {
		code string
		bail bool
		want string
	}{
		"well":                                   {code: "func main() {}"},
		"with a status":                          {code: "import \"os\"\n\nfunc main() { os.Exit(7) }", want: "exit status 7"},
		"with an error that it reported already": {code: "import \"os\"\n\nfunc main() { os.Exit(32) }", bail: true},
		"not at all, for it does not compile":    {code: "func main() { undefined() }", want: "undefined: undefined"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := program(t, test.code)
			h := newHost("127.0.0.1:1", t.TempDir(), func() {})
			resp, err := h.Run(t.Context(), &pulumirpc.RunRequest{
				Pwd: dir, Info: &pulumirpc.ProgramInfo{RootDirectory: dir, ProgramDirectory: dir, EntryPoint: "."},
			})
			if err != nil {
				t.Fatal(err)
			}
			if resp.GetBail() != test.bail {
				t.Errorf("bail = %v, want %v", resp.GetBail(), test.bail)
			}
			if !strings.Contains(resp.GetError(), test.want) || (test.want == "") != (resp.GetError() == "") {
				t.Errorf("error = %q, want one with %q", resp.GetError(), test.want)
			}
		})
	}
}

func TestProgramGetsWhatTheSDKReads(t *testing.T) {
	env, err := programEnv(&pulumirpc.RunRequest{
		Project: "p", Stack: "s", Organization: "o", DryRun: true, Parallel: 16, MonitorAddress: "127.0.0.1:2",
		Config: map[string]string{"p:key": "value"}, ConfigSecretKeys: []string{"p:secret"},
		Info: &pulumirpc.ProgramInfo{RootDirectory: "/root"},
	}, "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"PULUMI_PROJECT=p", "PULUMI_STACK=s", "PULUMI_ORGANIZATION=o", "PULUMI_DRY_RUN=true", "PULUMI_PARALLEL=16",
		"PULUMI_MONITOR=127.0.0.1:2", "PULUMI_ENGINE=127.0.0.1:1", "PULUMI_ROOT_DIRECTORY=/root",
		`PULUMI_CONFIG={"p:key":"value"}`, `PULUMI_CONFIG_SECRET_KEYS=["p:secret"]`,
	} {
		if !slices.Contains(env, want) {
			t.Errorf("the environment lacks %s: %v", want, env)
		}
	}
}

func TestABinaryStaysWhileAnotherBuildReplacesIt(t *testing.T) {
	dir, builds := program(t, "func main() {}"), t.TempDir()
	first, release, err := build(t.Context(), dir, builds)
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte("package main\n\nfunc main() { println(1) }"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, releaseSecond, err := build(t.Context(), dir, builds)
	if err != nil {
		t.Fatal(err)
	}
	defer releaseSecond()
	after, err := os.ReadFile(first)
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("the first binary changed while it was in use (%v)", err)
	}
	release()
	if _, err := os.Stat(first); !os.IsNotExist(err) {
		t.Errorf("a released binary is still there: %v", err)
	}
}
