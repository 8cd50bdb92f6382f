package awsprovider

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

var updateFiles = flag.Bool("update", false, "write the recorded calls, the policies in docs/iam and policy/replaces.json anew; read their diff before you commit it")

// callsFile has the calls that TestLifecycle makes on the emulator, by what they are for.
// `go test ./offline/awsprovider -run TestLifecycle -update` writes it, and then -run TestPolicyFiles the policies.
const callsFile = "testdata/calls.json"

// recorder writes down which operations of AWS are called.
type recorder struct {
	mu    sync.Mutex
	at    string
	calls map[string]map[string]bool
}

func recordCalls(t *testing.T, p *Provider) *recorder {
	t.Helper()
	r := &recorder{at: "create", calls: map[string]map[string]bool{}}
	c, err := p.reach()
	if err != nil {
		t.Fatal(err)
	}
	note := middleware.InitializeMiddlewareFunc("recordCalls", func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		r.mu.Lock()
		if r.calls[r.at] == nil {
			r.calls[r.at] = map[string]bool{}
		}
		service := strings.ToLower(strings.ReplaceAll(awsmiddleware.GetServiceID(ctx), " ", ""))
		r.calls[r.at][service+":"+awsmiddleware.GetOperationName(ctx)] = true
		r.mu.Unlock()
		return next.HandleInitialize(ctx, in)
	})
	c.config.APIOptions = append(c.config.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(note, middleware.After)
	})
	return r
}

func (r *recorder) phase(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.at = name
}

func (r *recorder) compare(t *testing.T) {
	t.Helper()
	sorted := map[string][]string{}
	for phase, calls := range r.calls {
		sorted[phase] = slices.Sorted(maps.Keys(calls))
	}
	compareFile(t, callsFile, sorted)
}

func compareFile(t *testing.T, file string, content any) {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(content); err != nil {
		t.Fatal(err)
	}
	if *updateFiles {
		if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil { //nolint:gosec // a file of the repository
			t.Fatal(err)
		}
		return
	}
	if want, err := os.ReadFile(file); err != nil || !bytes.Equal(want, b.Bytes()) {
		t.Errorf("%s is not current (%v): write it with -update and read its diff. It should be\n%s", file, err, b.String())
	}
}

// unrecorded are calls that the released provider is believed to make, and that neither recording has: the graphs don't come to
// them, or the emulator answers so that they are not needed.
var unrecorded = []string{
	"iam:GetPolicy", "iam:GetPolicyVersion", "iam:SimulatePrincipalPolicy", // the program's own questions about the boundary
	"iam:UpdateRoleDescription", "iam:UpdateAssumeRolePolicy", "iam:ListInstanceProfilesForRole", "iam:PutRolePermissionsBoundary",
	"lambda:GetFunctionConfiguration", "lambda:DeleteFunctionConcurrency", "lambda:TagResource", "lambda:UntagResource",
	"s3:ListObjectVersions", "s3:DeleteObjects", "s3:DeleteObjectVersion", "s3:PutBucketVersioning", "s3:DeleteBucketTagging",
	"secretsmanager:ListSecretVersionIds", "secretsmanager:UpdateSecretVersionStage", "secretsmanager:UntagResource",
	"kms:UntagResource", "kms:PutKeyPolicy", "cloudwatchlogs:UntagResource", "cloudwatchlogs:DeleteRetentionPolicy",
	"eventbridge:UntagResource", "eventbridge:UpdateArchive", "eventbridge:ListEventSources", "cloudwatch:UntagResource",
	"sns:UntagResource", "sqs:GetQueueUrl", "appconfig:DeleteHostedConfigurationVersion", "appconfig:UntagResource",
}

// grantless are calls that need no permission, and the provider's other way to learn the account, which it can do without.
var grantless = []string{"sts:GetCallerIdentity", "iam:GetUser"}

