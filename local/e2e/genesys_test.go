package e2e

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"cc-eventbridge/function/contract"
	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/genesystest"
	"cc-eventbridge/local/cloud"
	"cc-eventbridge/local/traffic"
)

// genesys is Genesys Cloud beside a test's cloud.
type genesys struct {
	*fixture
	cloud.Genesys
	fake *cloud.GenesysServer
}

func (c *fixture) withGenesys() *genesys {
	g := &genesys{fixture: c, fake: cloud.NewGenesysServer(cloud.Organization(), c.endpoint)}
	server := httptest.NewServer(g.fake)
	c.t.Cleanup(server.Close)
	g.URL = server.URL
	return g
}

// TestRegistrationWithGenesys previews without credentials, takes an integration over that is there already, registers the
// rest, sees and repairs drift, and leaves nothing behind, in Genesys Cloud or of its secrets anywhere.
func TestRegistrationWithGenesys(t *testing.T) {
	t.Parallel()
	c := newFixture(t, "local-genesys", nil)
	g := c.withGenesys()
	c.must(cloud.Register(c.ctx, c.stack))
	if !slices.ContainsFunc(c.preview(), func(s step) bool { return s.String() == "create genesys:index:EventBridgeSource partner" }) {
		t.Error("a preview without credentials creates no event source")
	}
	if n := len(g.state().Requests); n > 0 {
		t.Errorf("a preview made %d requests to Genesys Cloud, want none", n)
	}
	c.must(c.stack.Set(c.ctx, cloud.Credentials(g.URL)))
	byHand := g.integrationByHand("local-genesys-cc-eventbridge")

	c.up()
	c.must(g.Registered(c.ctx))
	if got := g.state().Integrations[0].ID; got != byHand {
		t.Errorf("the integration is %s, want %s, which was there and had the name", got, byHand)
	}
	c.hasOutputs(contract.OutputRuleDeadLetterQueueURL)
	if c.outputs[contract.OutputEventBus] != cloud.Source {
		t.Errorf("the bus is %q, want %q", c.outputs[contract.OutputEventBus], cloud.Source)
	}
	g.arrives(1)
	for _, args := range [][]string{{"preview"}, {"refresh", "--yes"}} {
		if _, err := c.stack.Run(c.ctx, append(args, "--expect-no-changes", "--non-interactive")...); err != nil {
			t.Errorf("without drift: %v", err)
		}
	}

	g.drifts()
	g.arrives(2)

	g.closes()
	c.must(c.stack.Destroy(c.ctx))
	if left := c.left(); len(left) > 0 {
		t.Errorf("destroy left behind: %s", strings.Join(left, ", "))
	}
	g.noSecretIn(c.stack.Log)
}

// closes takes both intakes down in Genesys Cloud, as docs/genesys.md has it, with an event on the queue that the consumer
// still has to deliver.
func (g *genesys) closes() {
	g.t.Helper()
	before := len(g.deliveries())
	_, err := g.pipeline.Send(g.ctx, traffic.Bare(traffic.Direct(rand.New(rand.NewPCG(3, 3)), nil))...)
	g.must(err)
	_, err = g.stack.Run(g.ctx, "destroy", "--yes", "--skip-preview", "--non-interactive", "--target", "**genesys:index:**", "--target-dependents")
	g.must(err)
	g.must(g.Unregistered(g.ctx))
	g.quiet()
	if got := len(g.deliveries()) - before; got != 1 {
		g.t.Errorf("%d events were delivered while the intakes were taken down, want the one that was queued", got)
	}
}

// drifts has Genesys Cloud switch the integration off and fail the subscription, which a refresh must see and up repair.
func (g *genesys) drifts() {
	g.t.Helper()
	const reason = "the destination answers 503"
	state := g.state()
	for _, drift := range []genesystest.Drift{
		{ID: state.Integrations[0].ID, Status: "DISABLED"}, {ID: state.Subscriptions[0].ID, Status: "ERROR", Message: reason},
	} {
		g.must(g.Drift(g.ctx, drift))
	}
	g.says([]string{"preview", "--refresh", "--diff", "--non-interactive"}, `~ status: "INACTIVE" => "ACTIVE"`, `~ status: "ERROR" => "ENABLED"`)
	g.says([]string{"refresh", "--yes", "--diff", "--non-interactive"}, `~ enabled: true => false`, `~ status: "ACTIVE" => "INACTIVE"`, `~ status: "ENABLED" => "ERROR"`, reason)
	repairs := map[string][]string{}
	for _, s := range g.preview() {
		for property := range s.DetailedDiff {
			repairs[s.String()] = append(repairs[s.String()], property)
		}
		slices.Sort(repairs[s.String()])
	}
	want := map[string][]string{
		"update genesys:index:EventBridgeSource partner": {"enabled", "status"},
		"update genesys:index:EventSubscription events":  {"status", "statusMessage"},
	}
	if fmt.Sprint(repairs) != fmt.Sprint(want) {
		g.t.Errorf("the preview repairs %v, want %v", repairs, want)
	}
	g.searched()
	g.up()
	g.must(g.Registered(g.ctx))
}

