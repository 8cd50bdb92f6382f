package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"cc-eventbridge/genesys/genesystest"
)

const (
	presence = "v2.users.{id}.presence"
	prodName = "aws.partner/genesys.com/cloud/" + genesystest.OrganizationID + "/prod"
	put      = "PUT /api/v2/integrations/{id}/config/current"
	post     = "POST /api/v2/integrations"
)

// lagging is a fake whose answers lag.
func lagging(lag genesystest.Lag) genesystest.Options {
	o := genesystest.Defaults()
	o.Lag = lag
	return o
}

// topics is the output eventFilter.
func (e *engine) topics() []string {
	var out []string
	for _, topic := range e.outputs[resource.PropertyKey("eventFilter")].ArrayValue() {
		out = append(out, topic.StringValue())
	}
	return out
}

func (e *engine) mustUp(in map[string]any) {
	e.t.Helper()
	if err := e.up(in); err != nil {
		e.t.Fatal(err)
	}
}

func (e *engine) assertNoDrift(when string, in map[string]any) {
	e.t.Helper()
	e.refresh()
	if d := e.diff(in); len(d) > 0 {
		e.t.Errorf("%s, a refresh gives the diff %v", when, d)
	}
}

func TestOutputsAreRightWhileTheConfigurationIsReadStale(t *testing.T) {
	onFake(t, sourceType, lagging(genesystest.Lag{Config: 30 * time.Second}), func(t *testing.T, e *engine) {
		e.mustUp(source())
		if e.text("eventSourceName") != prodName || len(e.topics()) != 2 {
			t.Errorf("eventSourceName is %q and eventFilter %v", e.text("eventSourceName"), e.topics())
		}
		e.assertNoDrift("right after the create", source())
		changed := source("eventFilter", []any{presence}, "notes", "ours")
		e.mustUp(changed)
		if !slices.Equal(e.topics(), []string{presence}) || e.text("notes") != "ours" || e.text("eventSourceName") != prodName {
			t.Errorf("after the update the outputs are %v", e.outputs)
		}
		e.assertNoDrift("right after the update", changed)
	})
}

func TestAChangeBackIsWrittenThoughTheOldConfigurationIsStillRead(t *testing.T) {
	onFake(t, sourceType, lagging(genesystest.Lag{Config: 30 * time.Second}), func(t *testing.T, e *engine) {
		e.mustUp(source())
		time.Sleep(time.Minute)
		e.cloud.Break(genesystest.Fault{Method: "PATCH", Times: 1, Status: 403}) // ends the update after its write
		if err := e.up(source("eventFilter", []any{presence})); err == nil {
			t.Fatal("the update did not fail")
		}
		// The engine has the old inputs and runs the update again, with what they were before.
		e.inputs["eventFilter"] = properties(map[string]any{"x": []any{presence}})["x"]
		e.mustUp(source())
		if got := e.cloud.State().Integrations[0].Topics; len(got) != 2 {
			t.Errorf("Genesys has %v", got)
		}
	})
}

func TestEmptyNotesAreEmpty(t *testing.T) {
	onFake(t, sourceType, genesystest.Defaults(), func(t *testing.T, e *engine) {
		e.mustUp(source())
		e.assertNoDrift("with empty notes", source())
		if e.text("notes") != "" {
			t.Errorf("notes are %q", e.text("notes"))
		}
	})
}

func TestARepairIsNotEndedByTheErrorOfBefore(t *testing.T) {
	for _, omits := range [][]string{nil, {"lastUpdated"}} {
		t.Run(fmt.Sprintf("without %v", omits), func(t *testing.T) {
			o := lagging(genesystest.Lag{State: 25 * time.Second})
			o.Omits = omits
			onFake(t, sourceType, o, func(t *testing.T, e *engine) {
				e.mustUp(source())
				if err := e.cloud.Apply(genesystest.Drift{ID: e.id, Status: "ERROR", Message: "the source was rejected"}); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				e.refresh()
				e.mustUp(source())
				if e.text("status") != "ACTIVE" || e.cloud.State().Integrations[0].Status != "ACTIVE" {
					t.Errorf("the status is %q", e.text("status"))
				}
			})
		})
	}
}

