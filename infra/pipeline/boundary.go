package pipeline

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// onceAllowed is a value that is there once AWS says that these roles can do all of their work within the permissions boundary
// of the stack. What must not happen before takes its input from here. Without a boundary it is the value itself.
//
// A boundary that lacks an action changes nothing in a `pulumi up`: the roles are made, the mapping starts, and the function is
// refused. Without dynamodb:PartiQLInsert every message would end in the dead-letter queue. So AWS's own simulation is asked,
// by the text of the boundary and of the policies that this deployment has: what is in IAM may be older. The preview of a stack
// that is deployed asks as well; roles that are not there yet can't be asked about.
func onceAllowed(s *stack, parent pulumi.Resource, value pulumi.StringOutput, roles ...*role) pulumi.StringOutput {
	if s.Roles.PermissionsBoundary == "" {
		return value
	}
	// The ids of the policies are not used: a policy has one once IAM has it.
	inputs := []any{value}
	for _, r := range roles {
		inputs = append(inputs, r.Name, r.Arn, r.permissions.Policy, r.permissions.ID())
	}
	return pulumi.All(inputs...).ApplyT(func(all []any) (string, error) {
		document, err := boundaryDocument(s, parent)
		if err != nil {
			return "", err
		}
		for i := 1; i < len(all); i += 4 {
			name, arn, policy := all[i].(string), all[i+1].(string), all[i+2].(string)
			refused, err := simulate(s, parent, arn, policy, document)
			if err != nil {
				return "", fmt.Errorf("asking AWS whether the role %s can do its work within its permissions boundary: %w", name, err)
			}
			if len(refused) > 0 {
				return "", fmt.Errorf(boundaryTooNarrow, s.Roles.PermissionsBoundary, name, strings.Join(refused, "\n  - "))
			}
		}
		return all[0].(string), nil
	}).(pulumi.StringOutput)
}

func boundaryDocument(s *stack, parent pulumi.Resource) (string, error) {
	found, err := iam.LookupPolicy(s.ctx, &iam.LookupPolicyArgs{Arn: pulumi.StringRef(s.Roles.PermissionsBoundary)}, pulumi.Parent(parent))
	if err != nil {
		return "", fmt.Errorf("reading the permissions boundary %s: %w", s.Roles.PermissionsBoundary, err)
	}
	return found.Policy, nil
}

// simulate returns what the role may not do of what its policy allows: a line for each action and resource.
func simulate(s *stack, parent pulumi.Resource, arn, policy, boundary string) (refused []string, err error) {
	var document struct {
		Statement []struct {
			Action   []string
			Resource oneOrMore
		}
	}
	if err := json.Unmarshal([]byte(policy), &document); err != nil {
		return nil, fmt.Errorf("reading the role's own policy: %w", err)
	}
	for _, statement := range document.Statement {
		resources := statement.Resource
		if slices.Equal(resources, []string{"*"}) {
			resources = nil // which stands for "*"; the provider takes ARNs only
		}
		simulated, err := iam.LookupPrincipalPolicySimulation(s.ctx, &iam.LookupPrincipalPolicySimulationArgs{
			PolicySourceArn:                  arn,
			ActionNames:                      statement.Action,
			ResourceArns:                     resources,
			AdditionalPoliciesJsons:          []string{policy},
			PermissionsBoundaryPoliciesJsons: []string{boundary},
			Contexts: []iam.GetPrincipalPolicySimulationContext{
				{Key: "aws:RequestedRegion", Type: "string", Values: []string{s.where.region}},
				{Key: "aws:SecureTransport", Type: "boolean", Values: []string{"true"}},
			},
		}, pulumi.Parent(parent))
		if err != nil {
			return nil, err
		}
		for _, result := range simulated.Results {
			line := fmt.Sprintf("%s on %s (%s)", result.ActionName, result.ResourceArn, result.Decision)
			switch {
			case result.Allowed:
			case result.Decision == "implicitDeny" && len(result.MissingContextKeys) > 0:
				// The decision is about a request that lacks what a real one has.
				if err := s.ctx.Log.Warn(fmt.Sprintf(boundaryUndecided, line, strings.Join(result.MissingContextKeys, ", ")), nil); err != nil {
					return nil, err
				}
			default:
				refused = append(refused, line)
			}
		}
	}
	return refused, nil
}

// oneOrMore is a text or a list of them, as IAM takes both.
type oneOrMore []string

func (l *oneOrMore) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*l = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(l))
}
