package awsprovider

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// IAM's limits: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxRoleName       = 64
	maxInlinePolicy   = 128
	maxRoleText       = 1000
	minSession        = 3600
	maxSession        = 43200
	iamNameCharset    = `[\w+=,.@-]`
	iamNotFound       = "NoSuchEntity"
	iamBadPolicy      = "MalformedPolicyDocument"
	maxTrustPolicy    = 4096 // the highest quota that can be asked for
	maxInlinePolicies = 10240
)

func iamTypes() []*resourceType { return []*resourceType{role(), rolePolicy()} }

func role() *resourceType {
	return &resourceType{
		token: "aws:iam/role:Role",
		inputs: properties{
			"name":                str(identity, must(named(maxRoleName, iamNameCharset))),
			"assumeRolePolicy":    policy(required, must(principals, policySize(maxTrustPolicy))),
			"description":         str(must(atMost(maxRoleText))),
			"forceDetachPolicies": boolean(fallback(false)),
			"maxSessionDuration":  integer(fallback(float64(minSession)), must(between(minSession, maxSession))),
			"path":                str(replaces, fallback("/")),
			"permissionsBoundary": str(must(arn)),
			"tags":                tags(),
		},
		outputs: []string{"arn", "createDate", "uniqueId"},
		create:  createRole, read: readRole, update: updateRole, remove: deleteRole,
	}
}

func iamTag(k, v string) types.Tag { return types.Tag{Key: &k, Value: &v} }

func createRole(ctx context.Context, c *cloud, in args) (string, error) {
	name := in.str("name")
	err := eventually(ctx, "the principals of role "+name, invalidPrincipal, func() error {
		_, err := c.iam().CreateRole(ctx, &iam.CreateRoleInput{
			RoleName: &name, AssumeRolePolicyDocument: aws.String(in.document("assumeRolePolicy")), Description: in.strp("description"),
			MaxSessionDuration: in.int32p("maxSessionDuration"), Path: in.strp("path"), PermissionsBoundary: in.strp("permissionsBoundary"),
			Tags: tagList(in.stringMap("tags"), iamTag),
		})
		return err
	})
	if err != nil {
		return "", wrap(err, "creating role "+name)
	}
	return name, nil
}

// invalidPrincipal: a principal that was made a moment ago is not known everywhere yet.
func invalidPrincipal(err error) bool {
	return hasCode(err, iamBadPolicy) && strings.Contains(err.Error(), "Invalid principal")
}

func readRole(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	out, err := c.iam().GetRole(ctx, &iam.GetRoleInput{RoleName: &id})
	if err != nil {
		return nil, gone(err, "reading role "+id, iamNotFound)
	}
	r := out.Role
	trust, err := url.QueryUnescape(aws.ToString(r.AssumeRolePolicyDocument))
	if err != nil {
		return nil, fmt.Errorf("reading the trust policy of role %s: %w", id, err)
	}
	observed := args{
		"arn": aws.ToString(r.Arn), "uniqueId": aws.ToString(r.RoleId), "createDate": aws.ToTime(r.CreateDate).UTC().Format(time.RFC3339),
		"name": aws.ToString(r.RoleName), "path": optional(r.Path), "description": optional(r.Description),
		"maxSessionDuration": optional(r.MaxSessionDuration), "assumeRolePolicy": trust,
		"tags": tagMap(r.Tags, func(t types.Tag) (*string, *string) { return t.Key, t.Value }), "permissionsBoundary": nil,
	}
	if b := r.PermissionsBoundary; b != nil {
		observed["permissionsBoundary"] = optional(b.PermissionsBoundaryArn)
	}
	return observed, nil
}

