package pipeline_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

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
