package pipeline

import (
	"regexp"
	"strings"
	"testing"
)

// bucketName has the rules of the Amazon S3 User Guide, "General purpose bucket naming rules", for names without dots.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)

func TestBucketNamesAreAllowedAndTellStacksApart(t *testing.T) {
	here := location{partition: "aws", region: "us-east-1", account: "123456789012"}
	elsewhere := location{partition: "aws", region: "eu-west-1", account: "123456789012"}
	someoneElse := location{partition: "aws", region: "us-east-1", account: "210987654321"}
	seen := map[string]string{}
	for what, test := range map[string]struct {
		stack string
		where location
		start string
	}{
		"a short stack":                            {"dev", here, "dev-cc-eventbridge-payloads-"},
		"the same in another region":               {"dev", elsewhere, "dev-cc-eventbridge-payloads-"},
		"the same in another account":              {"dev", someoneElse, "dev-cc-eventbridge-payloads-"},
		"capitals and underscores":                 {"Team_A", here, "team-a-cc-eventbridge-payloads-"},
		"the same but for case and underscores":    {"team-a", here, "team-a-cc-eventbridge-payloads-"},
		"the longest stack":                        {strings.Repeat("a", 39), here, strings.Repeat("a", 28) + "-cc-eventbridge-payloads-"},
		"one that differs only where it is cut":    {strings.Repeat("a", 38) + "b", here, strings.Repeat("a", 28) + "-cc-eventbridge-payloads-"},
		"a hyphen where it is cut":                 {strings.Repeat("a", 27) + "-bbb", here, strings.Repeat("a", 27) + "-cc-eventbridge-payloads-"},
		"an underscore at the end of a short name": {"dev_", here, "dev-cc-eventbridge-payloads-"},
		"a start that S3 reserves":                 {"xn--a", here, "stack-xn--a-cc-eventbridge-payloads-"},
		"one that its underscores make reserved":   {"XN__a", here, "stack-xn--a-cc-eventbridge-payloads-"},
		"all of a start that S3 reserves":          {"sthree", here, "stack-sthree-cc-eventbridge-payloads-"},
		"the longest that S3 reserves":             {"amzn-s3-demo-" + strings.Repeat("a", 26), here, "stack-amzn-s3-demo-aaaaaaaaa-cc-eventbridge-payloads-"},
		"almost a start that S3 reserves":          {"sthrees", here, "sthrees-cc-eventbridge-payloads-"},
	} {
		name := payloadBucket(test.stack, test.where)
		if !bucketName.MatchString(name) || !strings.HasPrefix(name, test.start) || len(name) != len(test.start)+8 {
			t.Errorf("%s: the bucket is %q, want a valid name of %q and 8 digits", what, name, test.start)
		}
		for _, start := range reservedStarts {
			if strings.HasPrefix(name, start) {
				t.Errorf("%s: the bucket %s starts with %s, which S3 reserves", what, name, start)
			}
		}
		if other, taken := seen[name]; taken {
			t.Errorf("%s and %s share the bucket %s", what, other, name)
		}
		seen[name] = what
		if again := payloadBucket(test.stack, test.where); again != name {
			t.Errorf("%s: the bucket is %s and then %s", what, name, again)
		}
	}
}

// TestNamesFitWhateverTheStackIsCalled has the limits of each service's API reference.
func TestNamesFitWhateverTheStackIsCalled(t *testing.T) {
	all := map[string]string{}
	for what, owner := range map[string]string{
		"a short one": "dev", "the longest that is not cut": strings.Repeat("a", 39), "one more": strings.Repeat("a", 40),
		"the longest with an archive that is not cut": strings.Repeat("b", 25), "one more with an archive": strings.Repeat("b", 26),
		"the same start": strings.Repeat("a", 40) + "b", "Pulumi's longest": strings.Repeat("c", 100),
	} {
		n := namesOf(owner)
		for kind, name := range map[string]struct {
			text  string
			limit int
		}{
			"queue": {n.ruleDeadLetter, 80}, "role": {n.flagsRollout, 64}, "strategy": {n.flagsAtOnce, 64}, "function": {n.processor, 64}, "rule": {n.rule, 64},
			"archive": {n.archive, 48}, "application": {n.flags, 64}, "writer": {n.writer, 64},
		} {
			if len(name.text) > name.limit {
				t.Errorf("%s: the %s %s has %d characters", what, kind, name.text, len(name.text))
			}
			if len(owner) <= 25 && !strings.HasPrefix(name.text, owner+"-cc-eventbridge") {
				t.Errorf("%s: the %s is %s", what, kind, name.text)
			}
			if other, taken := all[kind+name.text]; taken {
				t.Errorf("%s and %s share the %s %s", what, other, kind, name.text)
			}
			all[kind+name.text] = what
		}
	}
	// Names of stacks that are deployed don't change.
	if got := namesOf(strings.Repeat("a", 39)).processor; got != strings.Repeat("a", 39)+"-cc-eventbridge-processor" {
		t.Errorf("the longest name that there could be so far is %s now", got)
	}
	if got := namesOf(strings.Repeat("b", 25)).archive; got != strings.Repeat("b", 25)+"-cc-eventbridge-archive" {
		t.Errorf("the longest archive that there could be so far is %s now", got)
	}
}