// says runs the CLI and wants texts in what it prints.
func (g *genesys) says(args []string, texts ...string) {
	g.t.Helper()
	out, err := g.stack.Run(g.ctx, args...)
	g.must(err)
	words := strings.ReplaceAll(strings.Join(strings.Fields(out), " "), " : ", ": ") // the CLI aligns columns
	for _, text := range texts {
		if !strings.Contains(words, text) {
			g.t.Errorf("pulumi %s does not say %q:\n%s", args[0], text, out)
		}
	}
}

func (g *genesys) state() genesystest.State {
	g.t.Helper()
	state, err := g.State(g.ctx)
	g.must(err)
	return state
}

// integrationByHand makes an integration as an administrator would, and returns its id.
func (g *genesys) integrationByHand(name string) string {
	g.t.Helper()
	host, err := url.Parse(g.URL)
	g.must(err)
	client := api.New(api.Options{
		Hosts:       api.Hosts{API: host, Login: host},
		Credentials: api.Credentials{ClientID: genesystest.ClientID, ClientSecret: genesystest.ClientSecret},
	})
	caller, err := sts.NewFromConfig(g.account).GetCallerIdentity(g.ctx, &sts.GetCallerIdentityInput{})
	g.must(err)
	id, err := client.CreateIntegration(g.ctx, name)
	g.must(err)
	config, err := client.IntegrationConfig(g.ctx, id)
	g.must(err)
	config.Properties = map[string]json.RawMessage{}
	for property, value := range map[string]any{
		"awsAccountId": aws.ToString(caller.Account), "awsAccountRegion": cloud.Region,
		"eventSourceSuffix": path.Base(cloud.Source), "eventFilter": []string{"v2.users.{id}.presence"},
	} {
		config.Properties[property], err = json.Marshal(value)
		g.must(err)
	}
	_, err = client.PutIntegrationConfig(g.ctx, id, config)
	g.must(err)
	return id
}

// arrives has Genesys Cloud publish an event and waits until bus, rule, queue and function brought it downstream.
func (g *genesys) arrives(seed uint64) {
	g.t.Helper()
	before := len(g.deliveries())
	g.must(g.pipeline.Publish(g.ctx, g.Genesys, traffic.EventBridge(rand.New(rand.NewPCG(seed, seed)))))
	g.oneMore(before)
}

// searched searches what a deployed stack consists of on disk: its configuration and every state of it.
func (g *genesys) searched() {
	g.t.Helper()
	files := []string{g.stack.ConfigFile()}
	g.must(filepath.WalkDir(g.w.Path("pulumi", "state", g.stack.Name), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	}))
	if _, err := g.stack.Run(g.ctx, "stack", "export"); err != nil { // what it prints is in the log
		g.t.Error(err)
	}
	g.noSecretIn(files...)
	// What is no secret is there: the search looks where the secrets would be.
	for _, file := range append(slices.DeleteFunc(files, func(f string) bool { return !strings.HasSuffix(f, g.stack.Name+".json") }), g.stack.ConfigFile(), g.stack.Log) {
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), genesystest.ClientID) {
			g.t.Errorf("%s does not even hold the client's id (error: %v)", file, err)
		}
	}
}

func (g *genesys) noSecretIn(files ...string) {
	g.t.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte(genesystest.ClientID + ":" + genesystest.ClientSecret))
	escaped, err := json.Marshal(genesystest.ClientSecret)
	g.must(err)
	secrets := append(g.fake.Tokens(), basic, genesystest.ClientSecret, url.QueryEscape(genesystest.ClientSecret), strings.Trim(string(escaped), `"`))
	if len(secrets) < 5 {
		g.t.Error("there is no token to search for")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		g.must(err)
		for i, secret := range secrets {
			if strings.Contains(string(text), secret) {
				g.t.Errorf("%s holds secret %d of %d", file, i+1, len(secrets))
			}
		}
	}
}
