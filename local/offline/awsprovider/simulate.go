package awsprovider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// The emulator's SimulatePrincipalPolicy knows no permissions boundary, no policies of the request, and one resource. So it is
// done here, by the rules of the IAM User Guide, "How AWS enforcement code logic evaluates requests": a Deny of any policy
// wins; without one the request is allowed that both the role's policies and its boundary allow.

// managedPolicy answers aws:iam/getPolicy.
func (p *Provider) managedPolicy(ctx context.Context, arn string) (args, error) {
	c, err := p.reach()
	if err != nil {
		return nil, err
	}
	ctx, cancel := p.Operation(ctx, 0)
	defer cancel()
	found, err := c.iam().GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &arn})
	if err != nil {
		return nil, fmt.Errorf("reading the policy %s: %w", arn, err)
	}
	version, err := c.iam().GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &arn, VersionId: found.Policy.DefaultVersionId})
	if err != nil {
		return nil, fmt.Errorf("reading the policy %s: %w", arn, err)
	}
	document, err := url.QueryUnescape(aws.ToString(version.PolicyVersion.Document))
	if err != nil {
		return nil, fmt.Errorf("reading the policy %s: %w", arn, err)
	}
	return args{
		"id": arn, "arn": arn, "name": aws.ToString(found.Policy.PolicyName), "path": aws.ToString(found.Policy.Path), "policy": document,
		"policyId": aws.ToString(found.Policy.PolicyId), "description": aws.ToString(found.Policy.Description),
		"attachmentCount": float64(aws.ToInt32(found.Policy.AttachmentCount)), "tags": map[string]any{},
	}, nil
}

// simulated answers aws:iam/getPrincipalPolicySimulation for a role.
func (p *Provider) simulated(ctx context.Context, in args) (args, error) {
	c, err := p.reach()
	if err != nil {
		return nil, err
	}
	ctx, cancel := p.Operation(ctx, 0)
	defer cancel()
	source := in.Text("policySourceArn")
	_, path, isRole := strings.Cut(source, ":role/")
	if !isRole {
		return nil, fmt.Errorf("this stand-in for the aws provider simulates the policies of roles only, and %q is none", source)
	}
	if in["resourcePolicyJson"] != nil || in["callerArn"] != nil || in["resourceHandlingOption"] != nil || in["resourceOwnerAccountId"] != nil {
		return nil, errors.New("this stand-in for the aws provider simulates the policies of roles only, without those of resources")
	}
	identity, err := c.rolePolicies(ctx, path[strings.LastIndex(path, "/")+1:])
	if err != nil {
		return nil, fmt.Errorf("reading the policies of %s: %w", source, err)
	}
	s := simulation{context: map[string][]string{}}
	for _, entry := range oneOrMore(in["contexts"]) {
		s.context[strings.ToLower(args(asObject(entry)).Text("key"))] = wordsOf(asObject(entry)["values"])
	}
	if s.identity, err = documents(append(identity, wordsOf(in["additionalPoliciesJsons"])...)); err != nil {
		return nil, err
	}
	if s.boundary, err = documents(wordsOf(in["permissionsBoundaryPoliciesJsons"])); err != nil {
		return nil, err
	}
	resources := wordsOf(in["resourceArns"])
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	results, all := []any{}, true
	for _, action := range wordsOf(in["actionNames"]) {
		for _, arn := range resources {
			decision, missing := s.decide(action, arn)
			all = all && decision == allowedDecision
			results = append(results, map[string]any{
				"actionName": action, "resourceArn": arn, "decision": decision, "allowed": decision == allowedDecision,
				"decisionDetails": map[string]any{}, "matchedStatements": []any{}, "missingContextKeys": anyList(missing),
			})
		}
	}
	out := args{"id": "-", "allAllowed": all, "results": results}
	for name, value := range in {
		out[name] = value
	}
	return out, nil
}

// rolePolicies are the inline policies of a role, which are all that the stand-in's roles have.
func (c *cloud) rolePolicies(ctx context.Context, name string) (texts []string, err error) {
	list, err := c.iam().ListRolePolicies(ctx, &iam.ListRolePoliciesInput{RoleName: &name})
	if err != nil {
		return nil, err
	}
	for _, policy := range list.PolicyNames {
		got, err := c.iam().GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &name, PolicyName: &policy})
		if err != nil {
			return nil, err
		}
		text, err := url.QueryUnescape(aws.ToString(got.PolicyDocument))
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// policyStatement is a statement of a policy. What the stand-in can't evaluate is refused, not ignored.
type policyStatement struct {
	Sid, Effect       string
	Action, NotAction words
	Resource          words
	NotResource       words
	Condition         map[string]map[string]words
	Principal         any
	NotPrincipal      any
}

func documents(texts []string) (all []policyStatement, err error) {
	for _, text := range texts {
		if err := policyDocument(text); err != nil {
			return nil, err
		}
		var document struct{ Statement statements }
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			return nil, fmt.Errorf("reading a policy: %w", err)
		}
		all = append(all, document.Statement...)
	}
	return all, nil
}

