package pipeline_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// boundaryFile is what a permissions boundary must allow for the roles to do their work.
const boundaryFile = "../../docs/iam/boundary.json"

// TestBoundaryFileIsCurrent derives the file from the policies of the program's own roles, in stacks that together have every
// part. It holds for every stack: account, region and the start of all names are left open.
func TestBoundaryFileIsCurrent(t *testing.T) {
	document := map[string]any{"Version": "2012-10-17", "Statement": boundaryStatements(t)}
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compare(t, boundaryFile, append(text, '\n'))
}

func boundaryStatements(t *testing.T) []map[string]any {
	t.Helper()
	found := map[string]map[string]any{}
	for _, set := range []map[string]string{nil, {"downstreamUrl": "https://crm.example/events", "downstreamSecret": "not-a-real-token"}} {
		for _, r := range resources(t, "dev", configured(t, set)) {
			if !strings.HasPrefix(r.URN, "aws:iam/rolePolicy:") {
				continue
			}
			for _, s := range allows(t, r.Inputs["policy"]) {
				statement := map[string]any{"Sid": s.Sid, "Effect": "Allow", "Action": s.Action, "Resource": anyStack(t, s.Resource)}
				if s.Condition != nil {
					statement["Condition"] = s.Condition
				}
				if have, ok := found[s.Sid]; ok && fmt.Sprint(have) != fmt.Sprint(statement) {
					t.Errorf("two statements have the Sid %s: %v and %v", s.Sid, have, statement)
				}
				found[s.Sid] = statement
			}
		}
	}
	var all []map[string]any
	for _, sid := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[sid])
	}
	return all
}

// arnForms are the ARNs of the kinds of resources that roles work with.
var arnForms = map[string]string{
	"queue:Queue": "arn:aws:sqs:*:*:%s", "table:Table": "arn:aws:dynamodb:*:*:table/%s", "bucketV2:BucketV2": "arn:aws:s3:::%s",
	"logGroup:LogGroup": "arn:aws:logs:*:*:log-group:%s", "secret:Secret": "arn:aws:secretsmanager:*:*:secret:%s-*",
}

var (
	fakeARN   = regexp.MustCompile(`^arn:of:(\w+:\w+):([^:]*?)(/payloads/\*|/quarantine/\*|:\*)?$`)
	appConfig = regexp.MustCompile(`^arn:aws:appconfig:us-east-1:123456789012:application/[^/]+/environment/[^/]+/configuration/[^/]+$`)
)

// anyStack widens the resources of one stack to those of all.
func anyStack(t *testing.T, resources []string) (wide []string) {
	t.Helper()
	for _, arn := range resources {
		parts := fakeARN.FindStringSubmatch(arn)
		switch {
		case arn == "*":
			wide = append(wide, arn)
		case appConfig.MatchString(arn): // its ids are AWS's own
			wide = append(wide, "arn:aws:appconfig:*:*:application/*/environment/*/configuration/*")
		case parts != nil && arnForms[parts[1]] != "":
			name := strings.Replace(parts[2], "dev-cc-eventbridge", "*-cc-eventbridge", 1)
			if parts[1] == "bucketV2:BucketV2" { // it has no name before it is made
				name = "*-cc-eventbridge-payloads-*"
			}
			wide = append(wide, fmt.Sprintf(arnForms[parts[1]], name)+parts[3])
		default:
			t.Errorf("this test does not know what the ARN %s of a role's policy is like in AWS", arn)
		}
	}
	return wide
}
