package settings

import (
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"cc-eventbridge/infra/settings/settingstest"
)

// TestDefaultIsWhatPulumiYamlDeclares holds the defaults of Go programs and of stacks together, key by key.
func TestDefaultIsWhatPulumiYamlDeclares(t *testing.T) {
	declared := settingstest.Values(t, "../..", "")
	s, fromYAML := Default(), Settings{}
	keys, read := keysOf(&s), keysOf(&fromYAML)
	for i, k := range keys {
		text, ok := declared[k.name]
		if !ok {
			t.Errorf("Pulumi.yaml has no default for %s", k.name)
			continue
		}
		delete(declared, k.name)
		if !read[i].parse(text) {
			t.Errorf("%s can't be %q", k.name, text)
		}
	}
	for name := range secrets {
		delete(declared, name)
	}
	if len(declared) > 0 {
		t.Errorf("Pulumi.yaml has keys that no setting is for: %v", declared)
	}
	if !reflect.DeepEqual(s, fromYAML) {
		t.Errorf("Default is\n  %+v\nand Pulumi.yaml says\n  %+v", s, fromYAML)
	}
}

// TestProductionNamesEveryKey: whoever tunes production finds every key in its file, but for secrets and the organization.
func TestProductionNamesEveryKey(t *testing.T) {
	data, err := os.ReadFile("../../Pulumi.prod.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var s Settings
	for _, k := range keysOf(&s) {
		if line := "\n  cc-eventbridge:" + k.name + ": "; !strings.Contains(string(data), line) && k.name != "genesysExternalId" {
			t.Errorf("Pulumi.prod.yaml lacks %s", k.name)
		}
	}
	for _, name := range append(slices.Collect(maps.Keys(secrets)), "genesysExternalId") {
		if !strings.Contains(string(data), name) {
			t.Errorf("Pulumi.prod.yaml has no comment on %s", name)
		}
	}
}

// TestCheckedSettingsStayAsTheyAre is about a program that checks what Load has checked.
func TestCheckedSettingsStayAsTheyAre(t *testing.T) {
	s := Default()
	s.Intake.GenesysExternalID = "5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4"
	s.Flags.Document = `{"replays":"again", "logLevel":"debug"}`
	s.Silence = Silence{Minutes: 60, Hours: &Hours{FirstDay: 7, LastDay: 4, From: 22, To: 6}}
	once, err := s.Check("dev")
	if err != nil {
		t.Fatal(err)
	}
	twice, err := once.Check("dev")
	if err != nil || !reflect.DeepEqual(once, twice) {
		t.Errorf("checked again they are\n  %+v, %v, want\n  %+v", twice, err, once)
	}
	if once.Queue.VisibilityTimeoutSeconds == 0 || once.Payloads.RetentionDays == 0 || once.Flags.Document == s.Flags.Document {
		t.Errorf("nothing is derived: %+v", once)
	}
}
