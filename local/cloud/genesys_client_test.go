package cloud

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/genesystest"
)

// TestMain lets the test's own program be the process that StartGenesys starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == GenesysCommand {
		if err := ServeGenesys(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func TestTheFakeRunsInAProcessOfItsOwn(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "log")
	g, pid, err := StartGenesys(program, genesystest.Defaults(), "", log)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(-pid, syscall.SIGKILL) }()
	state, err := g.State(t.Context())
	if err != nil || state.OrganizationID != genesystest.OrganizationID {
		t.Errorf("state is %+v, error %v", state, err)
	}
	host, err := url.Parse(g.URL)
	if err != nil {
		t.Fatal(err)
	}
	c := api.New(api.Options{
		Hosts:       api.Hosts{API: host, Login: host},
		Credentials: api.Credentials{ClientID: genesystest.ClientID, ClientSecret: genesystest.ClientSecret},
	})
	if id, err := c.OrganizationID(t.Context()); err != nil || id != genesystest.OrganizationID {
		t.Errorf("with the credentials that were handed over the organization is %q, error %v", id, err)
	}
}

func TestAProcessThatDoesNotStartIsAnError(t *testing.T) {
	t.Setenv(genesysVariable, "")
	if _, _, err := StartGenesys("/bin/false", genesystest.Options{}, "", filepath.Join(t.TempDir(), "log")); err == nil || !strings.Contains(err.Error(), "without an address") {
		t.Errorf("error is %v", err)
	}
}
