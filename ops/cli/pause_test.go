package cli

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"cc-eventbridge/function/flags"
)

func TestPauseAndResumeTheConsumer(t *testing.T) {
	s := newServer(t)
	file := s.outputs(t)
	if r := ran(t, "", "pause", "consumer", "--outputs", file, "--dry-run"); r.status != 0 || !s.stack.enabled ||
		!strings.Contains(r.out, "the consumer would be Disabled (it was Enabled)") {
		t.Errorf("%+v", r)
	}
	ran(t, "n\n", "pause", "consumer", "--outputs", file).fails(t, statusFailed, "nothing was done")
	ran(t, "", "pause", "consumer", "--outputs", file).fails(t, statusUsage, "is Enabled: have it Disabled?")
	r := ran(t, "", "pause", "consumer", "--outputs", file, "--yes")
	if r.status != 0 || s.stack.enabled || r.err != "the consumer is Disabling\n" || !strings.Contains(r.out, "to agree: pulumi config set consumerEnabled false && pulumi up") ||
		!strings.Contains(r.out, "with --refresh it shows enabled: false => true") {
		t.Errorf("%+v", r)
	}
	if r := ran(t, "", "pause", "consumer", "--outputs", file); r.status != 0 || !strings.Contains(r.out, "is Disabled (it was Disabled)") {
		t.Errorf("%+v", r)
	}
	var got switched
	r = ran(t, "", "resume", "consumer", "--outputs", file, "--yes", "--json")
	if err := json.Unmarshal([]byte(r.out), &got); err != nil || got.Was != "Disabled" || got.Is != "Enabled" || !s.stack.enabled {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestPauseAndResumeATopic(t *testing.T) {
	s := newServer(t)
	file := s.outputs(t)
	s.stack.content = `{"logLevel":"debug","topics":{"a":{"schema":"off"}}}`
	if r := ran(t, "", "pause", "topic", "telephony.call.created", "--outputs", file, "--dry-run"); r.status != 0 || s.stack.created != "" {
		t.Errorf("%+v", r)
	}
	ran(t, "", "pause", "topic", "telephony.call.created", "--outputs", file).fails(t, statusUsage, "Topic telephony.call.created is active: deploy flags with which it is paused?")
	r := ran(t, "", "pause", "topic", "telephony.call.created", "--outputs", file, "--yes")
	if want := `{"logLevel":"debug","topics":{"a":{"schema":"off"},"telephony.call.created":{"state":"paused"}}}`; r.status != 0 || s.stack.created != want {
		t.Errorf("%+v deploys %s, want %s", r, s.stack.created, want)
	}
	if s.stack.started["ConfigurationVersion"] != "8" || s.stack.started["DeploymentStrategyId"] != "strategy" ||
		!strings.Contains(r.out, `pulumi config set --path 'flags.topics["telephony.call.created"].state' paused && pulumi up`) {
		t.Errorf("%+v starts %v", r, s.stack.started)
	}
	s.stack.content = s.stack.created
	r = ran(t, "", "resume", "topic", "telephony.call.created", "--outputs", file, "--yes", "--now", "--json")
	if want := `{"logLevel":"debug","topics":{"a":{"schema":"off"}}}`; r.status != 0 || s.stack.created != want || s.stack.started["DeploymentStrategyId"] != allAtOnce {
		t.Errorf("%+v deploys %s, want %s, by %v", r, s.stack.created, want, s.stack.started)
	}

	s.stack.created = ""
	if r := ran(t, "", "resume", "topic", "a", "--outputs", file); r.status != 0 || s.stack.created != "" {
		t.Errorf("%+v", r)
	}
	ran(t, "", "pause", "topic", "two words", "--outputs", file, "--yes").fails(t, statusFailed, "the function would refuse the flags")
	s.stack.deployment["State"] = "BAKING"
	ran(t, "", "pause", "topic", "a", "--outputs", file, "--yes").fails(t, statusFailed, "flags are being rolled out (deployment 4, BAKING)")
	if s.stack.created != "" {
		t.Errorf("%s was deployed", s.stack.created)
	}
	// After a rollback the flags before are in effect, here none.
	s.stack.deployment["State"] = "ROLLED_BACK"
	if r := ran(t, "", "pause", "topic", "a", "--outputs", file, "--yes"); r.status != 0 || s.stack.created != `{"topics":{"a":{"state":"paused"}}}` {
		t.Errorf("%+v deploys %s", r, s.stack.created)
	}
}

func TestWithState(t *testing.T) {
	for _, c := range []struct {
		document, topic string
		state, was      flags.State
		want            string
	}{
		{`{}`, "a", flags.Paused, flags.Active, `{"topics":{"a":{"state":"paused"}}}`},
		{`{"topics":{"a":{"state":"paused"}}}`, "a", flags.Active, flags.Paused, `{}`},
		{`{"topics":{"a":{"schema":"off","state":"dropped"}}}`, "a", flags.Active, flags.Dropped, `{"topics":{"a":{"schema":"off"}}}`},
		{
			`{"schemas":{"a":{"1":{"maximum":12345678901234567890,"pattern":"<&>"}}}}`, "a", flags.Paused, flags.Active,
			`{"schemas":{"a":{"1":{"maximum":12345678901234567890,"pattern":"<&>"}}},"topics":{"a":{"state":"paused"}}}`,
		},
	} {
		got, was, err := withState([]byte(c.document), c.topic, c.state)
		if err != nil || string(got) != c.want || was != c.was {
			t.Errorf("%s: %s, was %s, %v; want %s, was %s", c.document, got, was, err, c.want, c.was)
		}
	}
	if _, _, err := withState([]byte("["), "a", flags.Paused); err == nil {
		t.Error("a document that is no object is changed")
	}
}

// TestConfigKeysExist looks for the keys that commands name in the project's file.
func TestConfigKeysExist(t *testing.T) {
	text, err := os.ReadFile("../../Pulumi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{consumerKey, "flags", "maximumConcurrency", "reservedConcurrency", "batchSize", "batchingWindowSeconds"} {
		if !regexp.MustCompile(`(?m)^  ` + key + `:$`).Match(text) {
			t.Errorf("Pulumi.yaml has no key %s", key)
		}
	}
}
