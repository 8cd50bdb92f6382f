package awsprovider

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"cc-eventbridge/genesys/plugin"
)

// TestDecisions holds the evaluator against the rules of the IAM User Guide, "Policy evaluation logic".
func TestDecisions(t *testing.T) {
	const (
		queue = "arn:aws:sqs:eu-west-1:123456789012:a-queue"
		send  = `{"Effect":"Allow","Action":"sqs:SendMessage","Resource":"` + queue + `"}`
		all   = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	)
	when := func(statement, condition string) string {
		return strings.TrimSuffix(statement, "}") + `,"Condition":` + condition + `}`
	}
	deny := func(statement string) string { return strings.Replace(statement, "Allow", "Deny", 1) }
	for name, test := range map[string]struct {
		identity, boundary string // statements; a boundary of "" is none
		want, missing      string
	}{
		"what nobody allows":                     {identity: "", want: implicitDeny},
		"what the role allows":                   {identity: send, want: allowedDecision},
		"an action in other letters":             {identity: strings.Replace(send, "sqs:SendMessage", "SQS:sendmessage", 1), want: allowedDecision},
		"a resource in other letters":            {identity: strings.Replace(send, "a-queue", "A-queue", 1), want: implicitDeny},
		"an action with a wildcard":              {identity: strings.Replace(send, "SendMessage", "Send*", 1), want: allowedDecision},
		"a wildcard of one character":            {identity: strings.Replace(send, "a-queue", "?-queue", 1), want: allowedDecision},
		"one character is not none":              {identity: strings.Replace(send, "a-queue", "a-queue?", 1), want: implicitDeny},
		"a dot is no wildcard":                   {identity: strings.Replace(send, "a-queue", "a.queue", 1), want: implicitDeny},
		"another action":                         {identity: strings.Replace(send, "SendMessage", "ReceiveMessage", 1), want: implicitDeny},
		"a boundary that allows as well":         {identity: send, boundary: all, want: allowedDecision},
		"a boundary that lacks the action":       {identity: send, boundary: strings.Replace(all, `"*"`, `"dynamodb:*"`, 1), want: implicitDeny},
		"a boundary alone allows nothing":        {identity: "", boundary: all, want: implicitDeny},
		"a boundary that denies":                 {identity: send, boundary: all + "," + deny(send), want: explicitDeny},
		"a role that denies":                     {identity: send + "," + deny(all), boundary: all, want: explicitDeny},
		"an order of statements":                 {identity: deny(all) + "," + send, want: explicitDeny},
		"all but another action":                 {identity: `{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`, want: allowedDecision},
		"all but this action":                    {identity: `{"Effect":"Allow","NotAction":["sqs:*"],"Resource":"*"}`, want: implicitDeny},
		"all but this resource":                  {identity: `{"Effect":"Allow","Action":"*","NotResource":"` + queue + `"}`, want: implicitDeny},
		"a region that is allowed":               {identity: send, boundary: when(all, `{"StringEquals":{"aws:requestedregion":["us-east-1","eu-west-1"]}}`), want: allowedDecision},
		"another region":                         {identity: send, boundary: when(all, `{"StringEquals":{"aws:RequestedRegion":"us-east-1"}}`), want: implicitDeny},
		"a denial outside of a region":           {identity: send, boundary: all + "," + when(deny(all), `{"StringNotEquals":{"aws:RequestedRegion":"us-east-1"}}`), want: explicitDeny},
		"a key that nobody has":                  {identity: send, boundary: when(all, `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`), want: implicitDeny, missing: "aws:SourceVpce"},
		"a key that nobody has, if it exists":    {identity: send, boundary: when(all, `{"StringEqualsIfExists":{"aws:SourceVpce":"vpce-1"}}`), want: allowedDecision},
		"a key that nobody has is not the other": {identity: send, boundary: all + "," + when(deny(all), `{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}}`), want: explicitDeny, missing: "aws:SourceVpce"},
		"plain text is denied":                   {identity: send + "," + when(deny(all), `{"Bool":{"aws:SecureTransport":false}}`), want: allowedDecision},
		"a key that must not be there":           {identity: when(send, `{"Null":{"aws:SourceVpce":"true"}}`), want: allowedDecision},
	} {
		t.Run(name, func(t *testing.T) {
			s := simulation{context: map[string][]string{"aws:requestedregion": {"eu-west-1"}, "aws:securetransport": {"true"}}}
			var err error
			if s.identity, err = documents([]string{`{"Version":"2012-10-17","Statement":[` + test.identity + `]}`}); err != nil {
				t.Fatal(err)
			}
			if test.boundary != "" {
				if s.boundary, err = documents([]string{`{"Version":"2012-10-17","Statement":[` + test.boundary + `]}`}); err != nil {
					t.Fatal(err)
				}
			}
			if got, missing := s.decide("sqs:SendMessage", queue); got != test.want || strings.Join(missing, " ") != test.missing {
				t.Errorf("the decision is %s %q, want %s %q", got, missing, test.want, test.missing)
			}
		})
	}
}

