package provider_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"cc-eventbridge/genesys/genesystest"
)

// assertNoSecret searches everything that leaves the provider for secrets.
func (e *engine) assertNoSecret() {
	e.t.Helper()
	state, err := json.Marshal([]any{e.inputs.Mappable(), e.outputs.Mappable()})
	if err != nil {
		e.t.Fatal(err)
	}
	everything := e.said.String() + e.log.String() + string(state)
	basic := base64.StdEncoding.EncodeToString([]byte(genesystest.ClientID + ":" + genesystest.ClientSecret))
	for _, secret := range append(e.cloud.Tokens(), basic, genesystest.ClientSecret) {
		if strings.Contains(everything, secret) {
			e.t.Errorf("the secret %q is in:\n%s", secret, everything)
		}
	}
}

func TestNoHostilityDoublesAnIntegrationOrLeaksASecret(t *testing.T) {
	const posts, config, any = "/api/v2/integrations", "/config/current", ""
	for name, faults := range map[string][]genesystest.Fault{
		"a storm of 429":                        {{Path: any, Times: 25, Status: 429, RetryAfter: 3, Echo: true}},
		"the create's answer is a 500":          {{Method: "POST", Path: posts, Times: 1, Status: 500, Effect: true, Echo: true}},
		"the create's answer is a 502":          {{Method: "POST", Path: posts, Times: 1, Status: 502, Effect: true, Echo: true}},
		"the create's connection is cut":        {{Method: "POST", Path: posts, Times: 1, Effect: true}},
		"the create hangs after it was done":    {{Method: "POST", Path: posts, Times: 1, Effect: true, Hang: true}},
		"the create hangs and was not done":     {{Method: "POST", Path: posts, Times: 1, Hang: true}},
		"the create takes effect much later":    {{Method: "POST", Path: posts, Times: 1, Late: 45}},
		"the create fails with 500":             {{Method: "POST", Path: posts, Times: 2, Status: 500}},
		"the create fails with 500 forever":     {{Method: "POST", Path: posts, Times: 9, Status: 500, Echo: true}},
		"the listing fails after a lost create": {{Method: "POST", Path: posts, Times: 1, Effect: true}, {Method: "GET", Path: posts, Skip: 1, Times: 9, Status: 503}},
		"stale versions":                        {{Method: "PUT", Path: config, Times: 3, Edit: true}},
		"the configuration's answer is lost":    {{Method: "PUT", Path: config, Times: 1, Status: 500, Effect: true}},
		"the configuration can't be written":    {{Method: "PUT", Path: config, Times: 20, Status: 500, Echo: true}},
		"the configuration is refused":          {{Method: "PUT", Path: config, Times: 1, Status: 400, Echo: true}},
		"enabling hangs":                        {{Method: "PATCH", Times: 1, Hang: true}},
		"tokens are refused twice":              {{Path: posts, Times: 2, Status: 401, Echo: true}},
		"a token is refused in between":         {{Path: config, Times: 1, Status: 401, Echo: true}},
		"no token is to be had":                 {{Path: "/oauth/token", Times: 9, Status: 503, Echo: true}},
		"the login redirects":                   {{Path: "/oauth/token", Times: 1, Redirect: "http://elsewhere.example/"}},
		"every third request is cut": {
			{Skip: 2, Times: 1, Effect: true}, {Skip: 4, Times: 1, Effect: true}, {Skip: 6, Times: 1, Effect: true}, {Skip: 8, Times: 1, Effect: true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			o := genesystest.Defaults()
			o.Activation = 20 * time.Second
			onFake(t, sourceType, o, func(t *testing.T, e *engine) {
				e.cloud.Break(faults...)
				runs := 0
				for e.id == "" || e.unfinished {
					if runs++; runs > 6 {
						t.Fatalf("6 runs do not suffice:\n%s", e.said.String())
					}
					e.restart()
					_ = e.up(source()) // said has the error
					if n := len(e.cloud.State().Integrations); n > 1 {
						t.Fatalf("run %d: %d integrations exist:\n%s", runs, n, e.said.String())
					}
				}
				got := e.cloud.State().Integrations
				if len(got) != 1 || got[0].ID != e.id || got[0].Status != "ACTIVE" || got[0].Region != "eu-west-1" {
					t.Errorf("after %d runs Genesys has %+v, and the state %s", runs, got, e.id)
				}
				e.cloud.ClearFaults()
				e.refresh()
				if d := e.diff(source()); len(d) > 0 {
					t.Errorf("after %d runs the diff is %v", runs, d)
				}
				e.assertNoSecret()
			})
		})
	}
}