// actionOf is the IAM action that a call needs, by the Service Authorization Reference.
func actionOf(call string) string {
	if other, ok := map[string]string{
		"s3:HeadBucket": "s3:ListBucket", "s3:ListObjectsV2": "s3:ListBucket", "s3:ListObjectVersions": "s3:ListBucketVersions",
		"s3:DeleteObjects": "s3:DeleteObject", "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
		"s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock", "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
		"s3:GetBucketEncryption": "s3:GetEncryptionConfiguration", "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
		"s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration", "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
		"s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration", "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
		"s3:GetBucketReplication": "s3:GetReplicationConfiguration", "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
		"s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration", "s3:GetBucketCors": "s3:GetBucketCORS",
		"s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls", "s3:DeleteBucketTagging": "s3:PutBucketTagging",
	}[call]; ok {
		return other
	}
	service, operation, _ := strings.Cut(call, ":")
	if prefix, ok := map[string]string{"cloudwatchlogs": "logs", "eventbridge": "events"}[service]; ok {
		service = prefix
	}
	return service + ":" + operation
}

// reads reports whether an action changes nothing.
func reads(action string) bool {
	_, operation, _ := strings.Cut(action, ":")
	verb := operation
	if i := strings.IndexFunc(operation[1:], unicode.IsUpper); i >= 0 {
		verb = operation[:i+1]
	}
	return slices.Contains([]string{"Get", "List", "Describe", "Simulate"}, verb)
}

// placeholderBoundary stands for the company's boundary in the policies: whoever takes them puts the real one there.
const placeholderBoundary = "arn:aws:iam::123456789012:policy/cc-eventbridge-boundary"

// scopes are the resources that the actions of a service are allowed on. Where a service names resources itself, any of its
// kind are.
var scopes = map[string][]string{
	"appconfig":      {"arn:aws:appconfig:*:*:application/*", "arn:aws:appconfig:*:*:deploymentstrategy/*"},
	"cloudwatch":     {"arn:aws:cloudwatch:*:*:alarm:*-cc-eventbridge-*"},
	"dynamodb":       {"arn:aws:dynamodb:*:*:table/*-cc-eventbridge-dedup"},
	"events":         {"arn:aws:events:*:*:*/aws.partner/genesys.com*", "arn:aws:events:*:*:archive/*-cc-eventbridge-archive"},
	"iam":            {"arn:aws:iam::*:role/*-cc-eventbridge-*"},
	"kms":            {"arn:aws:kms:*:*:key/*", "arn:aws:kms:*:*:alias/*-cc-eventbridge-*"},
	"lambda":         {"arn:aws:lambda:*:*:function:*-cc-eventbridge-processor", "arn:aws:lambda:*:*:function:*-cc-eventbridge-processor:*"},
	"logs":           {"arn:aws:logs:*:*:log-group:/aws/lambda/*-cc-eventbridge-processor", "arn:aws:logs:*:*:log-group:/aws/lambda/*-cc-eventbridge-processor:*"},
	"s3":             {"arn:aws:s3:::*-cc-eventbridge-payloads-*"},
	"secretsmanager": {"arn:aws:secretsmanager:*:*:secret:*-cc-eventbridge-downstream-*"},
	"sns":            {"arn:aws:sns:*:*:*-cc-eventbridge-alarms", "arn:aws:sns:*:*:*-cc-eventbridge-alarms:*"},
	"sqs":            {"arn:aws:sqs:*:*:*-cc-eventbridge-*"},
}

// everywhere are the actions that AWS allows on "*" only, or on what has no name of the stack's yet.
var everywhere = []string{
	"appconfig:CreateApplication", "appconfig:CreateDeploymentStrategy", "cloudwatch:DescribeAlarms", "events:ListEventSources",
	"kms:CreateKey", "kms:ListAliases", "logs:DescribeLogGroups",
}

// grant is a statement of a policy.
type grant struct {
	Sid       string         `json:"Sid"`
	Effect    string         `json:"Effect"`
	Action    []string       `json:"Action"`
	Resource  any            `json:"Resource"`
	Condition map[string]any `json:"Condition,omitempty"`
}

func allowing(sid string, actions []string, resource any, condition map[string]any) grant {
	return grant{sid, "Allow", actions, resource, condition}
}