// TestBoundaryFileSuffices simulates every role of every golden graph within docs/iam/boundary.json, and without any one of its
// statements: none is too many.
func TestBoundaryFileSuffices(t *testing.T) {
	text, err := os.ReadFile("../../../docs/iam/boundary.json")
	if err != nil {
		t.Fatal(err)
	}
	boundary, err := documents([]string{string(text)})
	if err != nil {
		t.Fatal(err)
	}
	const graphs = "../../../infra/pipeline/testdata/"
	refused := func(boundary []policyStatement) (list []string) {
		for _, resources := range readGraphs(t, graphs+"dev.golden.json", graphs+"prod.golden.json", graphs+"eventbridge.golden.json", graphs+"registered.golden.json") {
			for _, r := range resources {
				if r.token() != "aws:iam/rolePolicy:RolePolicy" {
					continue
				}
				identity, err := documents([]string{documentText(r.Inputs["policy"])})
				if err != nil {
					t.Fatal(err)
				}
				for _, statement := range identity {
					for i, arn := range statement.Resource {
						statement.Resource[i] = realARN(arn)
					}
					for _, action := range statement.Action {
						for _, arn := range statement.Resource {
							s := simulation{identity: identity, boundary: boundary}
							if decision, _ := s.decide(action, arn); decision != allowedDecision {
								list = append(list, fmt.Sprint(action, " on ", arn, " ", decision))
							}
						}
					}
				}
			}
		}
		return list
	}
	if list := refused(boundary); len(list) > 0 {
		t.Errorf("the boundary refuses %q", list)
	}
	for i, statement := range boundary {
		rest := append(append([]policyStatement{}, boundary[:i]...), boundary[i+1:]...)
		if len(refused(rest)) == 0 {
			t.Errorf("nobody needs the statement %s", statement.Sid)
		}
	}
}

// realARN is what AWS calls what the golden graphs give a short ARN.
func realARN(arn string) string {
	for short, long := range map[string]string{
		"arn:aws:table:us-east-1:123456789012:table/":       "arn:aws:dynamodb:us-east-1:123456789012:table/",
		"arn:aws:loggroup:us-east-1:123456789012:logGroup/": "arn:aws:logs:us-east-1:123456789012:log-group:",
		"arn:aws:s3:::payloads":                             "arn:aws:s3:::dev-cc-eventbridge-payloads-0a1b2c3d",
	} {
		arn = strings.Replace(arn, short, long, 1)
	}
	if name, ok := strings.CutPrefix(arn, "arn:aws:secret:us-east-1:123456789012:secret/"); ok {
		arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:" + name + "-a1B2c3"
	}
	return arn
}

// TestSimulationOfARole asks as the program does, on a live emulator.
func TestSimulationOfARole(t *testing.T) {
	p := configured(t, startEmulator(t), nil)
	s := stack{t, p}
	role := s.make(roleToken, args{"name": "worker", "assumeRolePolicy": trust})
	const queue = "arn:aws:sqs:eu-west-1:000000000000:q"
	s.make("aws:iam/rolePolicy:RolePolicy", args{"name": "send", "role": "worker", "policy": allow("A", "", "sqs:SendMessage", queue)})
	c, err := p.reach()
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.iam().CreatePolicy(t.Context(), &iam.CreatePolicyInput{
		PolicyName: aws.String("boundary"), PolicyDocument: aws.String(allow("B", "", "dynamodb:PartiQLInsert", "*")),
	})
	if err != nil {
		t.Fatal(err)
	}
	invoke := func(token tokens.ModuleMember, in args) args {
		t.Helper()
		resp, err := p.Invoke(t.Context(), sdk.InvokeRequest{Tok: token, Args: plugin.ToProperty(in).ObjectValue()})
		if err != nil {
			t.Fatal(err)
		}
		return plugin.Plain(resp.Properties)
	}
	boundary := invoke("aws:iam/getPolicy:getPolicy", args{"arn": aws.ToString(made.Policy.Arn)}).Text("policy")
	if !json.Valid([]byte(boundary)) || !strings.Contains(boundary, "PartiQLInsert") {
		t.Fatalf("the boundary is %q", boundary)
	}
	decisions := func(in args) string {
		in["policySourceArn"] = role["arn"]
		out := invoke("aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation", in)
		var list []string
		for _, result := range oneOrMore(out["results"]) {
			list = append(list, fmt.Sprint(asObject(result)["actionName"], " ", asObject(result)["decision"]))
		}
		return fmt.Sprint(strings.Join(list, ", "), " ", out["allAllowed"])
	}
	actions := []any{"sqs:SendMessage", "dynamodb:PartiQLInsert"}
	additional := []any{allow("C", "", "dynamodb:PartiQLInsert", "*")}
	for want, in := range map[string]args{
		"sqs:SendMessage allowed true":                                            {"actionNames": []any{"sqs:SendMessage"}, "resourceArns": []any{queue}},
		"sqs:SendMessage allowed, dynamodb:PartiQLInsert implicitDeny false":      {"actionNames": actions, "resourceArns": []any{queue}},
		"sqs:SendMessage implicitDeny, dynamodb:PartiQLInsert allowed false":      {"actionNames": actions, "additionalPoliciesJsons": additional},
		"sqs:SendMessage implicitDeny, dynamodb:PartiQLInsert implicitDeny false": {"actionNames": actions, "resourceArns": []any{queue}, "permissionsBoundaryPoliciesJsons": []any{boundary}},
	} {
		if got := decisions(in); got != want {
			t.Errorf("the decisions are %s, want %s", got, want)
		}
	}
}
