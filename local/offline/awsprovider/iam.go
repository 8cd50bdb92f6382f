package awsprovider

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

const iamName = `[\w+=,.@-]`

func iamTypes() []*resourceType {
	gone := []string{"NoSuchEntity"}
	return []*resourceType{
		{
			token: "aws:iam/role:Role",
			inputs: properties{
				"name":             str(identity, as("RoleName"), must(named(64, iamName))),
				"assumeRolePolicy": policy(required, as("AssumeRolePolicyDocument", "PolicyDocument"), must(principals)),
				"description":      str(fallback("")),
				// The answer has it as an object; see roleAnswer.
				"permissionsBoundary": str(must(arn)),
				"path":                str(replaces, fallback("/")),
				"tags":                tags(),
			},
			outputs: map[string]string{"arn": "Arn", "createDate": "CreateDate", "uniqueId": "RoleId"},
			id:      "RoleName",
			create:  op((*cloud).iam, (*iam.Client).CreateRole),
			read:    op((*cloud).iam, (*iam.Client).GetRole), found: "Role", also: roleAnswer,
			edits: []edit{
				{on: []string{"assumeRolePolicy"}, call: op((*cloud).iam, (*iam.Client).UpdateAssumeRolePolicy)},
				{on: []string{"description"}, call: op((*cloud).iam, (*iam.Client).UpdateRole)},
				{on: []string{"permissionsBoundary"}, do: changeBoundary},
			},
			remove:  op((*cloud).iam, (*iam.Client).DeleteRole),
			gone:    gone,
			passing: unknownPrincipal,
			tags: &tagging{
				"name", op((*cloud).iam, (*iam.Client).ListRoleTags), op((*cloud).iam, (*iam.Client).TagRole),
				op((*cloud).iam, (*iam.Client).UntagRole),
			},
		},
		{
			token: "aws:iam/rolePolicy:RolePolicy",
			inputs: properties{
				"name":   str(identity, as("PolicyName"), must(named(128, iamName))),
				"role":   str(identity, as("RoleName")),
				"policy": policy(required, as("PolicyDocument"), must(noPrincipals)),
			},
			id:     "RoleName:PolicyName",
			create: op((*cloud).iam, (*iam.Client).PutRolePolicy),
			read:   op((*cloud).iam, (*iam.Client).GetRolePolicy), also: unescaped("policy"),
			edits:  []edit{{call: op((*cloud).iam, (*iam.Client).PutRolePolicy)}},
			remove: op((*cloud).iam, (*iam.Client).DeleteRolePolicy),
			gone:   gone,
		},
	}
}

// roleAnswer reads what an answer about a role has in another form than the request.
func roleAnswer(ctx context.Context, c *cloud, id string, answer any, prior, found args) error {
	delete(found, "permissionsBoundary")
	if got, ok := answer.(*iam.GetRoleOutput); ok && got.Role.PermissionsBoundary != nil {
		found["permissionsBoundary"] = aws.ToString(got.Role.PermissionsBoundary.PermissionsBoundaryArn)
	}
	return unescaped("assumeRolePolicy")(ctx, c, id, answer, prior, found)
}

// changeBoundary sets or takes away the boundary of a role.
func changeBoundary(ctx context.Context, c *cloud, id string, _, next args) error {
	boundary := next.Text("permissionsBoundary")
	if boundary == "" {
		_, err := c.iam().DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: &id})
		return err
	}
	_, err := c.iam().PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: &id, PermissionsBoundary: &boundary})
	return err
}

// unknownPrincipal: a principal that was made a moment ago is not known everywhere yet.
func unknownPrincipal(err error) bool {
	return hasCode(err, "MalformedPolicyDocument", "MalformedPolicyDocumentException") && strings.Contains(err.Error(), "nvalid principal")
}

// unescaped undoes that IAM answers documents in the form of URLs.
func unescaped(name string) func(context.Context, *cloud, string, any, args, args) error {
	return func(_ context.Context, _ *cloud, _ string, _ any, _, found args) (err error) {
		if found[name], err = url.QueryUnescape(found.Text(name)); err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
		return nil
	}
}
