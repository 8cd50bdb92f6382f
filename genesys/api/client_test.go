package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/genesystest"
)

// client returns a client of a fake, and what both log.
func client(cloud *genesystest.Cloud) (*api.Client, *bytes.Buffer) {
	log := &bytes.Buffer{}
	return api.New(api.Options{
		Hosts:       api.Hosts{API: genesystest.Host(), Login: genesystest.Host()},
		Credentials: api.Credentials{ClientID: genesystest.ClientID, ClientSecret: genesystest.ClientSecret},
		Transport:   genesystest.Transport{Handler: cloud},
		Log:         slog.New(slog.NewTextHandler(log, nil)),
	}), log
}

// onFake runs a test on a clock of its own.
func onFake(t *testing.T, o genesystest.Options, test func(t *testing.T, cloud *genesystest.Cloud, c *api.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		cloud := genesystest.New(o)
		c, _ := client(cloud)
		test(t, cloud, c)
	})
}

func TestOneTokenServesManyRequests(t *testing.T) {
	onFake(t, genesystest.Defaults(), func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
		for range 50 {
			if _, err := c.IntegrationsNamed(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		if n := cloud.TokensIssued(); n != 1 {
			t.Errorf("%d tokens were issued for 50 requests, want 1", n)
		}
	})
}

func TestTokenIsRenewedWhenItEndsAndWhenItIsRefused(t *testing.T) {
	o := genesystest.Defaults()
	o.TokenLifetime = time.Hour
	onFake(t, o, func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
		steps := []struct {
			what   string
			before func()
			want   int
		}{
			{"the first request gets a token", func() {}, 1},
			{"one that is about to end is not used", func() { time.Sleep(time.Hour - 30*time.Second) }, 2},
			{"one that Genesys has ended is replaced", cloud.ExpireTokens, 3},
		}
		for _, step := range steps {
			step.before()
			if _, err := c.CreateIntegration(t.Context(), "x"); err != nil {
				t.Fatalf("%s: %v", step.what, err)
			}
			if n := cloud.TokensIssued(); n != step.want {
				t.Errorf("%s: %d tokens were issued, want %d", step.what, n, step.want)
			}
		}
		if n := len(cloud.State().Integrations); n != len(steps) {
			t.Errorf("%d integrations exist, want %d: a request was done twice", n, len(steps))
		}
	})
}

func TestRateLimitIsWaitedOut(t *testing.T) {
	for name, test := range map[string]struct {
		header, value string
		least, most   time.Duration
	}{
		"seconds":              {"Retry-After", "7", 7 * time.Second, 8 * time.Second},
		"a date":               {"Retry-After", "", 9 * time.Second, 12 * time.Second},
		"inin-ratelimit-reset": {"inin-ratelimit-reset", "20", 20 * time.Second, 21 * time.Second},
		"no header":            {"X-Nothing", "1", time.Minute, 61 * time.Second},
		"nonsense":             {"Retry-After", "soon", time.Minute, 61 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				value := test.value
				if value == "" {
					value = time.Now().Add(10 * time.Second).UTC().Format(http.TimeFormat)
				}
				cloud, refused := genesystest.New(genesystest.Defaults()), false
				c := api.New(api.Options{
					Hosts:       api.Hosts{API: genesystest.Host(), Login: genesystest.Host()},
					Credentials: api.Credentials{ClientID: genesystest.ClientID, ClientSecret: genesystest.ClientSecret},
					Transport: genesystest.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "integrations") && !refused {
							refused = true
							w.Header().Set(test.header, value)
							w.WriteHeader(http.StatusTooManyRequests)
							return
						}
						cloud.ServeHTTP(w, r)
					})},
				})
				start := time.Now()
				if _, err := c.CreateIntegration(t.Context(), "x"); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(start); took < test.least || took > test.most {
					t.Errorf("waited %v, want %v to %v", took, test.least, test.most)
				}
			})
		})
	}
}

func TestOwnRateLimitOf300AMinuteIsRespected(t *testing.T) {
	onFake(t, genesystest.Defaults(), func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
		start := time.Now()
		for range 700 {
			if _, err := c.IntegrationsNamed(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took < 2*time.Minute || took > 2*time.Minute+5*time.Second {
			t.Errorf("700 requests took %v, want a little more than the 2 minutes that 300 a minute dictate", took)
		}
		if asked := cloud.Requests()["GET /api/v2/integrations"]; asked > 703 {
			t.Errorf("%d requests were sent for 700 answers: the client hammers", asked)
		}
	})
}

func TestAWaitBeyondTheDeadlineFailsAtOnce(t *testing.T) {
	onFake(t, genesystest.Defaults(), func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
		cloud.Break(genesystest.Fault{Path: "/integrations", Times: -1, Status: 429, RetryAfter: 3600})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		_, err := c.CreateIntegration(ctx, "x")
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "longer than this operation may still take") {
			t.Errorf("error is %v", err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("it took %v to say so", took)
		}
	})
}

