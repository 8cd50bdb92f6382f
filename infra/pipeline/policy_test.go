package pipeline_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// meant are the resources with a wildcard that an Allow may have, each with the reason at its place in the program: a log
// group's streams, what X-Ray knows no resources for, a key in its own policy, the prefixes of the payload bucket, and the alarms
// that AppConfig may look at.
var meant = []string{
	"WriteLogs", "SendTraces", "AccountAdministersKey", "AlarmsPublishEncrypted", "ReadPayloads", "QuarantinePayloads", "WatchAlarm",
	"StoreLargeEvents",
}

func TestPermissionsAreSpeltOut(t *testing.T) {
	statements := 0
	for name, set := range map[string]map[string]string{
		"direct": nil,
		"both intakes and a secret": {
			"eventBridgeSource": "aws.partner/genesys.com/cloud/5f3c1d2e-8a47-4b60-9c1e-2d7f60a1b3c4/contact-centre",
			"downstreamUrl":     "https://crm.example/events", "downstreamSecret": "not-a-real-token",
		},
		"routes": {"routes": someRoutes, "targetSecrets": `{"crm":"not-a-real-token","hook":"not-a-real-token"}`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range resources(t, "dev", configured(t, set)) {
				for _, document := range []string{"policy", "assumeRolePolicy"} {
					for _, s := range allows(t, r.Inputs[document]) {
						statements++
						if slices.ContainsFunc(s.Action, wild) {
							t.Errorf("%s %s allows the actions %q", r.URN, s.Sid, s.Action)
						}
						if slices.ContainsFunc(s.Resource, wild) && !slices.Contains(meant, s.Sid) {
							t.Errorf("%s %s allows its actions on %q", r.URN, s.Sid, s.Resource)
						}
					}
				}
			}
		})
	}
	if statements < 20 {
		t.Errorf("looked at %d statements, which is not all of them", statements)
	}
}

// TestTheFunctionReadsPayloadsAndWritesOnlyItsOwn holds the ARNs of the policy against those of the resources.
func TestTheFunctionReadsPayloadsAndWritesOnlyItsOwn(t *testing.T) {
	for _, r := range resources(t, "dev", configured(t, nil)) {
		if r.URN != "aws:iam/rolePolicy:RolePolicy::processor" {
			continue
		}
		const bucket = "arn:of:bucketV2:BucketV2:payloads"
		want := map[string]string{
			"ReadPayloads":       "[s3:GetObject] [" + bucket + "/payloads/* " + bucket + "/quarantine/*]",
			"QuarantinePayloads": "[s3:PutObject] [" + bucket + "/quarantine/*]",
			"FindPayloads":       "[s3:ListBucket] [" + bucket + "] map[StringLikeIfExists:map[s3:prefix:[payloads/* quarantine/*]]]",
			"ReadFlags": "[appconfig:StartConfigurationSession appconfig:GetLatestConfiguration] " +
				"[arn:aws:appconfig:us-east-1:123456789012:application/dev-cc-eventbridge-id/environment/environment-live/configuration/profile-flags]",
		}
		for _, s := range allows(t, r.Inputs["policy"]) {
			if text, ok := want[s.Sid]; ok {
				got := fmt.Sprint(s.Action, s.Resource)
				if s.Condition != nil {
					got += fmt.Sprint(" ", s.Condition)
				}
				if got != text {
					t.Errorf("%s is\n  %s, want\n  %s", s.Sid, got, text)
				}
				delete(want, s.Sid)
			}
		}
		if len(want) > 0 {
			t.Errorf("the policy lacks %v", want)
		}
		return
	}
	t.Error("the function has no policy")
}

// texts is one text or a list of them, as IAM takes both.
type texts []string

func (l *texts) UnmarshalJSON(data []byte) error {
	var one string
	if err := json.Unmarshal(data, &one); err == nil {
		*l = texts{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}

type statement struct {
	Sid, Effect      string
	Action, Resource texts
	Condition        any
}

// allows are the statements of a policy, as the recorder has it, that allow something.
func allows(t *testing.T, policy any) []statement {
	t.Helper()
	if policy == nil {
		return nil
	}
	data, err := json.Marshal(policy)
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ Statement []statement }
	if err := json.Unmarshal(data, &document); err != nil {
		t.Fatalf("%v in the policy %s", err, data)
	}
	return slices.DeleteFunc(document.Statement, func(s statement) bool { return s.Effect != "Allow" })
}

func wild(text string) bool { return strings.ContainsAny(text, "*?") }