func TestAFirstCreateIsNotEndedByAnErrorOfBefore(t *testing.T) {
	onFake(t, sourceType, lagging(genesystest.Lag{State: 25 * time.Second}), func(t *testing.T, e *engine) {
		e.cloud.Break(genesystest.Fault{Method: "PUT", Times: 1, Status: 403})
		if err := e.up(source()); err == nil {
			t.Fatal("the create did not fail")
		}
		if err := e.cloud.Apply(genesystest.Drift{ID: e.id, Status: "ERROR", Message: "not configured"}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		e.mustUp(source())
	})
}

func TestARealErrorIsToldSoonWhenItIsDated(t *testing.T) {
	for name, test := range map[string]struct {
		omits []string
		most  time.Duration
	}{
		"with lastUpdated": {nil, 20 * time.Second}, "without": {[]string{"lastUpdated"}, 90 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			o := genesystest.Defaults()
			o.OnlyRegions, o.Omits, o.Activation = []string{"us-east-1"}, test.omits, 10*time.Second
			onFake(t, sourceType, o, func(t *testing.T, e *engine) {
				start := time.Now()
				if err := e.up(source()); err == nil || !strings.Contains(err.Error(), "in region eu-west-1") {
					t.Errorf("error is %v", err)
				}
				if took := time.Since(start); took > test.most {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestWhatWasJustMadeMayBeMissingForAWhile(t *testing.T) {
	for name, lag := range map[string]genesystest.Lag{
		"the integration":   {Object: 40 * time.Second},
		"its configuration": {Config: 40 * time.Second},
		"both":              {Object: 40 * time.Second, Config: 20 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			onFake(t, sourceType, lagging(lag), func(t *testing.T, e *engine) {
				e.mustUp(source())
				if n := len(e.cloud.State().Integrations); n != 1 {
					t.Errorf("%d integrations exist", n)
				}
			})
		})
	}
}

func TestARefreshTooEarlyDoesNotForgetAnIntegration(t *testing.T) {
	onFake(t, sourceType, lagging(genesystest.Lag{Object: 40 * time.Second}), func(t *testing.T, e *engine) {
		e.cloud.Break(genesystest.Fault{Method: "PUT", Times: 1, Status: 403})
		if err := e.up(source()); err == nil {
			t.Fatal("the create did not fail")
		}
		if e.refresh(); e.id == "" {
			t.Error("the integration that was just made is forgotten")
		}
	})
}

func TestAReplacementWaitsUntilTheOldIntegrationIsGone(t *testing.T) {
	for name, lag := range map[string]genesystest.Lag{
		"it is deleted later":        {Delete: 50 * time.Second},
		"it is listed longer":        {Listing: 50 * time.Second},
		"its configuration is there": {Config: 50 * time.Second, Listing: 50 * time.Second},
		"it is read longer":          {Object: 50 * time.Second, Listing: 20 * time.Second},
		"only the object is there":   {Object: 20 * time.Second, Listing: 50 * time.Second, Delete: 20 * time.Second},
	} {
		for what, in := range map[string]map[string]any{
			"another suffix": source("eventSourceSuffix", "blue"), "another region": source("awsAccountRegion", "eu-west-2"),
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				onFake(t, sourceType, lagging(lag), func(t *testing.T, e *engine) {
					e.mustUp(source())
					time.Sleep(2 * time.Minute)
					if err := e.replace(in); err != nil {
						t.Fatal(err)
					}
					got := e.cloud.State().Integrations
					if len(got) != 1 || got[0].Region != in["awsAccountRegion"] || e.text("eventSourceName") != got[0].EventSource {
						t.Errorf("Genesys has %+v, the outputs are %v", got, e.outputs)
					}
				})
			})
		}
	}
}

func TestAReplacementSurvivesALostCreate(t *testing.T) {
	onFake(t, sourceType, lagging(genesystest.Lag{Delete: 20 * time.Second}), func(t *testing.T, e *engine) {
		e.mustUp(source())
		e.cloud.Break(genesystest.Fault{Method: "POST", Path: "/integrations", Times: 1})
		if err := e.replace(source("eventSourceSuffix", "blue")); err != nil {
			t.Fatalf("the source is gone: %v", err)
		}
	})
}

func TestALostCreateIsFoundInAListingThatLags(t *testing.T) {
	for name, fault := range map[string]genesystest.Fault{
		"a 500":              {Status: 500},
		"a 408":              {Status: 408},
		"a connection's end": {},
	} {
		t.Run(name, func(t *testing.T) {
			fault.Method, fault.Path, fault.Times, fault.Effect = "POST", "/integrations", 1, true
			onFake(t, sourceType, lagging(genesystest.Lag{Listing: 50 * time.Second}), func(t *testing.T, e *engine) {
				e.cloud.Break(fault)
				e.mustUp(source())
				if n := len(e.cloud.State().Integrations); n != 1 {
					t.Errorf("%d integrations exist", n)
				}
			})
		})
	}
}

func TestALostCreateThatIsListedBeforeItCanBeReadIsNotMadeAgain(t *testing.T) {
	onFake(t, sourceType, lagging(genesystest.Lag{Object: 50 * time.Second, Config: 30 * time.Second}), func(t *testing.T, e *engine) {
		e.cloud.Break(genesystest.Fault{Method: "POST", Path: "/integrations", Times: 1, Status: 500, Effect: true})
		e.mustUp(source())
		if n := len(e.cloud.State().Integrations); n != 1 {
			t.Errorf("%d integrations exist", n)
		}
	})
}

func TestAnIntegrationThatWasJustDeletedIsNotTakenOver(t *testing.T) {
	const lag = 40 * time.Second
	onFake(t, sourceType, lagging(genesystest.Lag{Object: lag, Config: lag, Listing: lag}), func(t *testing.T, e *engine) {
		e.mustUp(source())
		time.Sleep(3 * time.Minute)
		old := e.id
		e.cloud.Remove(old)
		e.id = ""
		e.mustUp(source())
		if n := len(e.cloud.State().Integrations); n != 1 || e.id == old {
			t.Errorf("%d integrations exist, the state has %s", n, e.id)
		}
	})
}

func TestAnIntegrationWithoutAStatusIsNotSettled(t *testing.T) {
	o := lagging(genesystest.Lag{State: 30 * time.Second})
	o.Activation = 40 * time.Second
	onFake(t, sourceType, o, func(t *testing.T, e *engine) {
		start := time.Now()
		e.mustUp(source())
		if took := time.Since(start); took < o.Activation || e.text("status") != "ACTIVE" {
			t.Errorf("after %v the status is %q", took, e.text("status"))
		}
	})
}

func TestNullsAreNotSentBack(t *testing.T) {
	o := genesystest.Defaults()
	o.Nulls = []string{"advanced", "credentials"}
	onFake(t, sourceType, o, func(t *testing.T, e *engine) { e.mustUp(source()) })
}

func TestARepairWritesNoConfigurationThatIsThereAlready(t *testing.T) {
	onFake(t, sourceType, genesystest.Defaults(), func(t *testing.T, e *engine) {
		e.mustUp(source())
		e.assertNoDrift("after the create", source())
		writes := e.cloud.Requests()[put]
		e.unfinished = true // the engine runs an update without a change
		e.mustUp(source())
		if n := e.cloud.Requests()[put] - writes; n != 0 {
			t.Errorf("the configuration was written %d more times for nothing", n)
		}
	})
}

func TestSovereignRegionIsAccepted(t *testing.T) {
	onFake(t, sourceType, genesystest.Defaults(), func(_ *testing.T, e *engine) {
		e.mustUp(source("awsAccountRegion", "eusc-de-east-1"))
	})
}