func TestACreateThatMayStillRunIsAskedForAgainOnlyWhenItCanNoLonger(t *testing.T) {
	onFake(t, sourceType, genesystest.Defaults(), func(t *testing.T, e *engine) {
		e.cloud.Break(genesystest.Fault{Method: "POST", Path: "/integrations", Times: -1})
		start := time.Now()
		if err := e.up(source()); err == nil || !strings.Contains(err.Error(), "run `pulumi up` again") {
			t.Errorf("error is %v, want advice", err)
		}
		if took := time.Since(start); took < 6*time.Minute {
			t.Errorf("three tries took %v: each should be looked for as long as it may run and a listing may lag", took)
		}
	})
}

func TestAnOvertakenConfigurationIsReadAgain(t *testing.T) {
	for _, edits := range []int{1, 2, 5} { // odd and even versions are refused in different words
		onFake(t, sourceType, genesystest.Defaults(), func(t *testing.T, e *engine) {
			e.cloud.Break(genesystest.Fault{Method: "PUT", Path: "/config/current", Times: edits, Edit: true})
			if err := e.up(source("notes", "ours")); err != nil {
				t.Fatalf("%d edits: %v", edits, err)
			}
			if n := e.cloud.Requests()["PUT /api/v2/integrations/{id}/config/current"]; n != edits+1 {
				t.Errorf("%d edits: the configuration was written %d times, want %d", edits, n, edits+1)
			}
		})
	}
}

func TestNoHostilityDoublesADestination(t *testing.T) {
	for name, fault := range map[string]genesystest.Fault{
		"its answer is a 500":   {Method: "POST", Path: "aws-sqs", Times: 1, Status: 500, Effect: true},
		"its connection is cut": {Method: "POST", Path: "aws-sqs", Times: 1, Effect: true},
		"its answer never ends": {Method: "POST", Path: "aws-sqs", Times: 1, Effect: true, Hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			onFake(t, destinationType, genesystest.Defaults(), func(t *testing.T, e *engine) {
				e.cloud.Break(fault)
				if err := e.up(destination()); err != nil {
					t.Fatal(err)
				}
				if got := e.cloud.State().Destinations; len(got) != 1 || got[0].ID != e.id {
					t.Errorf("Genesys has %+v, and the state %s", got, e.id)
				}
			})
		})
	}
}

func TestACancelledCreateKeepsItsID(t *testing.T) {
	o := genesystest.Defaults()
	o.Activation = time.Hour
	onFake(t, sourceType, o, func(t *testing.T, e *engine) {
		timer := time.AfterFunc(time.Minute, func() { _ = e.p.SignalCancellation(context.Background()) })
		defer timer.Stop()
		err := e.up(source())
		if err == nil || !strings.Contains(err.Error(), "cancelled") || e.id == "" {
			t.Fatalf("error is %v, id %q, want a cancelled create with its id", err, e.id)
		}
		time.Sleep(o.Activation)
		e.restart()
		if err := e.up(source()); err != nil {
			t.Fatal(err)
		}
		if n := len(e.cloud.State().Integrations); n != 1 {
			t.Errorf("%d integrations exist", n)
		}
	})
}

func TestASlowActivationEndsWithTheDeadline(t *testing.T) {
	o := genesystest.Defaults()
	o.Activation = time.Hour
	onFake(t, sourceType, o, func(t *testing.T, e *engine) {
		start := time.Now()
		err := e.up(source())
		if err == nil || !strings.Contains(err.Error(), "still ACTIVATING: it should be ACTIVE") || !e.unfinished {
			t.Errorf("error is %v, unfinished: %v", err, e.unfinished)
		}
		if took := time.Since(start); took > 10*time.Minute {
			t.Errorf("it took %v", took)
		}
	})
}

func TestGenesysSaysWhyAnIntegrationFails(t *testing.T) {
	o := genesystest.Defaults()
	o.OnlyRegions = []string{"us-east-1"}
	onFake(t, sourceType, o, func(t *testing.T, e *engine) {
		err := e.up(source())
		if err == nil || !strings.Contains(err.Error(), "could not be created in region eu-west-1") {
			t.Errorf("error is %v, want Genesys's own message", err)
		}
		if e.id == "" {
			t.Error("the id of the failed integration is lost")
		}
	})
}

func TestSomebodyElsesObjectIsNotTakenOver(t *testing.T) {
	onFake(t, sourceType, genesystest.Defaults(), func(t *testing.T, e *engine) {
		if err := e.up(source()); err != nil {
			t.Fatal(err)
		}
		id := e.id
		e.id = ""
		err := e.up(source("eventSourceSuffix", "other"))
		if want := fmt.Sprintf("pulumi import genesys:index:EventBridgeSource <name> %s", id); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that has %q", err, want)
		}
		if n := len(e.cloud.State().Integrations); n != 1 {
			t.Errorf("%d integrations exist", n)
		}
	})
}
