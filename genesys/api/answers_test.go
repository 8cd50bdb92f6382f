package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cc-eventbridge/genesys/api"
	"cc-eventbridge/genesys/genesystest"
)

func TestAllPagesAreReadWhateverMembersAListingHas(t *testing.T) {
	for _, omits := range [][]string{nil, {"pageCount"}, {"pageCount", "total"}, {"nextUri"}, {"pageCount", "nextUri", "total", "pageSize", "pageNumber"}} {
		t.Run(strings.Join(omits, " "), func(t *testing.T) {
			o := genesystest.Defaults()
			o.RequestsPerMinute, o.Omits = 1000, omits
			onFake(t, o, func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
				for i := range 201 {
					if _, err := c.CreateIntegration(t.Context(), fmt.Sprintf("n%d", i)); err != nil {
						t.Fatal(err)
					}
				}
				found, err := c.IntegrationsNamed(t.Context(), "n200")
				if err != nil || len(found) != 1 {
					t.Errorf("found %v, error %v, want the one on the third page", found, err)
				}
				if n := cloud.Requests()["GET /api/v2/integrations"]; n != 3 {
					t.Errorf("%d pages were read, want 3", n)
				}
			})
		})
	}
}

func TestARequestThatTimedOutIsLikeOneWithoutAnAnswer(t *testing.T) {
	onFake(t, genesystest.Defaults(), func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
		cloud.Break(genesystest.Fault{Method: "GET", Path: "/integrations", Times: 2, Status: 408})
		if _, err := c.IntegrationsNamed(t.Context(), "x"); err != nil {
			t.Errorf("a GET is not repeated: %v", err)
		}
		cloud.Break(genesystest.Fault{Method: "POST", Path: "/integrations", Times: 1, Status: 408, Effect: true})
		_, err := c.CreateIntegration(t.Context(), "x")
		if !api.MayHaveHappened(err) || !api.StillRunning(err) {
			t.Errorf("a POST that timed out counts as refused: %v", err)
		}
	})
}

func TestA503NamesItsOwnPause(t *testing.T) {
	for after, want := range map[int]time.Duration{0: 250 * time.Millisecond, 20: 20 * time.Second} {
		onFake(t, genesystest.Defaults(), func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
			cloud.Break(genesystest.Fault{Path: "/integrations", Times: 1, Status: 503, RetryAfter: after})
			start := time.Now()
			if _, err := c.IntegrationsNamed(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took < want || took > want+2*time.Second {
				t.Errorf("Retry-After %d: it took %v, want %v", after, took, want)
			}
		})
	}
}

func TestAnErrorHasFieldLimitAndParameters(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"a field":               {`{"message":"Bad.","code":"bad.request","details":[{"errorCode":"invalid.value","fieldName":"eventFilter"}]}`, "Bad.; field eventFilter: invalid.value"},
		"a field without words": {`{"message":"Bad.","details":[{"fieldName":"notes"}]}`, "Bad.; field notes"},
		"a limit of the organization": {
			`{"message":"Too many.","limit":{"key":"integrations.max","namespace":"integrations","value":100}}`,
			"Too many.; the limit integrations.max of integrations is 100",
		},
		"parameters":            {`{"messageWithParams":"AWS answered {code} for {what}","messageParams":{"code":"AccessDenied","what":"the bus"}}`, "AWS answered AccessDenied for the bus"},
		"parameters in message": {`{"message":"AWS answered {code}","messageParams":{"code":"AccessDenied"}}`, "AWS answered AccessDenied"},
		"an error within":       {`{"message":"Bad.","errors":[{"messageWithParams":"No {x}","messageParams":{"x":"bus"},"limit":{"key":"k","value":2}}]}`, "Bad.; No bus; the limit k of the organization is 2"},
	} {
		t.Run(name, func(t *testing.T) {
			onFake(t, genesystest.Defaults(), func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
				cloud.Break(genesystest.Fault{Path: "/integrations", Times: 1, Status: 400, Body: test.body})
				_, err := c.CreateIntegration(t.Context(), "x")
				if err == nil || !strings.Contains(err.Error(), ": "+test.want+" [") {
					t.Errorf("error is %v, want one with %q", err, test.want)
				}
			})
		})
	}
}

func TestAStateHasItsParameters(t *testing.T) {
	var i api.Integration
	body := `{"reportedState":{"code":"ERROR","detail":{"messageWithParams":"AWS answered {code}","messageParams":{"code":"AccessDenied"}}}}`
	if err := json.Unmarshal([]byte(body), &i); err != nil {
		t.Fatal(err)
	}
	if got := i.ReportedState.Detail.Text(); got != "AWS answered AccessDenied" {
		t.Errorf("it says %q", got)
	}
}