// grants are the statements that allow calls.
func grants(calls []string, deployer bool) (all []grant) {
	byService, mappings, anywhere := map[string][]string{}, []string{}, []string{}
	onBoundary, bounded := []string{}, []string{}
	for _, call := range calls {
		action := actionOf(call)
		service, operation, _ := strings.Cut(action, ":")
		list := byService[service]
		at := &list
		switch {
		case slices.Contains(grantless, call):
			continue
		case slices.Contains(everywhere, action):
			at = &anywhere
		case strings.HasSuffix(operation, "EventSourceMapping"):
			at = &mappings
		case action == "iam:GetPolicy" || action == "iam:GetPolicyVersion":
			at = &onBoundary
		case slices.Contains([]string{"iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary", "iam:DeleteRolePolicy"}, action):
			at = &bounded
		case action == "iam:DeleteRolePermissionsBoundary":
			continue // nobody who is held to a boundary may take it away
		}
		if !slices.Contains(*at, action) {
			*at = append(*at, action)
		}
		if at == &list {
			byService[service] = list
		}
	}
	for _, service := range slices.Sorted(maps.Keys(byService)) {
		resources := scopes[service]
		if deployer && service == "s3" {
			resources = append(slices.Clone(resources), resources[0]+"/*") // pulumi destroy empties it without protectData
		}
		slices.Sort(byService[service])
		all = append(all, allowing(strings.ToUpper(service[:1])+service[1:], byService[service], resources, nil))
	}
	sorted := func(actions []string) []string { slices.Sort(actions); return actions }
	all = append(all,
		allowing("Everywhere", sorted(anywhere), "*", nil),
		allowing("Mappings", sorted(mappings), "*", map[string]any{"ArnLike": map[string]any{"lambda:FunctionArn": scopes["lambda"]}}),
		allowing("ReadBoundary", sorted(onBoundary), placeholderBoundary, nil),
	)
	if deployer {
		all = append(all,
			allowing("RolesWithinBoundary", sorted(bounded), scopes["iam"],
				map[string]any{"StringEquals": map[string]any{"iam:PermissionsBoundary": placeholderBoundary}}),
			allowing("PassRoles", []string{"iam:PassRole"}, scopes["iam"],
				map[string]any{"StringEquals": map[string]any{"iam:PassedToService": []string{"appconfig.amazonaws.com", "lambda.amazonaws.com"}}}),
		)
	}
	return all
}

// recorded are the calls of both providers.
func recorded(t *testing.T) (all []string) {
	t.Helper()
	for _, file := range []string{callsFile, releasedFile} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var calls map[string][]string
		if err := json.Unmarshal(data, &calls); err != nil {
			t.Fatal(err)
		}
		for _, phase := range []string{"create", "read", "edit", "destroy"} {
			if len(calls[phase]) < 20 {
				t.Errorf("%s has %d calls to %s, which are not all", file, len(calls[phase]), phase)
			}
			all = append(all, calls[phase]...)
		}
	}
	return all
}

// wanted are all calls of the deployer, and those of them that change nothing, but for the downstream's secret: who only looks
// does not get it.
func wanted(t *testing.T) (deployer, reviewer []string) {
	t.Helper()
	deployer = append(recorded(t), unrecorded...)
	slices.Sort(deployer)
	deployer = slices.Compact(deployer)
	for _, call := range deployer {
		if reads(actionOf(call)) && call != "secretsmanager:GetSecretValue" {
			reviewer = append(reviewer, call)
		}
	}
	return deployer, reviewer
}

// TestPolicyFiles derives the policies of who deploys and of who reviews from the calls.
func TestPolicyFiles(t *testing.T) {
	deployer, reviewer := wanted(t)
	for file, statements := range map[string][]grant{"deployer": grants(deployer, true), "reviewer": grants(reviewer, false)} {
		compareFile(t, "../../../docs/iam/"+file+".json", map[string]any{"Version": "2012-10-17", "Statement": statements})
	}
}

// longestPolicy is the most that the inline policies of a role may have, without white space (IAM User Guide, "IAM and AWS STS
// quotas"). A managed policy has 6,144, which the deployer's is too long for.
const longestPolicy = 10240