func TestWhatIsRepeatedAfterAFailure(t *testing.T) {
	get := func(ctx context.Context, c *api.Client) error { _, err := c.IntegrationsNamed(ctx, "x"); return err }
	post := func(ctx context.Context, c *api.Client) error { _, err := c.CreateIntegration(ctx, "x"); return err }
	for name, test := range map[string]struct {
		fault           genesystest.Fault
		do              func(context.Context, *api.Client) error
		fails, happened bool
	}{
		"a GET that gets a 503 twice":        {genesystest.Fault{Path: "/integrations", Times: 2, Status: 503}, get, false, false},
		"a GET whose connection is cut":      {genesystest.Fault{Path: "/integrations", Times: 1}, get, false, false},
		"a GET on a socket that hangs":       {genesystest.Fault{Path: "/integrations", Times: 1, Hang: true}, get, false, false},
		"a GET that fails forever":           {genesystest.Fault{Path: "/integrations", Times: -1, Status: 500}, get, true, true},
		"a POST that gets a 500":             {genesystest.Fault{Path: "/integrations", Times: 1, Status: 500}, post, true, true},
		"a POST whose connection is cut":     {genesystest.Fault{Path: "/integrations", Times: 1, Effect: true}, post, true, true},
		"a POST on a socket that hangs":      {genesystest.Fault{Path: "/integrations", Times: 1, Hang: true}, post, true, true},
		"a POST that is refused":             {genesystest.Fault{Path: "/integrations", Times: 1, Status: 400}, post, true, false},
		"a POST that is limited three times": {genesystest.Fault{Path: "/integrations", Times: 3, Status: 429, RetryAfter: 1}, post, false, false},
		"a token request that gets a 500":    {genesystest.Fault{Path: "/oauth", Times: 2, Status: 500}, post, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			onFake(t, genesystest.Defaults(), func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
				cloud.Break(test.fault)
				err := test.do(t.Context(), c)
				if (err != nil) != test.fails || api.MayHaveHappened(err) != test.happened {
					t.Errorf("error is %v, may have happened: %v", err, api.MayHaveHappened(err))
				}
				if n := len(cloud.State().Integrations); n > 1 {
					t.Errorf("%d integrations were made", n)
				}
			})
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	onFake(t, genesystest.Defaults(), func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
		for _, path := range []string{"/oauth", "/integrations"} {
			cloud.Break(genesystest.Fault{Path: path, Times: 1, Redirect: "http://elsewhere.example/steal"})
			_, err := c.IntegrationsNamed(t.Context(), "x")
			if err == nil || !strings.Contains(err.Error(), "not followed") {
				t.Errorf("%s: error is %v, want one that says that the redirect was not followed", path, err)
			}
		}
	})
}

func TestNoErrorOrLogLineHoldsASecretAndEveryErrorHoldsItsCorrelationID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cloud := genesystest.New(genesystest.Defaults())
		c, log := client(cloud)
		if _, err := c.IntegrationsNamed(t.Context(), "x"); err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		for _, fault := range []genesystest.Fault{
			{Path: "/integrations", Times: 1, Status: 400, Echo: true},
			{Path: "/integrations", Times: 1, Status: 401, Echo: true},
			{Path: "/integrations", Times: 1, Status: 429, RetryAfter: 30, Echo: true},
			{Path: "/integrations", Times: 1, Status: 500, Echo: true},
			{Path: "/integrations", Times: 1, Status: 404},
		} {
			cloud.ClearFaults()
			cloud.Break(fault)
			_, err := c.CreateIntegration(t.Context(), "x")
			fmt.Fprintln(&said, err)
			if err != nil && !strings.Contains(err.Error(), "[correlation id ") {
				t.Errorf("no correlation id: %v", err)
			}
			var answered *api.Error
			if errors.As(err, &answered) {
				fmt.Fprintf(&said, "%+v %#v\n", answered, answered)
			}
		}
		cloud.ClearFaults()
		tokens := cloud.Tokens() // before they are ended
		cloud.ExpireTokens()
		cloud.Break(genesystest.Fault{Path: "/oauth", Times: 1, Status: 401, Echo: true})
		_, err := c.CreateIntegration(t.Context(), "x")
		fmt.Fprintln(&said, err, c)
		said.WriteString(log.String())
		basic := base64.StdEncoding.EncodeToString([]byte(genesystest.ClientID + ":" + genesystest.ClientSecret))
		for _, secret := range append(tokens, basic, genesystest.ClientSecret) {
			if strings.Contains(said.String(), secret) {
				t.Errorf("the secret %q is in:\n%s", secret, said.String())
			}
		}
	})
}

func TestWrongCredentialsAreCalledSo(t *testing.T) {
	o := genesystest.Defaults()
	o.ClientSecret = "another"
	onFake(t, o, func(t *testing.T, _ *genesystest.Cloud, c *api.Client) {
		_, err := c.IntegrationsNamed(t.Context(), "x")
		if err == nil || !strings.Contains(err.Error(), "client id and secret were not accepted") {
			t.Errorf("error is %v", err)
		}
	})
}

func TestAllPagesOfAListingAreRead(t *testing.T) {
	o := genesystest.Defaults()
	o.RequestsPerMinute = 1000
	onFake(t, o, func(t *testing.T, _ *genesystest.Cloud, c *api.Client) {
		for i := range 250 {
			if _, err := c.CreateIntegration(t.Context(), fmt.Sprintf("n%d", i%125)); err != nil {
				t.Fatal(err)
			}
		}
		found, err := c.IntegrationsNamed(t.Context(), "n124")
		if err != nil || len(found) != 2 {
			t.Errorf("found %v, error %v, want two: one is on the last page", found, err)
		}
	})
}
