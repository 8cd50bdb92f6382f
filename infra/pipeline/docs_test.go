package pipeline_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	// permission is a row of the page's table of permissions: its second cell names a statement, its third the actions.
	permission = regexp.MustCompile("(?m)^\\| [a-z]* ?\\| `([A-Za-z]+)`[^|]* \\| ([^|]+) \\|")
	quoted     = regexp.MustCompile("`([^`]+)`")
)

// TestThePageOnSecurityHasThePermissionsOfTheRoles holds the table of docs/security-and-data.md to the roles of a stack that has
// everything, and of one with routes, statement by statement.
func TestThePageOnSecurityHasThePermissionsOfTheRoles(t *testing.T) {
	page, err := os.ReadFile("../../docs/security-and-data.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string]string{}
	for _, row := range permission.FindAllStringSubmatch(string(page), -1) {
		var actions []string
		for _, action := range quoted.FindAllStringSubmatch(row[2], -1) {
			actions = append(actions, action[1])
		}
		documented[row[1]] = strings.Join(slices.Sorted(slices.Values(actions)), " ")
	}
	declared := map[string]string{}
	one := resources(t, "dev", configured(t, map[string]string{
		"eventBridgeSource": "aws.partner/genesys.com/cloud/5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4/contact-centre",
		"downstreamUrl":     "https://crm.example/events", "downstreamSecret": "not-a-real-token",
	}))
	routed := resources(t, "dev", configured(t, stacks["routes"].set))
	for _, r := range slices.Concat(one, routed) {
		if !strings.HasPrefix(r.URN, "aws:iam/rolePolicy:") {
			continue
		}
		for _, s := range allows(t, r.Inputs["policy"]) {
			declared[s.Sid] = strings.Join(slices.Sorted(slices.Values(s.Action)), " ")
		}
	}
	if len(declared) < 12 {
		t.Errorf("only the statements %v were found", slices.Sorted(maps.Keys(declared)))
	}
	for sid, actions := range declared {
		if documented[sid] != actions {
			t.Errorf("%s allows %s, and the page says %q", sid, actions, documented[sid])
		}
		delete(documented, sid)
	}
	for sid := range documented {
		t.Errorf("the page has a statement %s, and no role does", sid)
	}
}
