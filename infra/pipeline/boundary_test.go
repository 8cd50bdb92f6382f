package pipeline_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/pipeline"
)

// boundaryText is what the boundary of these tests says; what it allows is up to each test.
const boundaryText = `{"Version":"2012-10-17","Statement":[]}`

// simulate answers as AWS's policy simulator would, for a boundary that lacks what is denied.
func (r *recorder) simulate(in resource.PropertyMap) (resource.PropertyMap, error) {
	if got := in["permissionsBoundaryPoliciesJsons"].ArrayValue(); len(got) != 1 || got[0].StringValue() != boundaryText {
		return nil, fmt.Errorf("the boundary of the simulation is %v", got)
	}
	if len(in["additionalPoliciesJsons"].ArrayValue()) != 1 {
		return nil, fmt.Errorf("the simulation has not the role's policy of this deployment")
	}
	resources := []string{"*"}
	if list := in["resourceArns"]; list.IsArray() && len(list.ArrayValue()) > 0 {
		resources = nil
		for _, arn := range list.ArrayValue() {
			resources = append(resources, arn.StringValue())
		}
	}
	if slices.Contains(resources, "*") && in["resourceArns"].IsArray() {
		return nil, fmt.Errorf("* is no ARN")
	}
	role := in["policySourceArn"].StringValue()
	role = role[strings.LastIndex(role, "-cc-eventbridge")+1:]
	r.mu.Lock()
	defer r.mu.Unlock()
	var results []any
	for _, action := range in["actionNames"].ArrayValue() {
		for _, arn := range resources {
			result := map[string]any{
				"actionName": action.StringValue(), "resourceArn": arn, "decision": "allowed", "allowed": true, "missingContextKeys": []any{},
			}
			if slices.Contains(r.denied, action.StringValue()) {
				result["decision"], result["allowed"], result["missingContextKeys"] = "implicitDeny", false, r.missing
			}
			results = append(results, result)
			r.simulated = append(r.simulated, role+" "+action.StringValue())
		}
	}
	return resource.NewPropertyMapFromMap(map[string]any{"results": results}), nil
}

func bounded() pipeline.Args {
	args := whole("contact-centre")
	args.Settings.Roles.PermissionsBoundary = boundary
	return args
}

func declare(mocks *recorder, args pipeline.Args) error {
	return pulumi.RunErr(func(ctx *pulumi.Context) error {
		p, err := pipeline.New(ctx, "", args)
		if err == nil {
			p.Export(ctx)
		}
		return err
	}, pulumi.WithMocks("cc-eventbridge", mocks.stack, mocks))
}

// TestNothingConsumesUnderABoundaryThatIsTooNarrow: a missing dynamodb:PartiQLInsert would dead-letter every event behind a
// deployment that succeeded.
func TestNothingConsumesUnderABoundaryThatIsTooNarrow(t *testing.T) {
	const mapping = "aws:lambda/eventSourceMapping:EventSourceMapping::ingestion"
	for action, want := range map[string]struct {
		words    []string
		consumes bool
	}{
		"": {consumes: true},
		"dynamodb:PartiQLInsert": {words: []string{
			"the permissions boundary " + boundary + " keeps the role dev-cc-eventbridge-processor from what it has to do:",
			"- dynamodb:PartiQLInsert on arn:of:table:Table:dev-cc-eventbridge-dedup (implicitDeny)", "docs/iam/boundary.json",
		}},
		"xray:PutTraceSegments":     {words: []string{"the role dev-cc-eventbridge-processor", "xray:PutTraceSegments on *"}},
		"cloudwatch:DescribeAlarms": {words: []string{"the role dev-cc-eventbridge-flags", "cloudwatch:DescribeAlarms on *"}},
		"sqs:GetQueueUrl":           {words: []string{"the role dev-cc-eventbridge-writer", "sqs:GetQueueUrl"}, consumes: true},
	} {
		t.Run(action, func(t *testing.T) {
			mocks := &recorder{stack: "dev", denied: []string{action}}
			err := declare(mocks, bounded())
			if (err != nil) != (want.words != nil) {
				t.Fatalf("the error is %v", err)
			}
			for _, words := range want.words {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("the error lacks %q:\n%v", words, err)
				}
			}
			if consumes := slices.ContainsFunc(mocks.resources, func(r registered) bool { return r.URN == mapping }); consumes != want.consumes {
				t.Errorf("the mapping is there: %t, want %t", consumes, want.consumes)
			}
			const destination = "genesys:index:SqsDestination::ingestion"
			if sends := slices.ContainsFunc(mocks.resources, func(r registered) bool { return r.URN == destination }); sends != (err == nil) {
				t.Errorf("Genesys Cloud is told of the role: %t, and the error is %v", sends, err)
			}
		})
	}
}

// TestEveryPermissionIsSimulated looks for each action that a role's policy allows among those that AWS was asked about.
func TestEveryPermissionIsSimulated(t *testing.T) {
	mocks := &recorder{stack: "dev"}
	if err := declare(mocks, bounded()); err != nil {
		t.Fatal(err)
	}
	actions := 0
	for _, r := range mocks.resources {
		_, name, _ := strings.Cut(r.URN, "::")
		if !strings.HasPrefix(r.URN, "aws:iam/rolePolicy:") {
			continue
		}
		for _, s := range allows(t, r.Inputs["policy"]) {
			for _, action := range s.Action {
				actions++
				if asked := "cc-eventbridge-" + name + " " + action; !slices.Contains(mocks.simulated, asked) {
					t.Errorf("%s was not simulated; these were: %q", asked, mocks.simulated)
				}
			}
		}
	}
	if actions < 20 {
		t.Errorf("the roles have %d actions, which are not all", actions)
	}
}

// TestConditionsThatNobodyKnowsAreNoRefusal: a boundary may ask for what only a real request has.
func TestConditionsThatNobodyKnowsAreNoRefusal(t *testing.T) {
	mocks := &recorder{stack: "dev", denied: []string{"sqs:SendMessage"}, missing: []any{"aws:SourceVpce"}}
	if err := declare(mocks, bounded()); err != nil {
		t.Error(err)
	}
}

func TestWithoutABoundaryNothingIsSimulated(t *testing.T) {
	mocks := &recorder{stack: "dev"}
	if err := declare(mocks, whole("contact-centre")); err != nil || len(mocks.simulated) > 0 {
		t.Errorf("simulated were %q, %v", mocks.simulated, err)
	}
}
