package pipeline_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/pipeline"
	"cc-eventbridge/infra/settings"
	"cc-eventbridge/infra/settings/settingstest"
)

func configured(t *testing.T, set map[string]string) map[string]string {
	t.Helper()
	values := settingstest.Values(t, "../..", "")
	values["genesysExternalId"] = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
	maps.Copy(values, set)
	return values
}

// TestFlagsAreEditedWithoutTouchingTheFunction compares what two runs register: what is not in the difference a preview
// leaves alone.
func TestFlagsAreEditedWithoutTouchingTheFunction(t *testing.T) {
	const paused = `{"topics":{"v2.users.{id}.presence":{"state":"paused"}}}`
	rolledOut := []string{
		"aws:appconfig/deployment:Deployment::flags",
		"aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion::flags",
	}
	for name, test := range map[string]struct {
		before, after map[string]string
		want          []string
	}{
		"a topic is paused":              {nil, map[string]string{"flags": paused}, rolledOut},
		"members stand in another order": {map[string]string{"flags": `{"logLevel":"debug","replays":"again"}`}, map[string]string{"flags": `{"replays":"again", "logLevel":"debug"}`}, nil},
		"only a schema changes": {
			map[string]string{"flags": `{"schemas":{"telephony.call.created":{"2":{"type":"object"}}}}`},
			map[string]string{"flags": `{"schemas":{"telephony.call.created":{"2":{"type":"object","required":["id"]}}}}`},
			rolledOut,
		},
		"the rollout takes longer": {nil, map[string]string{"flagsDeploymentMinutes": "10"}, []string{"aws:appconfig/deploymentStrategy:DeploymentStrategy::flags"}},
	} {
		t.Run(name, func(t *testing.T) {
			before := resources(t, "dev", configured(t, test.before))
			after := resources(t, "dev", configured(t, test.after))
			if got := changed(before, after); !slices.Equal(got, test.want) {
				t.Errorf("changed: %q, want %q", got, test.want)
			}
		})
	}
}

// TestFirstFlagsAreNotWatched: AppConfig takes back what it deploys while the alarm knows nothing, and there is nothing to go
// back to.
func TestFirstFlagsAreNotWatched(t *testing.T) {
	for name, test := range map[string]struct {
		first    bool
		document string
		minutes  []float64
	}{
		"a stack without flags": {true, "{}", []float64{0, 0}},
		"a stack's first flags": {true, flags, []float64{0, 0}},
		"later flags":           {false, flags, []float64{20, 15}},
		"back to none":          {false, "{}", []float64{20, 15}},
	} {
		t.Run(name, func(t *testing.T) {
			args := whole("contact-centre")
			args.Settings.Flags = settings.Flags{Document: test.document, DeploymentMinutes: 20, BakeMinutes: 15}
			mocks := &recorder{stack: "dev", firstFlags: test.first}
			if err := pulumi.RunErr(func(ctx *pulumi.Context) error {
				_, err := pipeline.New(ctx, "", args)
				return err
			}, pulumi.WithMocks("cc-eventbridge", "dev", mocks)); err != nil {
				t.Fatal(err)
			}
			minutes := map[string][]float64{}
			var strategy string
			for _, r := range mocks.resources {
				switch {
				case strings.HasPrefix(r.URN, "aws:appconfig/deploymentStrategy:"):
					minutes[r.Inputs["name"].(string)+"-id"] = []float64{
						r.Inputs["deploymentDurationInMinutes"].(float64), r.Inputs["finalBakeTimeInMinutes"].(float64),
					}
				case strings.HasPrefix(r.URN, "aws:appconfig/deployment:"):
					strategy = r.Inputs["deploymentStrategyId"].(string)
				}
			}
			if got, ok := minutes[strategy]; !ok || !slices.Equal(got, test.minutes) {
				t.Errorf("strategy %q of %v takes and watches for %v minutes, want %v", strategy, minutes, got, test.minutes)
			}
		})
	}
}

func changed(before, after []registered) []string {
	were := map[string]registered{}
	for _, r := range before {
		were[r.URN] = r
	}
	var names []string
	for _, r := range after {
		if !reflect.DeepEqual(r, were[r.URN]) {
			names = append(names, r.URN)
		}
		delete(were, r.URN)
	}
	return append(names, slices.Sorted(maps.Keys(were))...)
}