func TestTheLoginServiceIsQuotedForWhatItSays(t *testing.T) {
	const wrong, grant = "client id and secret were not accepted", "grant Client Credentials in Genesys Cloud"
	for name, test := range map[string]struct {
		status      int
		body        string
		want, never string
	}{
		"wrong credentials":      {400, `{"error":"invalid_client","description":"client authentication failed"}`, wrong, grant},
		"wrong credentials, 401": {401, `{"error":"invalid_client"}`, wrong, grant},
		"another grant":          {400, `{"error":"unsupported_grant_type"}`, grant, wrong},
		"not this client's":      {400, `{"error":"unauthorized_client"}`, grant, wrong},
		"a limit":                {400, `{"error":"rate_limit_exceeded","error_description":"too many tokens"}`, "too many tokens", wrong},
	} {
		t.Run(name, func(t *testing.T) {
			onFake(t, genesystest.Defaults(), func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
				cloud.Break(genesystest.Fault{Path: "/oauth", Times: 1, Status: test.status, Body: test.body})
				_, err := c.IntegrationsNamed(t.Context(), "x")
				if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), test.never) {
					t.Errorf("error is %v, want one with %q and without %q", err, test.want, test.never)
				}
			})
		})
	}
}

func TestATokenWithoutALifetimeIsUsedForFiveMinutes(t *testing.T) {
	o := genesystest.Defaults()
	o.Omits = []string{"expires_in"}
	onFake(t, o, func(t *testing.T, cloud *genesystest.Cloud, c *api.Client) {
		ask := func() {
			if _, err := c.IntegrationsNamed(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		for range 9 {
			ask()
		}
		if n := cloud.TokensIssued(); n != 1 {
			t.Errorf("%d tokens were issued for 9 requests", n)
		}
		time.Sleep(5 * time.Minute)
		if ask(); cloud.TokensIssued() != 2 {
			t.Error("the token is used for longer than the shortest that there is")
		}
	})
}

func TestWhatIsUnknownInAConfigurationIsSentBackAndNullIsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sent string
		cloud := genesystest.New(genesystest.Defaults())
		c := api.New(api.Options{
			Hosts:       api.Hosts{API: genesystest.Host(), Login: genesystest.Host()},
			Credentials: api.Credentials{ClientID: genesystest.ClientID, ClientSecret: genesystest.ClientSecret},
			Transport: genesystest.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch {
				case !strings.HasSuffix(r.URL.Path, "/config/current"):
					cloud.ServeHTTP(w, r)
				case r.Method == http.MethodPut:
					body, _ := io.ReadAll(r.Body)
					sent = string(body)
					_, _ = w.Write([]byte(`{"version":8,"notes":"node_dynamodb_empty_string"}`))
				default:
					_, _ = w.Write([]byte(`{"name":"n","version":7,"properties":{"new":[1]},"advanced":null,"credentials":{"a":{"id":"b"}},"notes":"node_dynamodb_empty_string"}`))
				}
			})},
		})
		config, err := c.IntegrationConfig(t.Context(), "x")
		if err != nil || config.Notes != "" {
			t.Fatalf("notes are %q, error %v", config.Notes, err)
		}
		written, err := c.PutIntegrationConfig(t.Context(), "x", config)
		if err != nil || written.Version != 8 || written.Notes != "" {
			t.Errorf("the answer is %+v, error %v", written, err)
		}
		if want := `{"name":"n","version":7,"properties":{"new":[1]},"advanced":{},"notes":"","credentials":{"a":{"id":"b"}}}`; sent != want {
			t.Errorf("sent %s, want %s", sent, want)
		}
	})
}

func TestOnlyEventBridgeIntegrationsAreListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var query string
		cloud := genesystest.New(genesystest.Defaults())
		c := api.New(api.Options{
			Hosts:       api.Hosts{API: genesystest.Host(), Login: genesystest.Host()},
			Credentials: api.Credentials{ClientID: genesystest.ClientID, ClientSecret: genesystest.ClientSecret},
			Transport: genesystest.Transport{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				query = r.URL.RawQuery
				cloud.ServeHTTP(w, r)
			})},
		})
		if _, err := c.IntegrationsNamed(context.Background(), "x"); err != nil {
			t.Fatal(err)
		}
		if want := "integrationType=amazon-eventbridge-source&pageNumber=1&pageSize=100"; query != want {
			t.Errorf("asked for %s, want %s", query, want)
		}
	})
}