// TestPoliciesOfPeopleAreNarrow looks at the files, not at how they were made.
func TestPoliciesOfPeopleAreNarrow(t *testing.T) {
	deployer, reviewer := wanted(t)
	for name, calls := range map[string][]string{"deployer": deployer, "reviewer": reviewer} {
		data, err := os.ReadFile("../../../docs/iam/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := policyDocument(string(data)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		statements, err := documents([]string{string(data)})
		if err != nil {
			t.Fatal(err)
		}
		length := strings.Count(string(data), "") - 1
		for _, white := range []string{" ", "\n"} {
			length -= strings.Count(string(data), white)
		}
		if length > longestPolicy {
			t.Errorf("%s has %d characters, and a role %d at most", name, length, longestPolicy)
		}
		allowed := map[string]bool{}
		for _, s := range statements {
			for _, action := range s.Action {
				allowed[action] = true
				if strings.ContainsAny(action, "*?") {
					t.Errorf("%s: %s allows %s", name, s.Sid, action)
				}
				if name == "reviewer" && !reads(action) {
					t.Errorf("the reviewer may %s", action)
				}
				if slices.Contains(s.Resource, "*") && !slices.Contains(everywhere, action) && s.Condition == nil {
					t.Errorf("%s: %s allows %s on everything", name, s.Sid, action)
				}
			}
		}
		for _, call := range calls {
			if action := actionOf(call); !allowed[action] && !slices.Contains(grantless, call) && action != "iam:DeleteRolePermissionsBoundary" {
				t.Errorf("%s lacks %s, for the call %s", name, action, call)
			}
		}
		if name == "reviewer" && allowed["secretsmanager:GetSecretValue"] {
			t.Error("the reviewer may read the downstream's secret")
		}
	}
}

// TestDeployerIsHeldToTheBoundary evaluates the deployer's policy as IAM would.
func TestDeployerIsHeldToTheBoundary(t *testing.T) {
	data, err := os.ReadFile("../../../docs/iam/deployer.json")
	if err != nil {
		t.Fatal(err)
	}
	statements, err := documents([]string{string(data)})
	if err != nil {
		t.Fatal(err)
	}
	const role = "arn:aws:iam::123456789012:role/integration/prod-cc-eventbridge-writer"
	for _, test := range []struct {
		action, arn, boundary, service string
		want                           string
	}{
		{"iam:CreateRole", role, placeholderBoundary, "", allowedDecision},
		{"iam:CreateRole", role, "", "", implicitDeny},
		{"iam:CreateRole", role, "arn:aws:iam::aws:policy/AdministratorAccess", "", implicitDeny},
		{"iam:CreateRole", "arn:aws:iam::123456789012:role/admin", placeholderBoundary, "", implicitDeny},
		{"iam:PutRolePolicy", role, "", "", implicitDeny},
		{"iam:PutRolePermissionsBoundary", role, "arn:aws:iam::aws:policy/AdministratorAccess", "", implicitDeny},
		{"iam:DeleteRolePermissionsBoundary", role, placeholderBoundary, "", implicitDeny},
		{"iam:PassRole", role, "", "lambda.amazonaws.com", allowedDecision},
		{"iam:PassRole", role, "", "ec2.amazonaws.com", implicitDeny},
		{"sqs:DeleteQueue", "arn:aws:sqs:eu-west-1:123456789012:prod-cc-eventbridge-dlq", "", "", allowedDecision},
		{"sqs:DeleteQueue", "arn:aws:sqs:eu-west-1:123456789012:payroll", "", "", implicitDeny},
		{"lambda:UpdateFunctionCode", "arn:aws:lambda:eu-west-1:123456789012:function:payroll", "", "", implicitDeny},
	} {
		t.Run(fmt.Sprint(test.action, " ", test.arn, " ", test.boundary, test.service), func(t *testing.T) {
			s := simulation{identity: statements, context: map[string][]string{}}
			if test.boundary != "" {
				s.context["iam:permissionsboundary"] = []string{test.boundary}
			}
			if test.service != "" {
				s.context["iam:passedtoservice"] = []string{test.service}
			}
			if decision, _ := s.decide(test.action, test.arn); decision != test.want {
				t.Errorf("the decision is %s, want %s", decision, test.want)
			}
		})
	}
}