const (
	allowedDecision = "allowed"
	explicitDeny    = "explicitDeny"
	implicitDeny    = "implicitDeny"
)

// simulation is what a decision depends on.
type simulation struct {
	identity []policyStatement
	// boundary is nil for a role without one.
	boundary []policyStatement
	// context has the values of condition keys, in lower case.
	context map[string][]string
}

// decide is AWS's decision, and which condition keys it would have needed.
func (s simulation) decide(action, arn string) (decision string, missing []string) {
	mine, missing := s.verdict(s.identity, action, arn)
	decision = mine
	if s.boundary != nil {
		bound, more := s.verdict(s.boundary, action, arn)
		missing = append(missing, more...)
		switch {
		case bound == explicitDeny || mine == explicitDeny:
			decision = explicitDeny
		case bound == implicitDeny:
			decision = implicitDeny
		}
	}
	slices.Sort(missing)
	return decision, slices.Compact(missing)
}

// verdict is what one set of policies says by itself.
func (s simulation) verdict(policies []policyStatement, action, arn string) (decision string, missing []string) {
	decision = implicitDeny
	for _, p := range policies {
		if !p.covers(action, arn) {
			continue
		}
		holds, lacks := s.holds(p.Condition)
		missing = append(missing, lacks...)
		switch {
		case !holds:
		case p.Effect == "Deny":
			decision = explicitDeny
		case decision == implicitDeny:
			decision = allowedDecision
		}
	}
	return decision, missing
}

// covers reports whether a statement is about an action on a resource. Actions don't know upper and lower case, ARNs do.
func (p policyStatement) covers(action, arn string) bool {
	about := func(patterns, except words, value string, fold bool) bool {
		match := func(pattern string) bool { return like(pattern, value, fold) }
		if except != nil {
			return !slices.ContainsFunc(except, match)
		}
		return slices.ContainsFunc(patterns, match)
	}
	return about(p.Action, p.NotAction, action, true) && about(p.Resource, p.NotResource, arn, false)
}

// like is IAM's match with wildcards.
func like(pattern, value string, fold bool) bool {
	quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
	flags := "(?s)"
	if fold {
		flags = "(?si)"
	}
	return regexp.MustCompile(flags + "^" + quoted + "$").MatchString(value)
}

// holds reports whether all conditions hold, and which keys have no value.
func (s simulation) holds(conditions map[string]map[string]words) (holds bool, missing []string) {
	holds = true
	for operator, keys := range conditions {
		name, ifExists := strings.CutSuffix(operator, "IfExists")
		for key, wanted := range keys {
			values, known := s.context[strings.ToLower(key)]
			if !known && name != "Null" {
				// Negated operators hold for a missing key, as do those with IfExists.
				if !ifExists {
					missing = append(missing, key)
					holds = holds && strings.Contains(name, "Not")
				}
				continue
			}
			holds = holds && conditionHolds(name, wanted, values)
		}
	}
	return holds, missing
}

// conditionHolds compares by one of the operators that policies of roles have as a rule; no other ever holds.
func conditionHolds(operator string, wanted, values []string) bool {
	matches := func(equal func(want, value string) bool) bool {
		return slices.ContainsFunc(values, func(value string) bool {
			return slices.ContainsFunc(wanted, func(want string) bool { return equal(want, value) })
		})
	}
	exact := func(want, value string) bool { return want == value }
	pattern := func(want, value string) bool { return like(want, value, false) }
	switch operator {
	case "StringEquals":
		return matches(exact)
	case "StringNotEquals":
		return !matches(exact)
	case "StringEqualsIgnoreCase", "Bool":
		return matches(strings.EqualFold)
	case "StringNotEqualsIgnoreCase":
		return !matches(strings.EqualFold)
	case "StringLike", "ArnLike", "ArnEquals":
		return matches(pattern)
	case "StringNotLike", "ArnNotLike", "ArnNotEquals":
		return !matches(pattern)
	case "Null":
		return len(wanted) == 1 && strings.EqualFold(wanted[0], "true") == (len(values) == 0)
	default:
		return false
	}
}

// words is one text or a list of them.
type words []string

func (w *words) UnmarshalJSON(data []byte) error {
	var one any
	if err := json.Unmarshal(data, &one); err != nil {
		return err
	}
	for _, v := range oneOrMore(one) {
		*w = append(*w, fmt.Sprint(v)) // a condition may have a number or a boolean
	}
	return nil
}

// statements is one statement or a list of them.
type statements []policyStatement

func (l *statements) UnmarshalJSON(data []byte) error {
	var one policyStatement
	if json.Unmarshal(data, &one) == nil {
		*l = statements{one}
		return nil
	}
	return json.Unmarshal(data, (*[]policyStatement)(l))
}

// wordsOf is a list of texts of the program's.
func wordsOf(v any) (out []string) {
	list, _ := v.([]any)
	for _, e := range list {
		if text, ok := e.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

func anyList(texts []string) []any {
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	return out
}