func updateRole(ctx context.Context, c *cloud, id string, old, next args) error {
	if !samePolicy(old.document("assumeRolePolicy"), next.document("assumeRolePolicy")) {
		err := eventually(ctx, "the principals of role "+id, invalidPrincipal, func() error {
			_, err := c.iam().UpdateAssumeRolePolicy(ctx, &iam.UpdateAssumeRolePolicyInput{
				RoleName: &id, PolicyDocument: aws.String(next.document("assumeRolePolicy")),
			})
			return err
		})
		if err != nil {
			return wrap(err, "updating the trust policy of role "+id)
		}
	}
	if old["description"] != next["description"] || old["maxSessionDuration"] != next["maxSessionDuration"] {
		if _, err := c.iam().UpdateRole(ctx, &iam.UpdateRoleInput{
			RoleName: &id, Description: aws.String(next.str("description")), MaxSessionDuration: next.int32p("maxSessionDuration"),
		}); err != nil {
			return wrap(err, "updating role "+id)
		}
	}
	if err := updateBoundary(ctx, c, id, old, next); err != nil {
		return err
	}
	set, removed := tagChanges(old, next)
	if len(removed) > 0 {
		if _, err := c.iam().UntagRole(ctx, &iam.UntagRoleInput{RoleName: &id, TagKeys: removed}); err != nil {
			return wrap(err, "untagging role "+id)
		}
	}
	if len(set) > 0 {
		if _, err := c.iam().TagRole(ctx, &iam.TagRoleInput{RoleName: &id, Tags: tagList(set, iamTag)}); err != nil {
			return wrap(err, "tagging role "+id)
		}
	}
	return nil
}

func updateBoundary(ctx context.Context, c *cloud, id string, old, next args) error {
	switch boundary := next.strp("permissionsBoundary"); {
	case old["permissionsBoundary"] == next["permissionsBoundary"]:
		return nil
	case boundary == nil:
		_, err := c.iam().DeleteRolePermissionsBoundary(ctx, &iam.DeleteRolePermissionsBoundaryInput{RoleName: &id})
		return wrap(err, "removing the permissions boundary of role "+id)
	default:
		_, err := c.iam().PutRolePermissionsBoundary(ctx, &iam.PutRolePermissionsBoundaryInput{RoleName: &id, PermissionsBoundary: boundary})
		return wrap(err, "setting the permissions boundary of role "+id)
	}
}

func deleteRole(ctx context.Context, c *cloud, id string, _ args) error {
	_, err := c.iam().DeleteRole(ctx, &iam.DeleteRoleInput{RoleName: &id})
	return gone(err, "deleting role "+id, iamNotFound)
}

func rolePolicy() *resourceType {
	return &resourceType{
		token: "aws:iam/rolePolicy:RolePolicy",
		inputs: properties{
			"name":   str(identity, must(named(maxInlinePolicy, iamNameCharset))),
			"role":   str(identity, must(named(maxRoleName, iamNameCharset))),
			"policy": policy(required, must(noPrincipals, policySize(maxInlinePolicies))),
		},
		create: func(ctx context.Context, c *cloud, in args) (string, error) {
			return in.str("role") + ":" + in.str("name"), putRolePolicy(ctx, c, in)
		},
		read: readRolePolicy,
		update: func(ctx context.Context, c *cloud, _ string, _, next args) error {
			return putRolePolicy(ctx, c, next)
		},
		remove: func(ctx context.Context, c *cloud, id string, _ args) error {
			role, name, err := splitID(id, ":", "role:policy")
			if err != nil {
				return err
			}
			_, err = c.iam().DeleteRolePolicy(ctx, &iam.DeleteRolePolicyInput{RoleName: &role, PolicyName: &name})
			return gone(err, "deleting role policy "+id, iamNotFound)
		},
	}
}

func putRolePolicy(ctx context.Context, c *cloud, in args) error {
	_, err := c.iam().PutRolePolicy(ctx, &iam.PutRolePolicyInput{
		RoleName: in.strp("role"), PolicyName: in.strp("name"), PolicyDocument: aws.String(in.document("policy")),
	})
	return wrap(err, fmt.Sprintf("putting policy %s of role %s", in.str("name"), in.str("role")))
}

func readRolePolicy(ctx context.Context, c *cloud, id string, _ args) (args, error) {
	role, name, err := splitID(id, ":", "role:policy")
	if err != nil {
		return nil, err
	}
	out, err := c.iam().GetRolePolicy(ctx, &iam.GetRolePolicyInput{RoleName: &role, PolicyName: &name})
	if err != nil {
		return nil, gone(err, "reading role policy "+id, iamNotFound)
	}
	doc, err := url.QueryUnescape(aws.ToString(out.PolicyDocument))
	if err != nil {
		return nil, fmt.Errorf("reading role policy %s: %w", id, err)
	}
	return args{"role": role, "name": name, "policy": doc}, nil
}

// splitID takes an id of two parts apart; form says how one looks.
func splitID(id, separator, form string) (first, second string, err error) {
	first, second, ok := strings.Cut(id, separator)
	if !ok || first == "" || second == "" {
		return "", "", fmt.Errorf("id %q should look like %s", id, form)
	}
	return first, second, nil
}
