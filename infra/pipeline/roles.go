package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// role is a role and its one policy.
type role struct {
	*iam.Role
	// permissions must be in place before anybody works under the role.
	permissions *iam.RolePolicy
}

// roleArgs say what a role is for.
type roleArgs struct {
	// name is the role's name in AWS, policyName that of its policy.
	name, policyName, description string
	trust, permissions            pulumi.StringOutput
}

// newRole declares a role under the rules that the company has for all of them.
func newRole(s *stack, parent pulumi.Resource, resource string, args roleArgs) (*role, error) {
	made, err := iam.NewRole(s.ctx, s.resource(resource), &iam.RoleArgs{
		Name:                pulumi.String(args.name),
		Description:         pulumi.String(args.description),
		AssumeRolePolicy:    args.trust,
		Path:                set(s.Roles.Path),
		PermissionsBoundary: set(s.Roles.PermissionsBoundary),
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	permissions, err := iam.NewRolePolicy(s.ctx, s.resource(resource), &iam.RolePolicyArgs{
		Name:   pulumi.String(args.policyName),
		Role:   made.Name,
		Policy: args.permissions,
	}, pulumi.Parent(parent))
	if err != nil {
		return nil, err
	}
	return &role{made, permissions}, nil
}
