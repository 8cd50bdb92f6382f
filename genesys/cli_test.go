package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/genesys/genesystest"
)

// cli runs the real Pulumi CLI in a project whose only plugin is this module's source.
type cli struct {
	t       *testing.T
	program string
	project string
	env     []string
	// all is everything that was printed.
	all bytes.Buffer
}

func newCLI(t *testing.T) *cli {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	tools := filepath.Join(filepath.Dir(here), ".local", "bin")
	path := tools + string(os.PathListSeparator) + os.Getenv("PATH")
	t.Setenv("PATH", path)
	program, err := exec.LookPath("pulumi")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("the Pulumi CLI is neither on PATH nor in %s: %v", tools, err)
		}
		t.Skipf("the Pulumi CLI is neither on PATH nor in %s: %v", tools, err)
	}
	c := &cli{t: t, program: program, project: t.TempDir()}
	backend, home := t.TempDir(), t.TempDir()
	// A fresh home has no plugins and no builds: what runs is built from source by the CLI.
	c.env = append(os.Environ(), "PULUMI_HOME="+home, "PULUMI_BACKEND_URL=file://"+backend, "PULUMI_CONFIG_PASSPHRASE=test",
		"PULUMI_SKIP_UPDATE_CHECK=true", "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"GENESYSCLOUD_OAUTHCLIENT_ID=", "GENESYSCLOUD_OAUTHCLIENT_SECRET=", "GENESYSCLOUD_REGION=")
	project := fmt.Sprintf("name: cli\nruntime: go\nmain: %s\nplugins:\n  providers:\n    - name: genesys\n      path: %s\n",
		filepath.Join(here, "testdata", "program"), here)
	if err := os.WriteFile(filepath.Join(c.project, "Pulumi.yaml"), []byte(project), 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

// try runs a command and returns all that it prints.
func (c *cli) try(args ...string) (string, error) {
	cmd := exec.CommandContext(c.t.Context(), c.program, args...)
	cmd.Dir, cmd.Env = c.project, c.env
	start := time.Now()
	out, err := cmd.CombinedOutput()
	c.all.Write(out)
	c.t.Logf("pulumi %s (%.1f s)", args[0], time.Since(start).Seconds())
	return string(out), err
}

func (c *cli) run(args ...string) string {
	c.t.Helper()
	out, err := c.try(args...)
	if err != nil {
		c.t.Fatalf("pulumi %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// says runs a command and wants texts in what it prints.
func (c *cli) says(args []string, texts ...string) {
	c.t.Helper()
	out := c.run(args...)
	words := strings.ReplaceAll(strings.Join(strings.Fields(out), " "), " : ", ": ") // the CLI aligns columns
	for _, text := range texts {
		if !strings.Contains(words, text) {
			c.t.Errorf("pulumi %s does not say %q:\n%s", strings.Join(args, " "), text, out)
		}
	}
}

func TestThePulumiCLIRunsTheProviderFromSource(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the provider and runs the CLI a dozen times")
	}
	cloud := genesystest.New(genesystest.Defaults())
	server := httptest.NewServer(cloud)
	defer server.Close()
	c := newCLI(t)
	preview := []string{"preview", "--non-interactive", "--diff"}
	up := []string{"up", "--yes", "--skip-preview", "--non-interactive"}

	c.run("stack", "init", "test")
	c.run("config", "set", "cli:maxRetries", "5")
	c.says(preview, "4 to create")
	if out, err := c.try(up...); err == nil || !strings.Contains(out, "genesysClientSecret") {
		t.Fatalf("up without credentials: error is %v, want one that names the keys:\n%s", err, out)
	}
	c.run("config", "set-all", "--plaintext", "genesys:apiBaseUrl="+server.URL, "--plaintext", "genesys:loginBaseUrl="+server.URL,
		"--plaintext", "genesys:clientId="+genesystest.ClientID, "--secret", "genesys:clientSecret="+genesystest.ClientSecret)
	// The answer to the first create is lost, and then its configuration is refused.
	cloud.Break(genesystest.Fault{Method: "POST", Path: "/integrations", Times: 1, Status: 500, Effect: true},
		genesystest.Fault{Method: "PUT", Path: "/config/current", Times: 1, Status: 400, Echo: true})
	if out, err := c.try(up...); err == nil || !strings.Contains(out, "correlation id") {
		t.Fatalf("up with a refused configuration: error is %v, want one with its correlation id:\n%s", err, out)
	}
	c.says(up, "aws.partner/genesys.com/cloud/"+genesystest.OrganizationID+"/prod")
	c.run("preview", "--non-interactive", "--expect-no-changes")
	c.run("refresh", "--yes", "--non-interactive", "--expect-no-changes")

	state := cloud.State()
	if len(state.Integrations) != 1 {
		t.Fatalf("Genesys has %+v, want one integration", state.Integrations)
	}
	source, subscription := state.Integrations[0].ID, state.Subscriptions[0].ID
	for _, drift := range []genesystest.Drift{
		{ID: source, Status: "DISABLED"}, {ID: subscription, Status: "ERROR", Message: "the destination answers 503"},
	} {
		if err := cloud.Apply(drift); err != nil {
			t.Fatal(err)
		}
	}
	c.says([]string{"refresh", "--yes", "--non-interactive", "--diff"},

		`~ enabled: true => false`, `~ status: "ACTIVE" => "INACTIVE"`, `~ status: "ENABLED" => "ERROR"`, "the destination answers 503")
	c.says(preview, "2 to update", `~ status: "INACTIVE" => "ACTIVE"`, `~ status: "ERROR" => "ENABLED"`)
	c.says(up, "2 updated")
	if got := cloud.State(); got.Integrations[0].Status != "ACTIVE" || got.Subscriptions[0].Status != "ENABLED" {
		t.Errorf("after the repair Genesys has %+v", got)
	}
	c.run("config", "set", "cli:maxRetries", "9")
	c.says(up, "1 updated")

	c.run("state", "delete", "urn:pulumi:test::cli::genesys:index:EventBridgeSource::source", "--yes")
	c.run("import", "genesys:index:EventBridgeSource", "source", source, "--yes", "--non-interactive", "--protect=false", "--skip-preview", "--generate-code=false")
	c.run("preview", "--non-interactive", "--expect-no-changes")

	exported := c.run("stack", "export")
	if !json.Valid([]byte(exported)) {
		t.Fatal("the exported state is not JSON")
	}
	c.run("destroy", "--yes", "--skip-preview", "--non-interactive")
	if got := cloud.State(); len(got.Integrations)+len(got.Destinations)+len(got.Subscriptions) != 0 {
		t.Errorf("destroy left %+v", got)
	}
	for _, secret := range append(cloud.Tokens(), genesystest.ClientSecret) {
		if strings.Contains(c.all.String(), secret) {
			t.Errorf("the secret %q is in the CLI's output or the exported state", secret)
		}
	}
}
